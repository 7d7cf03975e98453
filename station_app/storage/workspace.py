"""One workspace: a folder with the database, the device key, attachments, packages and backups.

One program writes to it at a time; any number of readers look on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from station_app import __version__
from station_app.domain.identifiers import is_region_code
from station_app.domain.problems import Problem, UserError
from station_app.domain.program_version import is_newer
from station_app.domain.registry import Role
from station_app.domain.text import Text
from station_app.storage import gate, keys, migrations, projection
from station_app.storage.attachments import Attachments
from station_app.storage.backup import backup_name, copy_database, last_backup
from station_app.storage.changes import Changes
from station_app.storage.clock import SYSTEM_CLOCK, Clock
from station_app.storage.drafts import Drafts, Settings
from station_app.storage.engine import PATIENCE_MS, DatabaseError, connect, translated
from station_app.storage.following import BLOCK, follow, follow_beside, rebuild, waiting
from station_app.storage.journal import Journal
from station_app.storage.lock import InUse, Lock
from station_app.storage.problems import StorageProblem
from station_app.storage.reader import Reader
from station_app.storage.reference import install_code_lists
from station_app.storage.user_actions import ActionHistory, OpenActions

DATABASE = "workspace.db"
MACHINE = "workspace.machine"
NOT_BEFORE = "workspace.not_before"  # of a training workspace: the moment its invented records lead up to
APPLICATION_ID = 0x47525353  # "GRSS", in the file head: tells our database from any other
FOLDERS = ("keys", "attachments", "outbox", "inbox", "backups", "logs")
MARKER = "open.gstation"  # what a double click opens: the database's own ending belongs to many programs
_MARKER_TEXT = "草原站工作站：双击打开。\nA Grassland Station workspace: double click to open.\n"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose workspace this is."""

    org_code: str
    org_name: str
    role: Role
    device_id: str
    device_name: str
    author: str


