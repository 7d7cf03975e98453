"""Numbers that identify: citizens, accounts, places, records. Checks only; nothing is looked up."""

from __future__ import annotations

import re
from datetime import date, timedelta
from operator import mul

IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"
INVENTED_AREA = "999999"  # no such area: whoever sees it knows the person is invented
INVENTED_ACCOUNT_HEAD = "62999"

# Patterns of the whole text; they also stand in the Table Schema of a package.
IDENTITY_PATTERN = r"[0-9]{17}[0-9X]"
ACCOUNT_PATTERN = r"[0-9]{12,23}"  # compensation S56, C
PHONE_PATTERN = r"(?:1[0-9]{10}|(?:0[0-9]{2,3}-?)?[2-9][0-9]{6,7}(?:-[0-9]{1,6})?)"
REGION_PATTERN = r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?"
YEAR_MONTH_PATTERN = r"[0-9]{4}-(?:0[1-9]|1[0-2])"
UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SHA256_PATTERN = r"[0-9a-f]{64}"

# For the Luhn check: each digit to the digit of the sum of the digits of its double.
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")

_IDENTITY, _ACCOUNT, _PHONE, _REGION, _UUID, _SHA256 = (
    re.compile(pattern)
    for pattern in (IDENTITY_PATTERN, ACCOUNT_PATTERN, PHONE_PATTERN, REGION_PATTERN, UUID_PATTERN, SHA256_PATTERN)
)


def identity_check_character(first17: str) -> str:
    """Return the check character of a citizen identity number.

    Source: GB 11643-1999 (B): weights of the first 17, sum mod 11 indexes 1 0 X 9 … 2.
    """
    total = sum(map(mul, IDENTITY_WEIGHTS, first17.encode())) - ord("0") * sum(IDENTITY_WEIGHTS)
    return IDENTITY_CHECKS[total % 11]


def has_identity_form(number: str) -> bool:
    """Whether there are 17 digits and a digit or X."""
    return _IDENTITY.fullmatch(number) is not None


def identity_birth_date(number: str) -> date | None:
    """Return the birth date inside an identity number, ``None`` if there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_identity(number: str) -> bool:
    """Whether an identity number has the right form, a possible birth date and the right check character.

    An address code missing from today's list is not refused: it is the code of the day of issue.
    """
    return (
        has_identity_form(number)
        and identity_birth_date(number) is not None
        and identity_check_character(number[:17]) == number[17]
    )


def passes_luhn(digits: str) -> bool:
    """Whether a card number passes the Luhn check; passbook accounts need not."""
    last_first = digits.encode()[::-1]
    doubled = last_first[1::2].translate(_DOUBLED)
    return (sum(last_first[::2]) + sum(doubled) - ord("0") * len(digits)) % 10 == 0


def has_account_form(number: str) -> bool:
    """Whether there are 12 to 23 digits."""
    return _ACCOUNT.fullmatch(number) is not None


def looks_like_card(number: str) -> bool:
    """Whether the Luhn check is to be expected: 16 to 19 digits beginning with 62."""
    return 16 <= len(number) <= 19 and number.startswith("62")


def is_phone(number: str) -> bool:
    """Whether it is a mainland mobile number or a phone with or without area code."""
    return _PHONE.fullmatch(number) is not None


def is_region_code(code: str) -> bool:
    """Whether it is a 6-, 9- or 12-digit administrative code."""
    return _REGION.fullmatch(code) is not None


def township_of(code: str) -> str:
    """Return the 9-digit township code of an administrative or household code, or what there is of it."""
    return code[:9]


def is_household_code(code: str, village_code: str) -> bool:
    """Whether a household code is its 12-digit village code and four digits."""
    return (
        len(code) == 16
        and len(village_code) == 12
        and code.startswith(village_code)
        and code.isascii()
        and code.isdigit()
    )


def is_record_id(text: str) -> bool:
    """Whether it is a UUID in lower case with dashes."""
    return _UUID.fullmatch(text) is not None


def is_sha256(text: str) -> bool:
    """Whether it is a SHA-256 in lower-case hex."""
    return _SHA256.fullmatch(text) is not None


def invented_identity(n: int) -> str:
    """Return the ``n``-th invented identity number: right check character, an area code that does not exist.

    Raises:
        ValueError: ``n`` is negative or beyond the 9,990,000 numbers there are.
    """
    if not 0 <= n < 9_990_000:
        raise ValueError(f"no invented identity number {n}")
    born = date(1960, 1, 1) + timedelta(days=n % 10_000)
    first17 = f"{INVENTED_AREA}{born:%Y%m%d}{n // 10_000 + 1:03d}"
    return first17 + identity_check_character(first17)


def invented_account(n: int) -> str:
    """Return the ``n``-th invented 19-digit card number: begins with 62999, passes the Luhn check.

    Raises:
        ValueError: ``n`` is negative or has more than 13 digits.
    """
    if not 0 <= n < 10**13:
        raise ValueError(f"no invented account {n}")
    body = f"{INVENTED_ACCOUNT_HEAD}{n:013d}"
    return next(body + str(last) for last in range(10) if passes_luhn(body + str(last)))
