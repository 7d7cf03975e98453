"""A key hands over to the next: said by the old key, used by the new one, so that nobody has to be asked.

A statement names the new key and the last package signed with the old one. It lies beside the keys, stands in the card and in
every package made since, and is believed where the old key is still in use. Where the old key is lost or stolen there is only the
claim: a person compares the fingerprints. What came before the last package stays what it was, whenever it arrives.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import msgspec

from station_app.domain.text import Text
from station_app.exchange.package.sshsig import (
    CARD_NAMESPACE,
    BadSignature,
    SigningKey,
    check_signature,
    parse_signature,
    read_public_line,
)
from station_app.storage import files, keys, separate
from station_app.storage.canonical import canonical_bytes
from station_app.storage.engine import Connection

REPLACED = Text(
    "已换成新钥匙（设备 {device}）。旧钥匙已签名交接：下一个上报包带着这句话，对方收下时自动登记。",
    "There is a new key now (device {device}). The old one signed that it hands over: the next package says so and is believed.",
)
LOST = Text(
    "已换成新钥匙（设备 {device}），旧钥匙没有作证。请导出身份卡交给县里，并在电话里念出指纹，县里核对后登记，旧钥匙随即停用。",
    "There is a new key now (device {device}) without the word of the old one. Hand the card to the county and read the fingerprint "
    "on the telephone; the county registers it then, and the old key is revoked with that.",
)
LONGEST = 8  # statements that travel: who was not heard of for longer hands over the card
_FILE = "handover-{}.json"
_Short = Annotated[str, msgspec.Meta(max_length=128)]


class Handover(msgspec.Struct, frozen=True):
    """What one key says of the next.

    Attributes:
        device, public_key: The new key and its device.
        follows: The device it takes the place of.
        epoch, sequence, sha256: The last package signed with the old key, in which life of the journal; 0 and empty when there was none.
        signature: By the old key over all the rest; empty where that is lost or not to be believed any more.
    """

    device: _Short
    public_key: _Short
    follows: _Short
    epoch: _Short
    sequence: Annotated[int, msgspec.Meta(ge=0, le=999_999_999)]
    sha256: _Short
    signature: Annotated[str, msgspec.Meta(max_length=2_000)] = ""

    def _said(self) -> io.BytesIO:
        return io.BytesIO(canonical_bytes({n: v for n, v in msgspec.structs.asdict(self).items() if n != "signature"}))

    def signed(self, old: SigningKey) -> Handover:
        """Return it with the word of the old key."""
        return msgspec.structs.replace(self, signature=old.sign(self._said(), CARD_NAMESPACE))

    def is_by(self, old_public_line: str) -> bool:
        """Whether the old key said so of a key that is the device's."""
        try:
            signature = parse_signature(self.signature.encode())
            check_signature(signature, self._said(), CARD_NAMESPACE)
            by = read_public_line(old_public_line)
            return signature.key == by and keys.device_id_of(read_public_line(self.public_key).line) == self.device
        except (BadSignature, ValueError):
            return False


def replace_key(folder: Path, *, lost: bool = False) -> str:
    """Give the closed workspace in ``folder`` a new key that takes the place of the one there; return the new device id.

    Args:
        lost: The old key is gone, or somebody else may have it: it says nothing, and the county registers the new card only after a
            person compared the fingerprints.

    Raises:
        UserError: PKG-030 the old key cannot be read, and what ``separate.become_new_device`` raises; the old key stays then.
    """

    def hand_over(connection: Connection, public_line: str) -> None:
        setting = dict(connection.execute("SELECT key, value FROM setting WHERE key LIKE 'workspace.%'").fetchall())
        old, epoch = setting["workspace.device_id"], setting["workspace.epoch"]
        last = connection.execute(
            """SELECT sequence, sha256 FROM package_out WHERE json_extract(manifest, '$.station.device')=?
               AND json_extract(manifest, '$.station.epoch')=? ORDER BY sequence DESC LIMIT 1""",
            (old, epoch),
        ).fetchone()
        line = read_public_line(public_line).line
        said = Handover(keys.device_id_of(line), line, old, epoch, *(last or (0, "")))
        if not lost:
            said = said.signed(SigningKey.read(folder / "keys" / keys.PRIVATE_NAME))
        # It lies there before the journal names the new key; one that the journal never names is read by nobody.
        files.write_whole(folder / "keys" / _FILE.format(said.device), msgspec.json.encode(said), private=True)

    return separate.become_new_device(folder, hand_over=hand_over)


def handovers(keys_folder: Path, device: str) -> tuple[Handover, ...]:
    """Return how the key of ``device`` came to be, oldest first; nothing where it followed none."""
    found: list[Handover] = []
    while len(found) < LONGEST:
        try:
            said = msgspec.json.decode((keys_folder / _FILE.format(device)).read_bytes(), type=Handover)
        except (OSError, msgspec.DecodeError):
            break
        if said.device != device:
            break
        found.insert(0, said)
        device = said.follows
    return tuple(found)
