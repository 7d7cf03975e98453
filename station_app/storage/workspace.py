"""One workspace: a folder with the database, the device key, attachments, packages and backups.

One program writes to it at a time; any number of readers look on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from station_app import __version__, logs, paths
from station_app.domain import accounts, identifiers
from station_app.domain.accounts import AccountProblem, SignedIn
from station_app.domain.guards import Route
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.program_version import is_newer
from station_app.domain.roles import Role
from station_app.domain.text import Text
from station_app.logs import Own, log
from station_app.storage import (
    attachments,
    backup,
    files,
    following,
    gate,
    journal,
    journal_head,
    key_slots,
    keys,
    looking,
    migrations,
    projection,
    protection,
    reader,
    sealed_backup,
    shape,
    sound,
    stored_backups,
    user_actions,
)
from station_app.storage.changes import Changes
from station_app.storage.clock import SYSTEM_CLOCK, Clock
from station_app.storage.drafts import Drafts, Settings
from station_app.storage.engine import (
    LITTLE_CACHE,
    PATIENCE_MS,
    Connection,
    DatabaseError,
    connect,
    is_plain,
    is_schema_error,
    translated,
)
from station_app.storage.lock import InUse, Lock
from station_app.storage.open_file import OpenFile
from station_app.storage.problems import StorageProblem
from station_app.storage.reference import install_code_lists

if TYPE_CHECKING:
    from station_app.storage.attachments import Attachments
    from station_app.storage.journal import Journal
    from station_app.storage.reader import Reader
    from station_app.storage.user_actions import ActionHistory

DATABASE = "workspace.db"
MACHINE = "workspace.machine"
PROVEN = "backup.proven"  # when the last backup was made that was opened again and compared, wherever it lies
NOT_BEFORE = "workspace.not_before"  # of a training workspace: the moment its invented records lead up to
APPLICATION_ID = 0x47525353  # "GRSS", in the file head: tells our database from any other
FOLDERS = ("keys", "attachments", "outbox", "inbox", "backups", "logs")
MARKER = "open.gstation"  # what a double click opens: the database's own ending belongs to many programs
_MARKER_TEXT = "草原站工作站：双击打开。\nA Grassland Station workspace: double click to open.\n"


_ACCOUNT_HERE = """SELECT 1 FROM account WHERE void=0 AND device_id IN (SELECT value FROM setting
                   WHERE key='workspace.device_id' OR key LIKE 'workspace.former.%') LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose workspace this is."""

    org_code: str
    org_name: str
    role: Role
    device_id: str
    device_name: str
    author: str
    account: SignedIn | None = None

    @property
    def signature(self) -> str:
        """The author of what is saved now."""
        return accounts.signed(self.author, self.account.mark if self.account else "")


class Workspace:
    """An open workspace. Belongs to the thread that opened it, all but ``new_reader``.

    What writes and reads records is made when it is first used: a window shows its frame before that.
    """

    def __init__(
        self, folder: Path, connection: Connection, lock: Lock, warnings: list[Problem], clock: Clock = SYSTEM_CLOCK,
        copy: Path | None = None,
    ) -> None:  # fmt: skip
        self.folder = folder
        self._copy = copy  # the folder of the database that is looked at, where nothing may be written
        self.clock = clock  # the one everything that has this workspace asks
        self._connection = connection
        self._lock = lock
        self._warnings = warnings
        self._file = OpenFile(connection, self.database_path, clock)
        transaction = self._transaction if copy is None else self._passing
        self.settings = Settings(connection, transaction)
        self.drafts = Drafts(connection, transaction, clock)
        self.changed: list[Callable[[Changes], None]] = []
        self.route = Route.WINDOW  # by which what is done now comes, for the guards
        self.present = ""  # mark of the second account that looks on (``services.accounts.with_second``)
        self._signed_in: SignedIn | None = None
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
            UserError: WSP-001 there is one already, WSP-015 what another one needs lies there, WSP-002 wrong organisation
                code, WSP-004 and WSP-014 the folder cannot be written, WSP-005 network drive, WSP-006 disk full.
        """
        if not files.is_unfinished(folder):
            _refuse_to_replace(folder)
        if not identifiers.is_region_code(org_code) or not org_name.strip():
            raise StorageProblem.BAD_ORGANISATION.error(org_code=org_code)
        facts = {
            "workspace.org_code": org_code,
            "workspace.org_name": org_name.strip(),
            "workspace.role": role.value,
            "workspace.device_name": device_name,
            "workspace.epoch": os.urandom(16).hex(),
            "workspace.created_at": clock.stamp(),
            "workspace.program": __version__,
            "author": author,
        }
        if not_before is not None:
            facts[NOT_BEFORE] = not_before.isoformat()
        try:
            gate.check_engine()
            folder.mkdir(parents=True, exist_ok=True)
            gate.check_place(folder)
            gate.check_space(folder)
            with lock_folder(folder):
                _refuse_to_replace(folder)
                for name in FOLDERS:
                    (folder / name).mkdir(exist_ok=True)
                _found(folder, facts)
        except DatabaseError as error:
            raise translated(error, folder / DATABASE) from error
        except OSError as error:
            raise StorageProblem.NOT_MADE.error(folder=folder, why=error.strerror) from error
        return cls.open(folder, clock)

    @classmethod
    def open(cls, folder: Path, clock: Clock = SYSTEM_CLOCK) -> Workspace:
        """Open the workspace in ``folder``: lock, start-up gate, upgrade where needed.

        ``clock`` is what everything in it will ask for the time. That of a training workspace never stands before the
        records that were invented for it.

        Raises:
            UserError: WSP-007 there is none, KEY-010 nobody opened it yet (``protection.unlock``), WSP-003 in use by another
                copy, WSP-009 made by a newer program,
                DB-001 damaged, and what the gate refuses.
        """
        path = database_of(folder)
        install_code_lists()
        gate.check_engine()
        warnings = gate.check_place(folder)
        warnings += gate.check_space(folder)
        lock = lock_folder(folder)
        _leave_marker(folder)
        for private in (folder, *(folder / name for name in FOLDERS), path):
            files.make_private(private)
        connection = None
        try:
            if (folder / "keys" / keys.NEW_PUBLIC_NAME).is_file():
                finish_separation(folder)
            connection = connect(path)
            _upgrade(connection, folder, clock)
            journal_head.begin(connection, clock.stamp())
            clock, invented = _clock_of(connection, clock)
            warnings += gate.check_clock(gate.clock_evidence(connection), clock.now(), invented=invented)
            warnings += _check_machine(connection)
            warnings += sound.quick_findings(connection, folder)
            protection.opened(folder)
            return cls(folder, connection, lock, warnings, clock)
        except BaseException as error:
            if connection is not None:
                connection.close()
            lock.release()
            if isinstance(error, DatabaseError):
                raise translated(error, path, whole=True) from error
            if isinstance(error, ValueError | TypeError | LookupError):  # settings nobody wrote so
                raise StorageProblem.NOT_SOUND.error(where=path) from error
            raise

    @classmethod
    def open_to_look(cls, folder: Path, clock: Clock = SYSTEM_CLOCK) -> Workspace:
        """Open the workspace in ``folder`` to look at and to export from: a copy of its database is read, in a private folder
        that goes when it is closed. Nothing in ``folder`` changes, nobody is kept from it, and every act that would write is
        refused (WSP-055). Of a damaged database the part that can be read is shown.

        Raises:
            UserError: WSP-007 there is none, KEY-010 as ``open``, WSP-050 nothing of it can be read, DB-002 no room for the copy, WSP-009 made by a
                newer program.
        """
        if not (folder / DATABASE).is_file():
            raise StorageProblem.NO_WORKSPACE.error(folder=folder)
        install_code_lists()
        gate.check_engine()
        place, lock = looking.own_place()
        connection = None
        try:
            if not is_plain(folder / DATABASE) and key_slots.key_for(folder / DATABASE) is not None:
                key_slots.keep_open(place, cast(key_slots.Opened, key_slots.opened_at(folder)))
            copy = looking.copy_of(folder / DATABASE, place)
            warnings: list[Problem] = []
            try:
                connection = _look_opened(copy, clock)
            except (UserError, DatabaseError, ValueError, TypeError, LookupError) as error:
                if isinstance(error, UserError) and error.code != StorageProblem.NOT_SOUND.code:
                    raise
                warnings = looking.sound_part(looking.copy_of(folder / DATABASE, place), folder, make_tables)
                connection = _look_opened(copy, clock)
            clock, invented = _clock_of(connection, clock)
            warnings += gate.check_clock(gate.clock_evidence(connection), clock.now(), invented=invented)
            warnings += sound.quick_findings(connection, folder)
            return cls(folder, connection, lock, warnings, clock, place)
        except BaseException as error:
            if connection is not None:
                connection.close()
            lock.release()
            key_slots.forget(place)
            shutil.rmtree(place, ignore_errors=True)
            if isinstance(error, DatabaseError):
                raise translated(error, folder / DATABASE, whole=True) from error
            raise

    @property
    def looked_at_only(self) -> bool:
        """Whether it was opened to look at: nothing of it can be written."""
        return self._copy is not None

    def refuse_writing(self) -> None:
        """Refuse what would write where the workspace was opened to look at.

        Raises:
            UserError: WSP-055.
        """
        if self.looked_at_only:
            raise StorageProblem.LOOKED_AT_ONLY.error()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.look()
        finally:
            self.close()

    def begin_log(self, what: str) -> None:
        """Write the log into this workspace from here on; ``what`` runs: the window, or a command by its name."""
        logs.begin(self.log_folder)
        codes = Own(" ".join(p.code for p in self._warnings) or "no warnings")
        log.app.info("%s, a workspace of a %s: %s", Own(what), Own(self.identity.role), codes)

    @property
    def log_folder(self) -> Path:
        """Where what is done with it is logged: in it, or with the person's own logs where one only looks."""
        return paths.log_folder(None if self.looked_at_only else self.folder)

    def look(self) -> None:
        """Look whether the database still lies where it was opened; everybody who is about to write does.

        Raises:
            UserError: DB-006 it was deleted or replaced; what was saved is rescued.
        """
        self._file.look()

    def _look_before_writing(self) -> None:
        self.refuse_writing()
        self.look()

    @contextmanager
    def _passing(self) -> Iterator[Connection]:
        """What is kept of the window while one only looks: in the copy, which goes."""
        self._connection.execute("BEGIN IMMEDIATE")
        yield self._connection
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections and let others in."""
        with suppress(UserError):  # rescued while it can be; who saves has been told, and a closing window is told
            self.look()
        self._file.leave()
        if "attachments" in self.__dict__:
            self.attachments.forget_copies()
        if "journal" in self.__dict__:
            self._keep_history()
        self._close_reader()
        self._connection.close()
        self._lock.release()
        if self._copy is not None:
            key_slots.forget(self._copy)
            shutil.rmtree(self._copy, ignore_errors=True)
        log.store.info("closed")

    def _keep_history(self) -> None:
        with suppress(
            UserError, DatabaseError
        ):  # no room: nothing can be taken back after this, and nothing else is lost
            kept = self.actions.to_keep(self.journal.last_seq())
            if kept is not None:
                self.settings.set(user_actions.KEPT, kept)

    # --- what it is --------------------------------------------------------------------------------------------------

    @cached_property
    def journal(self) -> Journal:
        made = journal.Journal(self._connection, self.database_path, self._look_before_writing, self.clock)
        history = user_actions.ActionHistory(self.database_path, made.last_seq())
        made.actions = user_actions.OpenActions(history, self.announce)
        return made

    @cached_property
    def read(self) -> Reader:
        return reader.Reader(self.database_path, self.clock, self._follow_if_free)

    def _transaction(self) -> AbstractContextManager[Any]:
        return self.journal.transaction()

    def _close_reader(self) -> None:
        if "read" in self.__dict__:
            self.read.close()

    @cached_property
    def attachments(self) -> Attachments:
        return attachments.Attachments(self.folder / "attachments", self.refuse_writing)

    @cached_property
    def gate(self) -> list[Problem]:
        """What the start-up gate warned of, and that the last backup is old: sentences nobody reads before the first page."""
        has_records = bool(self.read.sql("SELECT hlc FROM projected")[0][0])
        old = gate.check_backup(
            self.last_backup,
            has_records,
            self.clock.now(),
            opens_elsewhere=self.backups_open_elsewhere or self.is_training,
        )
        # Who is told to set a password need not be told so twice.
        open_to_all = protection.findings(self.folder) if self.backups_open_elsewhere and not self.is_training else []
        return [*self._warnings, *old, *open_to_all]

    @property
    def clock_findings(self) -> list[Problem]:
        """What the start-up gate says of this machine's clock, asked anew."""
        return gate.check_clock(gate.clock_evidence(self._connection), self.clock.now(), invented=self.is_training)

    @property
    def clock_is_doubted(self) -> bool:
        """Whether this machine's clock contradicts what the journal knows of time."""
        return any(problem.severity is Severity.WARN for problem in self.clock_findings)

    @property
    def database_path(self) -> Path:
        return (self._copy or self.folder) / DATABASE

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
        follow = partial(following.follow_beside, self.database_path, search_too=True)
        made = reader.Reader(self.database_path, self.clock, follow)
        if made.waiting():
            following.follow_beside(self.database_path)
        return made

    @contextmanager
    def in_little_memory(self) -> Iterator[None]:
        """Write very much with few pages of the database held: what does not fit goes to the write-ahead log early."""
        held = self._connection.execute("PRAGMA cache_size").fetchone()[0]
        self._connection.execute(f"PRAGMA cache_size={LITTLE_CACHE}")
        try:
            yield
        finally:
            self._connection.execute(f"PRAGMA cache_size={held}")

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
        while following.waiting(self._connection, search=search):
            with self.journal.transaction():
                following.follow(self._connection, search_too=search, most=following.BLOCK, clock=self.clock)

    def beside(self) -> AbstractContextManager[Workspace]:
        """Return a second hand on this workspace for long work that writes on another thread; asked on this one.

        It has its own connections and observers, shares lock, clock and history of actions, and is closed at the end;
        one transaction at a time still holds for both.
        """
        return self._beside(self.journal)

    @contextmanager
    def _beside(self, ours: Journal) -> Iterator[Workspace]:
        self.look()  # another file would be written
        connection = connect(self.database_path)
        other = Workspace(self.folder, connection, self._lock, [], self.clock, self._copy)
        other.work_as(self._signed_in)
        other.route, other.present = self.route, self.present
        other.journal.clock = ours.clock
        other.journal.actions = user_actions.OpenActions(ours.actions.history, other.announce)
        try:
            yield other
        finally:
            other._close_reader()
            connection.close()

    def set_author(self, name: str) -> None:
        """Keep who is working now; every version from here on names this person.

        Raises:
            UserError: ACC-001 there are accounts here: who works signs in.
        """
        if self.has_accounts:
            raise AccountProblem.SIGN_IN.error(act=Text("填写操作人", "say who works here"))
        name = name.replace("#", "")  # begins the mark of an account
        clean = "".join(c for c in unicodedata.normalize("NFC", name.strip()) if c.isprintable())[:60]
        self.settings.set("author", clean)
        self.identity = replace(self.identity, author=clean)

    @property
    def has_accounts(self) -> bool:
        """Whether there are accounts of this workplace: then whoever changes anything has signed in."""
        return self._connection.execute(_ACCOUNT_HERE).fetchone() is not None

    def work_as(self, account: SignedIn | None) -> None:
        """Let an account work here (``services.accounts`` has opened it), ``None``: nobody."""
        self._signed_in, self.present = account, ""
        self.identity = self._load_identity()
        self.drafts.owner = account.mark if account else ""

    def settle_here(self) -> None:
        """Take this computer for the workspace's own: it was moved, and nobody goes on with it where it was."""
        self.settings.set(MACHINE, machine_mark())
        self.gate[:] = [p for p in self.gate if p.code != StorageProblem.MOVED_OR_COPIED.code]

    @property
    def actions(self) -> ActionHistory:
        """What was done here, for undo and redo (``services.undo``)."""
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

    def rebuild(self) -> None:
        """Make anew what follows from the versions: tables, search index, ancestry; and take away what was planted. A checked
        copy is kept before.

        Raises:
            UserError: as ``back_up`` and ``Journal.transaction``.
        """
        self.refuse_writing()
        name = backup.backup_name(
            self.clock.now(), "before-rebuild"
        )  # plain: a sealed one would refuse what is to be mended
        backup.copy_database(self._connection, self.folder / "backups" / name)
        with self.journal.transaction() as connection:
            if missing := sound.missing_versions(connection):
                self.settings.set(sound.MISSING, str(missing))
            for kind, name in sound.planted(connection):
                connection.execute(f'DROP {kind} "{name}"')
            connection.execute("DELETE FROM version_parent")
            connection.execute(
                """INSERT OR IGNORE INTO version_parent (parent_id, version_id) SELECT parent.value, v.version_id FROM version v,
                   json_each('["' || replace(v.parent_ids, ' ', '","') || '"]') parent WHERE v.parent_ids <> ''"""
            )
            for statement in migrations.indexes():
                connection.execute(statement)
            following.rebuild(connection, self.clock)
        self.catch_up()
        self.gate[:] = [p for p in self.gate if p.code != StorageProblem.PLANTED.code]

    def back_up(self, target_folder: Path | None = None, mark: str = "") -> Path:
        """Write a proven backup and return its path: one sealed file that opens anywhere once there is a password, a sheet or
        a county's key to open it with; until then a checked copy of the database, which works on this computer only. In a
        folder that is named it holds all of it; those of the workspace's own share their attachments.

        Raises:
            UserError: see ``sealed_backup.make`` and ``backup.copy_database``.
        """
        self.refuse_writing()
        folder, now = target_folder or self.folder / "backups", self.clock.now()
        with self.journal.transaction() as connection:
            head = journal_head.note_head(connection)  # a plain copy holds it as a setting
        if self.backups_open_elsewhere:
            target = folder / backup.backup_name(now, mark, backup.SEALED_SUFFIX)
            me = self.identity
            sealed_backup.make(self.folder, self._connection, target, {
                "organisation": me.org_name, "org_code": me.org_code, "device_id": me.device_id, "program": __version__,
                "made_at": now.isoformat(), "epoch": self.epoch, "entries": head.count, "link": head.link,
            }, alone=target_folder is not None)  # fmt: skip
        else:
            # Encrypted, it could be read with this computer alone, and not even the loss of the laptop would be survived.
            target = backup.copy_database(self._connection, folder / backup.backup_name(now, mark), plain=True)
        self.settings.set(PROVEN, now.isoformat())
        log.store.info("backup made: %d bytes, %s", target.stat().st_size, Own("".join(target.suffixes[-2:])))
        return target

    @property
    def keys_folder(self) -> Path:
        return self.folder / "keys"

    @property
    def backups_open_elsewhere(self) -> bool:
        """Whether backups survive this computer: there is a way to open them that does not lie in it."""
        return key_slots.opens_elsewhere(key_slots.read_slots(self.keys_folder))

    @property
    def last_backup(self) -> datetime | None:
        """When the last proven backup was made, be it on a stick; UTC."""
        noted, here = self.settings.get(PROVEN), stored_backups.last_backup(self.folder / "backups")
        moments = [here] if here else []
        return max([*moments, *([datetime.fromisoformat(noted)] if noted else [])], default=None)

    def _load_identity(self) -> Identity:
        get = self.settings.get
        code = get("workspace.org_code")
        # The own unit is a record; the name given at the founding stands where it is not on record.
        own = self._connection.execute(
            "SELECT name FROM organisation WHERE code=? AND void=0 ORDER BY hlc DESC LIMIT 1", (code,)
        ).fetchone()
        signed_in = self._signed_in
        typed = "" if self.has_accounts else get("author")
        return Identity(
            code,
            own[0] if own else get("workspace.org_name"),
            Role(get("workspace.role")),
            get("workspace.device_id"),
            get("workspace.device_name"),
            signed_in.name if signed_in else typed,
            signed_in,
        )


