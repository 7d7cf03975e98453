"""A copied workspace becomes a device of its own.

A device is its key. A folder copied to a second computer gives two computers one key, and the county refuses what their
chains of packages contradict. The copy gets a key of its own; the former name stays known here, so that what was entered
under it is still ours to send. What the former device packed and nobody receipted counts as not sent.

The new key waits beside the old one until the journal names it; opening finishes what a power cut left half done.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

from station_app.storage import keys
from station_app.storage.engine import Connection, DatabaseError, connect, translated
from station_app.storage.problems import StorageProblem
from station_app.storage.user_actions import KEPT
from station_app.storage.workspace import DATABASE, MACHINE, finish_separation, lock_folder, machine_mark

FORMER = "workspace.former."


def become_new_device(
    folder: Path, name: str = "", *, hand_over: Callable[[Connection, str], None] | None = None
) -> str:
    """Give the closed workspace in ``folder`` a key and a device id of its own; return the id.

    The card has to be handed out again before the county believes a package, unless the key there was hands over:
    ``hand_over`` is given the journal and the public line of the new key while the old one still counts.

    Raises:
        UserError: WSP-003 the workspace is open, WSP-040 its key folder cannot be written, DB-… the file is damaged.
    """
    lock = lock_folder(folder)
    place = folder / "keys"
    try:
        finish_separation(folder)
        for leftover in (keys.NEW_PUBLIC_NAME, keys.NEW_PRIVATE_NAME):
            (place / leftover).unlink(missing_ok=True)
        public = keys.make_device_key(place, name, new=True)
        device = keys.device_id_of(public)
        connection = connect(folder / DATABASE)
        try:
            connection.execute("BEGIN IMMEDIATE")
            if hand_over is not None:
                hand_over(connection, public)
            old = connection.execute("SELECT value FROM setting WHERE key='workspace.device_id'").fetchone()[0]
            facts = {
                f"{FORMER}{old}": old, "workspace.device_id": device, "workspace.epoch": uuid.uuid4().hex,
                MACHINE: machine_mark(), "package.unnamed": "",
            }  # fmt: skip
            if name:
                facts["workspace.device_name"] = name
            connection.executemany(
                "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                list(facts.items()),
            )
            connection.execute("DELETE FROM setting WHERE key=?", (KEPT,))  # the other device did that
            connection.execute("COMMIT")
        finally:
            connection.close()
        finish_separation(folder)
    except DatabaseError as error:
        raise translated(error, folder / DATABASE) from error
    except OSError as error:
        raise StorageProblem.KEY_NOT_WRITTEN.error(place=place, why=error.strerror) from error
    finally:
        lock.release()
    return device
