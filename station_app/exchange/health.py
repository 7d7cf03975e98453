"""The health of a workspace in a dozen lines: each says how a part of it is, what that means and what to do next.

The sentences are those of the start, of ``check`` and of the backups; here they stand beside the figures they follow from.
Looking costs little and changes nothing; ``check`` looks at everything.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from station_app import __version__, logs
from station_app.domain.official_time import official_text
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.exchange import lost_files
from station_app.exchange.standing import WorkCounts, take_stock
from station_app.services.figures.columns import JSON, PLAIN, SCREEN, Column, joined
from station_app.storage import engine, gate, key_slots, migrations, stored_backups
from station_app.storage.problems import StorageProblem
from station_app.storage.reader import Reader
from station_app.storage.workspace import Workspace

MEGABYTE = 1 << 20
FINE, NOTHING_TO_DO = Text("正常", "fine"), Text("不用处理", "nothing to do")
STATES = {
    None: FINE,
    Severity.INFO: Text("提示", "note"),
    Severity.WARN: Text("要注意", "look at it"),
    Severity.HOLD: Text("要决定", "to decide"),
    Severity.ERROR: Text("有问题", "wrong"),
}
COLOURS = {None: "ok", Severity.INFO: "info", Severity.WARN: "warn", Severity.HOLD: "warn", Severity.ERROR: "error"}
SENT = Text("全部已上报", "all is sent")
NO_BACKUP = Text("还没有备份", "none yet")
_OF_KEYS = (StorageProblem.KEY_DIFFERS.code, StorageProblem.MOVED_OR_COPIED.code, StorageProblem.CARD_ALTERED.code)


@dataclass(frozen=True, slots=True)
class Part:
    """How one part is.

    Attributes:
        key: Its name for programs.
        says: Its figures in words; may name folders and people, so it leaves this computer with nobody.
        problems: What stands against it, each with its next step.
        figures: Its figures alone, what a support file may hold: numbers, yes and no, versions and words of the program.
        place: Where in the window one goes on: a page and its state.
        command: What does it without a window.
        then: The next step where nothing stands against it.
    """

    key: str
    label: Text
    says: Text
    problems: tuple[Problem, ...] = ()
    figures: Mapping[str, int | bool | str | None] = field(default_factory=dict)
    place: tuple[str, str] = ("settings", "")
    command: str = ""
    then: Text = NOTHING_TO_DO

    @property
    def worst(self) -> Severity | None:
        """How grave it is, ``None`` where nothing stands against it."""
        return min((p.severity for p in self.problems), key=lambda s: s.rank, default=None)

    @property
    def next_step(self) -> Text:
        """What to do: the sentences of what stands against it."""
        said = [p.text for p in self.problems] or [self.then]
        return Text("".join(t.zh for t in said), " ".join(t.en for t in said))


COLUMNS: tuple[Column[Part], ...] = (
    Column("part", Text("部分", "Part"), lambda part: part.label, width=110, code=lambda part: part.key, bold=True),
    Column(
        "state", Text("状态", "State"), lambda part: STATES[part.worst], width=90,
        code=lambda part: part.worst.value if part.worst else "ok", state=lambda part: COLOURS[part.worst],
    ),
    Column("says", Text("现在", "Now"), lambda part: part.says, width=330),
    Column("next", Text("意味着什么，下一步", "What it means, and the next step"), lambda part: part.next_step, width=0,
           where=frozenset({SCREEN, PLAIN, JSON})),
    Column("codes", Text("代码", "Codes"), lambda part: [p.code for p in part.problems], where=frozenset({JSON})),
    Column("figures", Text("数字", "Figures"), lambda part: part.figures, where=frozenset({JSON})),
    Column("command", Text("命令", "Command"), lambda part: part.command, where=frozenset({JSON, PLAIN}), width=110),
)  # fmt: skip


def health(workspace: Workspace, found: Sequence[Problem] | None = None) -> list[Part]:
    """Look at every part of an open workspace; changes nothing.

    Args:
        found: What its start warned of, where another hand on it knows that.

    Raises:
        UserError: DB-001 the database cannot be read.
    """
    known = workspace.gate if found is None else found
    standing = take_stock(workspace.read)._replace(drafts=workspace.drafts.count())
    looks: tuple[Callable[[], Part], ...] = (
        lambda: _disk(workspace.folder),
        lambda: _database(workspace, [p for p in known if p.code.startswith("CHK-") and p.code not in _OF_KEYS]),
        lambda: _clock(workspace),
        lambda: _backups(workspace),
        lambda: _keys(workspace, [p for p in known if p.code in _OF_KEYS]),
        lambda: _files(known, workspace if found is None else None),
        lambda: _to_send(standing),
        lambda: _to_answer(standing),
        lambda: _versions(workspace.read),
        lambda: _troubles(workspace.log_folder),
    )
    return [look() for look in looks]


def worst_of(parts: list[Part]) -> Severity | None:
    """Return how grave the gravest is, ``None`` where nothing stands against any."""
    return min((part.worst for part in parts if part.worst), key=lambda s: s.rank, default=None)


def _disk(folder: Path) -> Part:
    free = shutil.disk_usage(folder).free // MEGABYTE
    try:
        problems = gate.check_space(folder)
    except UserError as error:
        problems = list(error.problems)
    try:
        problems += gate.check_place(folder)
    except UserError as error:
        problems += error.problems
    says = Text("还剩 {megabytes} MB", "{megabytes} MB free").format(megabytes=f"{free:,}")
    return Part("disk", Text("磁盘", "Disk"), says, tuple(problems), {"free_mb": free}, command="health")


def _database(workspace: Workspace, problems: Sequence[Problem]) -> Part:
    reader = workspace.read
    size, versions = workspace.database_path.stat().st_size // MEGABYTE, reader.journal_size()
    says = Text("{versions} 个版本，{size} MB", "{versions} versions, {size} MB").format(
        versions=f"{versions:,}", size=f"{size:,}"
    )
    waiting = reader.waiting()
    return Part("database", Text("数据库", "Database"), says, tuple(problems),
                {"versions": versions, "mb": size, "not_yet_shown": waiting}, ("settings", "check"), "check")  # fmt: skip


def _clock(workspace: Workspace) -> Part:
    says = Text("北京时间 {now}", "{now}, Beijing time").format(now=official_text(workspace.clock.now()))
    problems = tuple(workspace.clock_findings)
    return Part("clock", Text("时钟", "Clock"), says, problems, {"doubted": workspace.clock_is_doubted})


def _backups(workspace: Workspace) -> Part:
    last, now = workspace.last_backup, workspace.clock.now()
    usable, unusable = stored_backups.stored(workspace.folder / "backups")
    elsewhere = workspace.backups_open_elsewhere
    problems = gate.check_backup(last, workspace.read.journal_size() > 0, now,
                                 opens_elsewhere=elsewhere or workspace.is_training)  # fmt: skip
    says = NO_BACKUP if last is None else Text("{last}；存有 {n} 个", "{last}; {n} kept").format(
        last=official_text(last), n=len(usable)
    )  # fmt: skip
    figures: dict[str, int | bool | str | None] = {
        "days": None if last is None else (now - last).days, "kept": len(usable), "open_elsewhere": elsewhere,
        "second_place": bool(workspace.settings.get(stored_backups.SECOND)), "unusable": len(unusable),
    }  # fmt: skip
    return Part(
        "backups", Text("备份", "Backups"), says, (*problems, *unusable), figures, ("settings", "backup"), "backup"
    )


def _keys(workspace: Workspace, problems: Sequence[Problem]) -> Part:
    ways = [slot.way for slot in key_slots.read_slots(workspace.keys_folder)]
    says = Text("设备 {device}；备份的打开方式：{ways}", "device {device}; ways into backups: {ways}").format(
        device=workspace.identity.device_id,
        ways=joined([way.text for way in dict.fromkeys(ways)]) if ways else Text("无", "none"),
    )
    return Part("keys", Text("密钥", "Keys"), says, tuple(problems),
                {way.value: ways.count(way) for way in key_slots.Way}, ("settings", "backup"), "recovery list")  # fmt: skip


def _files(known: Sequence[Problem], alone: Workspace | None) -> Part:
    """Files that are gone: what the window has noticed, or, where a command asks, what is seen of the program's own."""
    watch = lost_files.FileWatch(alone.folder, alone.clock) if alone is not None else None
    problems = tuple(watch.look(whole=True) if watch else [p for p in known if p.code in lost_files.CODES])
    says = Text("有文件不见了", "files are gone") if problems else Text("都在", "all there")
    return Part("files", Text("程序和附件文件", "Files"), says, problems, {"gone": bool(problems)}, ("settings", "health"),
                "self-test")  # fmt: skip