def _clock_of(connection: Connection, clock: Clock) -> tuple[Clock, bool]:
    """Return the clock of a workspace, the one given but never before the day a training workspace plays on, and whether
    it is one."""
    row = connection.execute("SELECT value FROM setting WHERE key=?", (NOT_BEFORE,)).fetchone()
    return (clock.not_before(datetime.fromisoformat(row[0])), True) if row is not None else (clock, False)


def _look_opened(copy: Path, clock: Clock) -> Connection:
    """Return a connection to a copy, brought to this program's version and abreast of its journal, search too."""
    connection: Connection = connect(copy)
    try:
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise StorageProblem.NOT_SOUND.error(where=copy)
        _upgrade(connection, copy.parent, clock)
        connection.execute("BEGIN IMMEDIATE")
        following.follow(connection, search_too=True, clock=clock)
        connection.execute("COMMIT")
        return connection
    except BaseException:
        connection.close()
        raise


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


def _check_machine(connection: Connection) -> list[Problem]:
    """Note which computer this is; warn when the workspace was made for another one."""
    here = machine_mark()
    row = connection.execute("SELECT value FROM setting WHERE key=?", (MACHINE,)).fetchone()
    if row is None and here:
        connection.execute("INSERT OR IGNORE INTO setting (key, value) VALUES (?, ?)", (MACHINE, here))
    elif row is not None and here and row[0] and row[0] != here:
        return [moved_problem()]
    return []