class Workspace:
    """An open workspace. Belongs to the thread that opened it, all but ``new_reader``."""

    def __init__(
        self, folder: Path, connection: Any, lock: Lock, warnings: list[Problem], clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self.folder = folder
        self.clock = clock  # the one everything that has this workspace asks
        self._connection = connection
        self._lock = lock
        self.gate = warnings
        self.journal = Journal(connection, self.database_path, clock)
        self.journal.actions = OpenActions(publish=self.announce)
        self.attachments = Attachments(folder / "attachments")
        self.settings = Settings(connection, self.journal.transaction)
        self.drafts = Drafts(connection, self.journal.transaction, clock)
        self.read = Reader(self.database_path, clock, self._follow_if_free)
        self.changed: list[Callable[[Changes], None]] = []
        self.identity = self._load_identity()

    # --- making and opening ------------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls, folder: Path, *, org_code: str, org_name: str, role: Role, device_name: str = "", author: str = "",
        clock: Clock = SYSTEM_CLOCK, not_before: datetime | None = None,
    ) -> Workspace:  # fmt: skip
        """Make a workspace in ``folder`` and open it.

        ``not_before`` is for invented records: the clock of this workspace will never stand before it.

        Raises:
            UserError: WSP-001 there is one already, WSP-002 wrong organisation code, WSP-004 the folder cannot be
                written, WSP-005 network drive, WSP-006 disk full.
        """
        if (folder / DATABASE).exists():
            raise StorageProblem.ALREADY_THERE.error(folder=folder)
        if not is_region_code(org_code) or not org_name.strip():
            raise StorageProblem.BAD_ORGANISATION.error(org_code=org_code)
        try:
            gate.check_engine()
            folder.mkdir(parents=True, exist_ok=True)
            gate.check_place(folder)
            gate.check_space(folder)
            for name in FOLDERS:
                (folder / name).mkdir(exist_ok=True)
        except OSError as error:
            raise StorageProblem.NOT_MADE.error(folder=folder, why=error.strerror) from error
        lock = lock_folder(folder)
        part = folder / (DATABASE + ".part")
        try:
            for leftover in folder.glob(DATABASE + ".part*"):
                leftover.unlink()
            for leftover in (folder / "keys").glob("device.*"):
                leftover.unlink()
            public = keys.make_device_key(
                folder / "keys",
                f"{org_code}-{device_name or 'device'}".replace(" ", "-").encode("ascii", "ignore").decode(),
            )
            connection = connect(part)
            connection.execute("PRAGMA page_size=4096")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute("BEGIN IMMEDIATE")
            for _, _, apply in migrations.MIGRATIONS:
                apply(connection)
            install_code_lists()
            projection.create(connection)
            facts = {
                "workspace.org_code": org_code, "workspace.org_name": org_name.strip(), "workspace.role": role.value,
                "workspace.device_id": keys.device_id_of(public), "workspace.device_name": device_name,
                "workspace.epoch": uuid.uuid4().hex, "workspace.created_at": clock.stamp(),
                "workspace.program": __version__, "author": author,
            }  # fmt: skip
            if not_before is not None:
                facts[NOT_BEFORE] = not_before.isoformat()
            connection.executemany("INSERT INTO setting (key, value) VALUES (?, ?)", list(facts.items()))
            projection.remember_shape(connection)
            connection.execute(f"PRAGMA user_version={migrations.LATEST}")
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode=DELETE")  # one file, so that the rename is all or nothing
            connection.close()
            part.replace(folder / DATABASE)
        except BaseException as error:
            lock.release()
            if isinstance(error, DatabaseError):
                raise translated(error, part) from error
            raise
        lock.release()
        return cls.open(folder, clock)

    @classmethod
    def open(cls, folder: Path, clock: Clock = SYSTEM_CLOCK) -> Workspace:
        """Open the workspace in ``folder``: lock, start-up gate, upgrade where needed.

        ``clock`` is what everything in it will ask for the time. That of a training workspace never stands before the
        records that were invented for it.

        Raises:
            UserError: WSP-007 there is none, WSP-003 in use by another copy, WSP-009 made by a newer program,
                DB-001 damaged, and what the gate refuses.
        """
        path = folder / DATABASE
        if not path.is_file():
            raise StorageProblem.NO_WORKSPACE.error(folder=folder)
        install_code_lists()
        gate.check_engine()
        warnings = gate.check_place(folder)
        warnings += gate.check_space(folder)
        lock = lock_folder(folder)
        _leave_marker(folder)
        connection = None
        try:
            if (folder / "keys" / keys.NEW_PUBLIC_NAME).is_file():
                finish_separation(folder)
            connection = connect(path)
            _upgrade(connection, folder, clock)
            clock, invented = _clock_of(connection, clock)
            last = connection.execute("SELECT hlc FROM projected").fetchone()[0]
            warnings += gate.check_clock(gate.clock_evidence(connection), clock.now(), invented=invented)
            warnings += gate.check_backup(last_backup(folder / "backups"), bool(last), clock.now())
            warnings += _check_machine(connection)
            return cls(folder, connection, lock, warnings, clock)
        except BaseException as error:
            if connection is not None:
                connection.close()
            lock.release()
            if isinstance(error, DatabaseError):
                raise translated(error, path) from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and let others in."""
        self.attachments.forget_copies()
        self.read.close()
        self._connection.close()
        self._lock.release()

    # --- what it is --------------------------------------------------------------------------------------------------

    @property
    def database_path(self) -> Path:
        return self.folder / DATABASE

    @property
    def is_training(self) -> bool:
        """Whether its records are invented, wherever the folder lies now."""
        return bool(self.settings.get(NOT_BEFORE))

    @property
    def epoch(self) -> str:
        """Names this life of the journal; a workspace restored from a backup begins a new one."""
        return self.settings.get("workspace.epoch")

    def new_reader(self) -> Reader:
        """Return a reader with its own connection, for a job on another thread; the tables are abreast when it is given."""
        reader = Reader(self.database_path, self.clock, partial(follow_beside, self.database_path, search_too=True))
        if reader.waiting():
            follow_beside(self.database_path)
        return reader

    def catch_up(self, *, search: bool = True) -> None:
        """Bring tables and sorts, and the search index where asked, abreast of the journal after bulk work, block by block.

        Raises:
            UserError: as ``Journal.transaction``.
        """
        self._follow(search=search)
        projection.index_sorts(self._connection)

    def _follow_if_free(self) -> None:
        """Before a search: whoever types does not wait for work that is writing."""
        self._connection.execute("PRAGMA busy_timeout=50")
        try:
            self._follow()
        finally:
            self._connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")

    def _follow(self, *, search: bool = True) -> None:
        while waiting(self._connection, search=search):
            with self.journal.transaction():
                follow(self._connection, search_too=search, most=BLOCK, clock=self.clock)

    @contextmanager
    def beside(self) -> Iterator[Workspace]:
        """Yield a second hand on this workspace for long work that writes on another thread.

        It has its own connections and observers, shares lock, clock and history of actions, and is closed at the end;
        one transaction at a time still holds for both.
        """
        connection = connect(self.database_path)
        other = Workspace(self.folder, connection, self._lock, [], self.clock)
        other.journal.clock = self.journal.clock
        other.journal.actions = OpenActions(self.actions, other.announce)
        try:
            yield other
        finally:
            other.read.close()
            connection.close()

    def set_author(self, name: str) -> None:
        """Keep who is working now; every version from here on names this person."""
        clean = "".join(c for c in unicodedata.normalize("NFC", name.strip()) if c.isprintable())[:60]
        self.settings.set("author", clean)
        self.identity = replace(self.identity, author=clean)

    @property
    def actions(self) -> ActionHistory:
        """What was done here since the workspace was opened, for undo and redo (``services.undo``)."""
        return self.journal.actions.history

    def operation(
        self, label: Text, *, of_record: bool = False, initiator: object = None
    ) -> AbstractContextManager[None]:
        """Name what a person does: everything written inside is one action of the history.

        Inside another operation it joins that one. ``of_record``: the name of its one record completes the label.
        What changed is told to every observer when it ends; ``initiator`` lets one know its own change.
        """
        return self.journal.actions.operation(label, of_record=of_record, initiator=initiator)

    def by_program(self) -> AbstractContextManager[None]:
        """What is written inside (an answer, the own unit, undo itself) is nothing a person could take back."""
        return self.journal.actions.by_program()

    def announce(self, changes: Changes) -> None:
        """Tell every observer what changed, after the commit and on this thread."""
        if "organisation" in changes.tables:
            self.identity = self._load_identity()
        for observer in list(self.changed):
            observer(changes)

    def back_up(self, target_folder: Path | None = None, mark: str = "") -> Path:
        """Write a checked copy of the database; return its path."""
        folder = target_folder or self.folder / "backups"
        return copy_database(self._connection, folder / backup_name(self.clock.now(), mark))

    def _load_identity(self) -> Identity:
        get = self.settings.get
        code = get("workspace.org_code")
        # The own unit is a record; the name given at the founding stands where it is not on record.
        own = self.read.sql("SELECT name FROM organisation WHERE code=? AND void=0 ORDER BY hlc DESC LIMIT 1", (code,))
        return Identity(
            code,
            own[0][0] if own else get("workspace.org_name"),
            Role(get("workspace.role")),
            get("workspace.device_id"),
            get("workspace.device_name"),
            get("author"),
        )


def _clock_of(connection: Any, clock: Clock) -> tuple[Clock, bool]:
    """Return the clock of a workspace, the one given but never before the day a training workspace plays on, and whether
    it is one."""
    row = connection.execute("SELECT value FROM setting WHERE key=?", (NOT_BEFORE,)).fetchone()
    return (clock.not_before(datetime.fromisoformat(row[0])), True) if row is not None else (clock, False)


def machine_mark() -> str:
    """Return what tells this computer from another (a digest, so that it names nobody), empty where it has no name."""
    found = ""
    if sys.platform == "win32":
        import winreg

        with (
            suppress(OSError),
            winreg.OpenKey(
                winreg.HKEY_LOCAL_MACHINE,
                r"SOFTWARE\Microsoft\Cryptography",
                0,
                winreg.KEY_READ | winreg.KEY_WOW64_64KEY,
            ) as key,
        ):
            found = str(winreg.QueryValueEx(key, "MachineGuid")[0])
    else:
        with suppress(OSError):
            found = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    return hashlib.sha256(f"grassland-station {found}".encode()).hexdigest()[:16] if found else ""


def _check_machine(connection: Any) -> list[Problem]:
    """Note which computer this is; warn when the workspace was made for another one."""
    here = machine_mark()
    row = connection.execute("SELECT value FROM setting WHERE key=?", (MACHINE,)).fetchone()
    if row is None and here:
        connection.execute("INSERT OR IGNORE INTO setting (key, value) VALUES (?, ?)", (MACHINE, here))
    elif row is not None and here and row[0] and row[0] != here:
        return [moved_problem()]
    return []


def lock_folder(folder: Path) -> Lock:
    """Take the writer's lock of a workspace folder.

    Raises:
        UserError: WSP-003 another copy has it, WSP-004 the folder cannot be written.
    """
    try:
        return Lock(folder / "workspace.lock")
    except InUse as error:
        raise StorageProblem.IN_USE.error(folder=folder) from error
    except OSError as error:
        raise StorageProblem.NOT_WRITABLE.error(folder=folder, why=error.strerror) from error


def _leave_marker(folder: Path) -> None:
    """Lay the file a double click opens into the folder; without it everything else works."""
    marker = folder / MARKER
    with contextlib.suppress(OSError):
        if not marker.exists():
            marker.write_text(_MARKER_TEXT, encoding="utf-8")


def _written_by_newer(program: str, found: int, folder: Path) -> UserError:
    return StorageProblem.NEWER.error(
        folder=folder, program=program, found=found, version=__version__, latest=migrations.LATEST
    )


def _upgrade(connection: Any, folder: Path, clock: Clock) -> None:
    """Bring the file to this program's version: copy first, frozen steps, then new projections where they changed."""
    path = folder / DATABASE
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StorageProblem.OTHER_DATABASE.error(path=path)
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > migrations.LATEST:
        program = connection.execute("SELECT value FROM setting WHERE key='workspace.program'").fetchone()
        raise _written_by_newer(program[0] if program else "?", found, folder)
    stored = dict(connection.execute("SELECT key, value FROM setting WHERE key LIKE 'workspace.%'").fetchall())
    same_shape = stored.get("workspace.projection_source") == projection.source_mark()
    if not same_shape and stored.get("workspace.projection") == projection.fingerprint():
        same_shape = True
        projection.remember_shape(connection)
    if not same_shape and is_newer(stored.get("workspace.program", ""), __version__):
        # Rebuilding here would take away what the newer program shows, and this one would save without it.
        raise _written_by_newer(stored["workspace.program"], found, folder)
    if found == migrations.LATEST and same_shape:
        seq, last = connection.execute("SELECT (SELECT seq FROM projected), (SELECT max(seq) FROM version)").fetchone()
        if last and seq < last:  # saved since it was noted, or bulk work that was cut short
            connection.execute("BEGIN IMMEDIATE")
            follow(connection, clock=clock)
            connection.execute("COMMIT")
        if projection.counts_agree(connection, json.loads(stored["workspace.tables"])):
            return
    (folder / "backups").mkdir(exist_ok=True)
    copy_database(connection, folder / "backups" / backup_name(clock.now(), "before-upgrade"))
    connection.execute("PRAGMA foreign_keys=OFF")  # must stand outside the transaction
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number, _, apply in migrations.MIGRATIONS:
            if number > found:
                apply(connection)
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise StorageProblem.UPGRADE_UNDONE.error(broken=broken[0])
        rebuild(connection, clock)
        connection.execute(
            "INSERT INTO setting (key, value) VALUES ('workspace.program', ?) "
            "ON CONFLICT(key) DO UPDATE SET value=excluded.value",
            (__version__,),
        )
        connection.execute(f"PRAGMA user_version={migrations.LATEST}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA foreign_keys=ON")
    with suppress(DatabaseError):  # give back the room of the former tables; without room to do it all is well, too
        connection.execute("VACUUM")


