"""Makes and signs the offline update file from finished installers.

    python installer/make_update.py --make-key release.key              a new release key (keep it away from the network)
    python installer/make_update.py --key release.key --signers         its line for resources/release/allowed_signers
    python installer/make_update.py --key release.key --notes "修正……" [--notes-en "Fixes …"] dist/*.deb dist/*-setup.exe --out dist

The same installers, notes, date and key give the same bytes; SOURCE_DATE_EPOCH sets the date.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from station_app import __version__  # noqa: E402
from station_app.domain.problems import UserError  # noqa: E402
from station_app.domain.text import Text  # noqa: E402
from station_app.exchange.package.sshsig import SigningKey  # noqa: E402
from station_app.exchange.update.making import make_update, signers_line  # noqa: E402


def release_day() -> date:
    """Return the day of the release: of the commit where the build says so, else today."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC).date() if epoch.isdigit() else datetime.now(UTC).date()


def make_key(path: Path) -> None:
    """Write a new Ed25519 key in OpenSSH's format, readable by its owner alone."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)


def parser() -> argparse.ArgumentParser:
    """Return the grammar."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("files", nargs="*", type=Path, metavar="FILE", help="installers; their names say the platform")
    made.add_argument("--key", type=Path, help="release key, an OpenSSH Ed25519 private key file without passphrase")
    made.add_argument("--out", type=Path, default=Path("dist"), help="folder, or the .gsupdate file")
    made.add_argument("--version", default=__version__)
    made.add_argument("--notes", default="", help="what is new, in Chinese")
    made.add_argument("--notes-en", default=None, help="what is new, in English")
    made.add_argument("--minimum-from", default="0.0.1", help="oldest version it may be installed over")
    made.add_argument("--minimum-workspace", type=int, default=1, help="oldest workspace format it can upgrade")
    made.add_argument("--released", type=date.fromisoformat, default=None, help="YYYY-MM-DD")
    made.add_argument("--make-key", type=Path, metavar="FILE", help="write a new release key and stop")
    made.add_argument("--signers", action="store_true", help="print the key's line for allowed_signers and stop")
    return made


def main() -> int:
    """Run; 0 done, 1 refused, 2 wrong use."""
    top = parser()
    args = top.parse_args()
    try:
        if args.make_key is not None:
            make_key(args.make_key)
            return 0
        if args.key is None:
            top.error("--key is missing")
        key = SigningKey.read(args.key)
        if args.signers:
            print(signers_line(key))
            return 0
        if not args.files:
            top.error("name the installers")
        others = [f.name for f in args.files if args.version not in f.name]
        if others:
            raise ValueError(f"{others[0]} is not of version {args.version}")
        path = make_update(
            args.files, args.out, key, version=args.version, released=args.released or release_day(),
            notes=Text(args.notes, args.notes if args.notes_en is None else args.notes_en),
            minimum_from=args.minimum_from, minimum_workspace=args.minimum_workspace,
        )  # fmt: skip
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"make_update: {error}", file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