def lock_folder(folder: Path) -> Lock:
    """Take the writer's lock of a workspace folder, and finish what whoever had it last was cut in.

    Raises:
        UserError: WSP-003 another copy has it, WSP-004 the folder cannot be written.
    """
    try:
        lock = Lock(folder / "workspace.lock")
        try:
            files.finish(folder)
        except OSError:
            lock.release()
            raise
        return lock
    except InUse as error:
        raise StorageProblem.IN_USE.error(folder=folder) from error
    except OSError as error:
        raise StorageProblem.NOT_WRITABLE.error(folder=folder, why=error.strerror) from error


def database_of(folder: Path) -> Path:
    """Return where the database of the workspace in ``folder`` lies, in its place where a power cut left it beside.

    Raises:
        UserError: WSP-007 there is no workspace; as ``lock_folder``.
    """
    if files.is_unfinished(folder):
        lock_folder(folder).release()
    path = folder / DATABASE
    if not path.is_file():
        raise StorageProblem.NO_WORKSPACE.error(folder=folder)
    return path


def _refuse_to_replace(folder: Path) -> None:
    """Refuse to make a workspace where there is one, or what another one needs: nothing is ever made unreadable by that."""
    if (folder / DATABASE).exists():
        raise StorageProblem.ALREADY_THERE.error(folder=folder)
    for name in ("keys", "backups", "attachments"):
        for found in (folder / name).glob("*"):
            raise StorageProblem.LEFT_OF_ANOTHER.error(folder=folder, found=f"{name}/{found.name}")
    for found in folder.glob(DATABASE + "-*"):
        raise StorageProblem.LEFT_OF_ANOTHER.error(folder=folder, found=found.name)