def _to_send(standing: WorkCounts) -> Part:
    says = Text(
        "{n} 条没有上报，{packages} 个包没有回执", "{n} records not sent, {packages} packages unanswered"
    ).format(n=f"{standing.to_send:,}", packages=standing.unanswered)
    figures = {"records": standing.to_send, "packages": standing.packages, "unanswered": standing.unanswered}
    return Part("to_send", Text("待上报", "To send"), says, (), figures, ("exchange", ""), "package",
                Text("请打包上报；上报之前，这些只在这台电脑上。", "Pack and send them; until then they are on this computer alone.")
                if standing.to_send else SENT)  # fmt: skip


def _to_answer(standing: WorkCounts) -> Part:
    says = Text("退回或冲突 {asked}，隔离 {aside}，草稿 {drafts}",
                "{asked} returned or in conflict, {aside} set aside, {drafts} drafts").format(
        asked=standing.in_question, aside=standing.quarantined, drafts=standing.drafts
    )  # fmt: skip
    waits = standing.in_question or standing.quarantined
    figures = {"asked": standing.in_question, "set_aside": standing.quarantined, "drafts": standing.drafts}
    return Part("to_answer", Text("待处理", "To answer"), says, (), figures, ("worklist", "question"), "conflicts",
                Text("请逐条更正或决定。", "Correct or decide them one by one.") if waits else NOTHING_TO_DO)  # fmt: skip


