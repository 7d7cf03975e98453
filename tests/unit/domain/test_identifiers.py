"""Identity numbers, accounts, codes of places and records."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain import identifiers as ids


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])  # the standard's own specimens (S54)
def test_specimens_of_the_standard_pass(number: str) -> None:
    assert ids.is_identity(number)


@pytest.mark.parametrize(
    "number", ["110105194912310021", "11010519491331002X", "1101051949123100", "11010519491231002x", "", "a" * 18]
)
def test_wrong_identity_numbers_fail(number: str) -> None:
    assert not ids.is_identity(number)


@given(st.integers(0, 9_989_999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(n: int, place: int, shift: int) -> None:
    number = ids.invented_identity(n)
    digit = str((int(number[place]) + shift) % 10)
    assert ids.is_identity(number)
    assert ids.identity_check_character(number[:place] + digit + number[place + 1 : 17]) != number[17]


@given(st.integers(0, 9_989_999), st.integers(0, 15))
def test_two_swapped_neighbours_are_found(n: int, place: int) -> None:
    number = ids.invented_identity(n)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not ids.is_identity(swapped)


def test_invented_numbers_are_visibly_invented_and_differ() -> None:
    numbers = {ids.invented_identity(n) for n in range(20_000)}
    assert len(numbers) == 20_000
    assert all(number.startswith("999999") for number in numbers)
    accounts = {ids.invented_account(n) for n in range(1000)}
    assert len(accounts) == 1000
    assert all(a.startswith("62999") and len(a) == 19 and ids.passes_luhn(a) for a in accounts)


@pytest.mark.parametrize("n", [-1, 9_990_000])
def test_invented_identities_have_an_end(n: int) -> None:
    with pytest.raises(ValueError, match="no invented identity"):
        ids.invented_identity(n)


def test_invented_accounts_have_an_end() -> None:
    with pytest.raises(ValueError, match="no invented account"):
        ids.invented_account(-1)


def test_birth_date() -> None:
    assert ids.identity_birth_date("11010519491231002X") == date(1949, 12, 31)
    assert ids.identity_birth_date("11010519490230002X") is None


def test_luhn() -> None:
    assert ids.passes_luhn("4111111111111111")  # test number without an owner
    assert not ids.passes_luhn("4111111111111112")


@pytest.mark.parametrize(
    ("number", "form", "card"),
    [
        ("629990000000000001", True, True),
        ("12345678901", False, False),
        ("123456789012", True, False),
        ("1" * 24, False, False),
        ("62299912345a", False, False),
        ("１２３４５６７８９０１２", False, False),
    ],
)
def test_accounts(number: str, form: bool, card: bool) -> None:
    assert ids.has_account_form(number) is form
    assert ids.looks_like_card(number) is card


@pytest.mark.parametrize(
    ("number", "good"), [("19900001234", True), ("0479-8222222", True), ("8222222", True), ("123", False)]
)
def test_phones(number: str, good: bool) -> None:
    assert ids.is_phone(number) is good


def test_a_township_is_the_first_nine_digits() -> None:
    assert ids.township_of("1525221002030001") == "152522100"


def test_household_codes() -> None:
    assert ids.is_household_code("9999990010010001", "999999001001")
    assert not ids.is_household_code("9999990010020001", "999999001001")
    assert not ids.is_household_code("999999001001", "999999001001")
    assert not ids.is_household_code("9999990010010001", "999999001")


def test_record_ids_and_hashes() -> None:
    assert ids.is_record_id("01900000-abcd-7abc-8abc-0123456789ab")
    assert not ids.is_record_id("01900000-ABCD-7abc-8abc-0123456789ab")
    assert not ids.is_record_id("01900000abcd7abc8abc0123456789ab")
    assert ids.is_sha256("a" * 64) and not ids.is_sha256("A" * 64) and not ids.is_sha256("a" * 64 + "\n")