def make_tables(connection: Any) -> None:
    """Make the tables of an empty workspace, and mark the file as one of this version."""
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    for _, _, apply in migrations.MIGRATIONS:
        apply(connection)
    projection.create(connection)
    connection.execute(f"PRAGMA user_version={migrations.LATEST}")


def _found(folder: Path, facts: dict[str, str]) -> None:
    """Write key and database of a new workspace: both are there, or neither. The caller holds the lock."""
    with files.changing_together(folder) as change:
        private, public = keys.device_key(f"{facts['workspace.org_code']}-{facts['workspace.device_name'] or 'device'}")
        change.put(folder / "keys" / keys.PRIVATE_NAME, private)
        change.put(folder / "keys" / keys.PUBLIC_NAME, f"{public}\n".encode("ascii"))
        opened, slot_files = key_slots.first_way()
        for name, content in slot_files.items():
            change.put(folder / "keys" / name, content)
        key_slots.keep_open(folder, opened)
        place = change.put(folder / DATABASE)
        connection = connect(place, new=True)
        try:
            files.make_private(place)
            connection.execute("PRAGMA page_size=4096")
            connection.execute("BEGIN IMMEDIATE")
            install_code_lists()
            make_tables(connection)
            connection.executemany(
                "INSERT INTO setting (key, value) VALUES (?, ?)",
                [*facts.items(), ("workspace.device_id", keys.device_id_of(public))],
            )
            projection.remember_shape(connection)
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode=DELETE")  # one file, so that the rename is all or nothing
        finally:
            connection.close()