def _versions(reader: Reader) -> Part:
    sqlite = ".".join(map(str, engine.SQLITE_VERSION))
    program: dict[str, int | bool | str | None] = {"program": __version__, "data": migrations.LATEST, "sqlite": sqlite}
    says = Text(
        "程序 {program}，数据格式 {data}，SQLite {sqlite}", "program {program}, data format {data}, SQLite {sqlite}"
    ).format(**program)
    return Part("versions", Text("版本", "Versions"), says, (), {**program, "python": platform.python_version()},
                ("settings", "updates"), "update find")  # fmt: skip


def _troubles(folder: Path) -> Part:
    """What the log remembers: sentences that were told, and faults of ours."""
    told = logs.troubles(folder)
    if not told:
        says = Text("没有记下错误", "none noted")
    else:
        says = Text("记下 {n} 次，最近：{last}", "{n} noted, the last: {last}").format(n=len(told), last=told[-1].short)
    faults = sum(each.fault for each in told)
    problems = (StorageProblem.FAULT_NOTED.problem(faults=faults, last=told[-1].when),) if faults else ()
    return Part("errors", Text("最近的错误", "Last errors"), says, problems, {"told": len(told), "faults": faults},
                ("settings", "health"), "support")  # fmt: skip


def figures_of(parts: list[Part]) -> dict[str, dict[str, object]]:
    """Return of each part its state, codes and figures, and no sentence: what may leave this computer."""
    return {
        part.key: {
            "state": part.worst.value if part.worst else "ok",
            "codes": sorted({p.code for p in part.problems}),
            **part.figures,
        }
        for part in parts
    }
