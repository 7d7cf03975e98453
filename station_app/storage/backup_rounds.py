"""What belongs to a backup besides making it: a second place, reading old ones again, generations, and the drill.

Only what a proven backup made superfluous goes, and only after the next one was proven too: a name is noted at one round and
removed at a later one if it is superfluous still. The rule counts days, weeks and months *that have a backup* and takes no
notice of files dated after now, and all of it rests while the clock is doubted: a clock that is wrong removes nothing. A
restore removes nothing. Plain copies and those made before an upgrade or update are never removed.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from station_app.domain.official_time import official_day
from station_app.domain.problems import Problem, UserError
from station_app.storage import attachments_beside, check, files, restore, sealed_file, stored_backups
from station_app.storage.problems import StorageProblem
from station_app.storage.stored_backups import DAMAGED, Stored
from station_app.storage.workspace import Workspace

READ_LAST, SUPERFLUOUS = "backup.read_last", "backup.superfluous"
EACH_ROUND = 20  # one of so many stored backups is read again
DAYS, WEEKS, MONTHS, NEWEST = 7, 4, 6, 3


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: the backup, what was found about others, what was removed."""

    path: Path
    problems: tuple[Problem, ...]
    removed: tuple[str, ...]


def back_up(workspace: Workspace, folder: Path | None = None) -> Round:
    """Make a proven backup, copy it to the second place, read some of the old ones again, and let superfluous ones go.

    Raises:
        UserError: as ``Workspace.back_up``; nothing else is done then.
    """
    path = workspace.back_up(folder)
    here, second = workspace.folder / "backups", workspace.settings.get(stored_backups.SECOND)
    problems, removed = [], []
    places = [here]
    if second and Path(second) != path.parent:
        problem = _copy_to(path, Path(second))
        problems += [problem] if problem else []
        places.append(Path(second))
    problems += _read_again(workspace, [each for place in places for each in _sealed_in(place) if each != path])
    removed = _let_go(workspace, here)
    return Round(path, tuple(problems), tuple(removed))


def _copy_to(path: Path, place: Path) -> Problem | None:
    """Copy a backup, and the attachments beside it that are not there yet; read the copies; return what was wrong."""
    try:
        for each in attachments_beside.sealed_in(path.parent):
            target = place / each.relative_to(path.parent)
            if not target.exists() or target.stat().st_size != each.stat().st_size:
                for folder in (target.parent.parent, target.parent):
                    folder.mkdir(exist_ok=True)
                _copy(each, target, sealed=True)
        _copy(path, place / path.name, sealed=stored_backups.look_at(path).sealed)
    except (OSError, UserError) as error:
        why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        return StorageProblem.SECOND_PLACE.problem(place=place, why=why)
    return None


def _copy(path: Path, target: Path, *, sealed: bool) -> None:
    part = files.part_of(target)
    try:
        shutil.copyfile(path, part)
        files.make_private(part)
        files.sync_file(part)
        if sealed:
            sealed_file.check_whole(sealed_file.read_head(part))
        files.name_part(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _sealed_in(place: Path) -> list[Path]:
    backups = [each.path for each in stored_backups.stored(place)[0] if each.sealed]
    return backups + attachments_beside.sealed_in(place)


def _read_again(workspace: Workspace, stored: Iterable[Path]) -> list[Problem]:
    """Read a twentieth of what is stored, in turn; what is damaged loses its name, not its bytes.

    The turn goes from the newest name to the oldest: what each round adds would else always be next.
    """
    waiting = sorted({str(path): path for path in stored}.items(), reverse=True)
    if not waiting:
        return []
    last = workspace.settings.get(READ_LAST)
    turn = [item for item in waiting if item[0] < last] + [item for item in waiting if item[0] >= last]
    chosen = turn[: -(-len(turn) // EACH_ROUND)]
    problems: list[Problem] = []
    for _, path in chosen:
        try:
            sealed_file.check_whole(sealed_file.read_head(path))
        except UserError as error:
            problems += error.problems
            if not isinstance(error.__cause__, OSError):  # a stick that cannot be read just now damages nothing
                with contextlib.suppress(OSError):
                    files.give_name(path, path.with_name(path.name + DAMAGED))
    workspace.settings.set(READ_LAST, chosen[-1][0])
    return problems


def superfluous(stored: Iterable[Stored], now: datetime) -> list[Stored]:
    """Return the backups that the newest ones of 7 days, 4 weeks and 6 months leave without a purpose."""
    ours = sorted(
        (each for each in stored if each.sealed and not each.mark and each.made_at <= now),
        key=lambda each: each.made_at, reverse=True,
    )  # fmt: skip
    kept = {each.path for each in ours[:NEWEST]}
    generations: tuple[tuple[Callable[[datetime], Hashable], int], ...] = (
        (official_day, DAYS),
        (lambda moment: official_day(moment).isocalendar()[:2], WEEKS),
        (lambda moment: (official_day(moment).year, official_day(moment).month), MONTHS),
    )
    for seen in (ours, ours[1:]):  # the newest alone displaces none: its date is confirmed by the next
        for period, most in generations:
            newest: dict[Hashable, Path] = {}
            for each in seen:
                newest.setdefault(period(each.made_at), each.path)
            kept |= set(list(newest.values())[:most])
    return [each for each in ours if each.path not in kept]


def _let_go(workspace: Workspace, folder: Path) -> list[str]:
    """Remove what was superfluous at a round before and is still; note what is now."""
    if workspace.clock_is_doubted:
        return []
    now_so = {
        each.path.name: each.path for each in superfluous(stored_backups.stored(folder)[0], workspace.clock.now())
    }
    noted = json.loads(workspace.settings.get(SUPERFLUOUS) or "[]")
    removed = [name for name in noted if name in now_so]
    for name in removed:
        now_so.pop(name).unlink(missing_ok=True)
    workspace.settings.set(SUPERFLUOUS, json.dumps(sorted(now_so)))
    return removed


# --- the drill -------------------------------------------------------------------------------------------------------


def drill(folder: Path, file: Path | None = None, secret: str | None = None) -> restore.Restored:
    """Restore a backup of the workspace in ``folder``, by default its newest, into a scratch folder and check what is there.

    Without ``secret`` this machine opens it; with one it is opened as it would be elsewhere. The scratch folder goes.

    Raises:
        UserError: WSP-038 there is no backup, WSP-037 nothing was restored, WSP-039 what was restored is not sound, and what
            a restore raises.
    """
    if file is None:
        usable = stored_backups.stored(folder / "backups")[0]
        if not usable:
            raise StorageProblem.NOTHING_TO_TRY.error(folder=folder / "backups")
        file = usable[0].path
    sealed = stored_backups.look_at(file).sealed
    with tempfile.TemporaryDirectory(dir=folder, prefix="drill-") as scratch:
        place = Path(scratch) / "workspace"
        done = restore.restore_backup(place, file, secret=secret, machine=None if secret else folder / "keys",
                                      new_device=None if sealed else "")  # fmt: skip
        if not done.versions:
            raise StorageProblem.EMPTY_BACKUP.error(backup=file.name)
        Workspace.open(place).close()  # an older copy is brought up to this program first, as it would be
        report = check.check_workspace(place)
        if not report.ok:
            raise StorageProblem.DRILL_FAILED.error(backup=file.name, problems=report.problems)
    return done