def _leave_marker(folder: Path) -> None:
    """Lay the file a double click opens into the folder; without it everything else works."""
    marker = folder / MARKER
    with contextlib.suppress(OSError):
        if not marker.exists():
            files.write_whole(marker, _MARKER_TEXT.encode())


def _written_by_newer(program: str, found: int, folder: Path) -> UserError:
    return StorageProblem.NEWER.error(
        folder=folder, program=program, found=found, version=__version__, latest=migrations.LATEST
    )


def _upgrade(connection: Connection, folder: Path, clock: Clock) -> None:
    """Bring the file to this program's version: copy first, frozen steps, then new projections where they changed."""
    path = folder / DATABASE
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StorageProblem.OTHER_DATABASE.error(path=path)
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > migrations.LATEST:
        program = connection.execute("SELECT value FROM setting WHERE key='workspace.program'").fetchone()
        raise _written_by_newer(program[0] if program else "?", found, folder)
    stored = dict(connection.execute("SELECT key, value FROM setting WHERE key LIKE 'workspace.%'").fetchall())
    same_shape = stored.get("workspace.projection_source") == shape.source_mark()
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
            following.follow(connection, clock=clock)
            connection.execute("COMMIT")
        try:
            if shape.counts_agree(connection, json.loads(stored["workspace.tables"])):
                return
        except DatabaseError as error:
            if not is_schema_error(error):  # a table is missing: it is made anew
                raise
    (folder / "backups").mkdir(exist_ok=True)
    backup.copy_database(connection, folder / "backups" / backup.backup_name(clock.now(), "before-upgrade"))
    connection.execute("PRAGMA foreign_keys=OFF")  # must stand outside the transaction
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number, _, apply in migrations.MIGRATIONS:
            if number > found:
                apply(connection)
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise StorageProblem.UPGRADE_UNDONE.error(broken=broken[0])
        following.rebuild(connection, clock)
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
    """Put a new key in its place when the journal already names it; one it does not name is left. The caller holds the lock.

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
    with files.changing_together(folder) as change:
        if old.is_file() and (was := keys.device_id_of(old.read_text(encoding="ascii"))) != named:
            for part in (keys.PRIVATE_NAME, keys.PUBLIC_NAME):
                change.keep(place / part, place / (keys.FORMER_NAME.format(was) + Path(part).suffix))
        for part, new in ((keys.PRIVATE_NAME, keys.NEW_PRIVATE_NAME), (keys.PUBLIC_NAME, keys.NEW_PUBLIC_NAME)):
            if (place / new).exists():
                change.put(place / part, (place / new).read_bytes())
                change.remove(place / new)


def moved_problem() -> Problem:
    """Return what is said on the first page while it is not known whether the folder was moved or copied."""
    return StorageProblem.MOVED_OR_COPIED.problem()  # fmt: skip