def finish_separation(folder: Path) -> None:
    """Put a new key in its place when the journal already names it, and forget it when it does not.

    Raises:
        OSError: the key folder cannot be written.
    """
    place = folder / "keys"
    waiting = place / keys.NEW_PUBLIC_NAME
    if not waiting.is_file():
        return
    connection = connect(folder / DATABASE, read_only=True)
    try:
        named = connection.execute("SELECT value FROM setting WHERE key='workspace.device_id'").fetchone()[0]
    finally:
        connection.close()
    if keys.device_id_of(waiting.read_text(encoding="ascii")) != named:
        return
    old = place / keys.PUBLIC_NAME
    if old.is_file() and (was := keys.device_id_of(old.read_text(encoding="ascii"))) != named:
        for part in (keys.PRIVATE_NAME, keys.PUBLIC_NAME):
            if (place / part).exists():
                (place / part).replace(place / f"former-{was}{Path(part).suffix}")
    if (place / keys.NEW_PRIVATE_NAME).exists():
        (place / keys.NEW_PRIVATE_NAME).replace(place / keys.PRIVATE_NAME)
    waiting.replace(place / keys.PUBLIC_NAME)


def moved_problem() -> Problem:
    """Return what is said on the first page while it is not known whether the folder was moved or copied."""
    return StorageProblem.MOVED_OR_COPIED.problem()  # fmt: skip
