"""The health of a workspace: what each line says, and that the support file holds what is listed and nothing else."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from unit_helpers import household

from station_app import failing, logs, paths
from station_app.commands.cli import main
from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import Role
from station_app.domain.samples import sample
from station_app.exchange import health, support
from station_app.services.entry import Entry
from station_app.storage import gate
from station_app.storage.clock import Clock
from station_app.storage.problems import StorageProblem
from station_app.storage.workspace import DATABASE, Workspace

# Invented, and visibly so: one of each kind of what a station must not let go.
SECRETS = {
    "name": "示例户主甲乙丙",
    "identity": "999999199001010014",
    "account": "6299900000000000012",
    "phone": "13900009999",
    "person": "示例操作员丁",
    "folder": "shili-user-7f3",
    "organisation": "示例苏木草原站戊",
    "note": "示例备注己庚辛",
}


def encodings(text: str) -> dict[str, bytes]:
    """Return a text in the five forms it could lie in a file."""
    plain = text.encode()
    # Of base64 the part that is the same wherever the text begins in what was encoded.
    shifted = [base64.b64encode(b"\0" * n + plain)[4 if n else 0 : -4] for n in range(3)]
    found = {"utf-8": plain, "utf-16le": text.encode("utf-16le"), "gb18030": text.encode("gb18030")}
    found |= {"hex": plain.hex().encode(), "escaped": json.dumps(text)[1:-1].encode()}
    return found | {f"base64+{n}": each for n, each in enumerate(shifted)}


def assert_holds_none(content: bytes, where: str) -> None:
    lowered = content.lower()
    for kind, secret in SECRETS.items():
        for name, form in encodings(secret).items():
            assert form not in content and form.lower() not in lowered, f"{kind} in {name} in {where}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace below a folder that is named like a person, with what must not get out in its records."""
    home = tmp_path / SECRETS["folder"]
    monkeypatch.setenv(paths.DATA, str(home / "data"))
    folder = home / "站"
    with Workspace.create(
        folder, org_code="152522200", org_name=SECRETS["organisation"], role=Role.STATION, author=SECRETS["person"]
    ) as made:
        Entry(made).save(
            sample(
                "household", 1, code="1525222002010001", village_code="152522200201", head_name=SECRETS["name"],
                note=SECRETS["note"],
            )
        )  # fmt: skip
    yield folder
    logs.stop()


def parts_of(workspace: Workspace) -> dict[str, health.Part]:
    return {part.key: part for part in health.health(workspace)}


def test_every_part_is_told_with_its_state_and_next_step(place: Path) -> None:
    with Workspace.open(place) as workspace:
        parts = parts_of(workspace)
    assert list(parts) == [
        "disk",
        "database",
        "clock",
        "backups",
        "keys",
        "files",
        "to_send",
        "to_answer",
        "versions",
        "errors",
    ]
    assert parts["backups"].worst is Severity.WARN and "立即备份" in parts["backups"].next_step.zh
    assert parts["to_send"].figures["records"] == 1 and "打包" in parts["to_send"].next_step.zh
    assert parts["database"].worst is None and parts["database"].figures["versions"] == 1


def test_what_is_wrong_stands_at_its_part(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "keys" / "device.pub").write_text("ssh-ed25519 AAAA\n", encoding="ascii")
    usage = shutil.disk_usage(place)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _folder: usage._replace(free=100 << 20))
    with Workspace.open(place) as workspace:
        later = Clock.standing(workspace.clock.now() + timedelta(days=400))
        parts = parts_of(workspace)
        workspace.clock = later
        assert parts_of(workspace)["clock"].worst is Severity.WARN, "400 days after the last save"
    assert parts["keys"].worst is Severity.ERROR and parts["disk"].worst is Severity.WARN
    assert health.worst_of(list(parts.values())) is Severity.ERROR


def test_the_command_says_the_same_in_words_and_as_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "--workspace", str(place), "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "No backup has been made yet" in said and "Disk" in said
    assert main(["health", "--workspace", str(place), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["state"] == "warn" and [p["part"] for p in found["parts"]][:2] == ["disk", "database"]
    assert found["parts"][3]["codes"] == ["WSP-105", "WSP-106"]
    (place / "keys" / "device.pub").write_text("ssh-ed25519 AAAA\n", encoding="ascii")
    assert main(["health", "--workspace", str(place), "--json"]) == 1


def test_a_fault_of_ours_is_remembered_and_named(place: Path) -> None:
    with Workspace.open(place) as workspace:
        workspace.begin_log("window")
        try:
            raise ValueError(SECRETS["name"])
        except ValueError:
            logs.log.crash.exception("unexpected")
        part = parts_of(workspace)["errors"]
        assert [p.code for p in part.problems] == [StorageProblem.FAULT_NOTED.code] and part.figures["faults"] == 1
        assert "support" in part.next_step.en


def test_the_support_file_is_shown_byte_for_byte_and_then_saved(
    place: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    with Workspace.open(place) as workspace:
        content = support.support_file(workspace)
        saved = support.save_support_file(content, tmp_path / "s.json")
    assert saved.read_bytes() == content
    held = json.loads(content)
    assert held["workspace"]["records"] == {"household": 1} and held["health"]["backups"]["state"] == "warn"
    assert main(["support", "--workspace", str(place)]) == 0
    assert json.loads(capsysbinary.readouterr().out)["workspace"] == held["workspace"]
    assert main(["support", "--workspace", str(place), "--out", str(tmp_path / "no" / "s.json")]) == 1
    assert main(["support", "--workspace", str(place), "--out", str(tmp_path / "t.json")]) == 0


def test_nothing_of_a_person_gets_into_log_fault_or_support_file(place: Path, tmp_path: Path) -> None:
    """Every way a value could take: saved, drafted, kept as a setting, in messages, errors, causes, traces, file names and
    folders, a hard crash; in five encodings."""
    everything = " ".join(SECRETS.values())
    folder = paths.log_folder(place)
    with Workspace.open(place) as workspace:
        workspace.begin_log("window")
        workspace.drafts.put("household/new", "household", None, {"head_name": SECRETS["name"]})
        for name in ("theme", "language", "last_folder", "backup.second", "author", everything):
            workspace.settings.set(name, everything)
        for topic in vars(logs.log).values():
            topic.warning("told: %s", everything)
            topic.warning("told: %s", StorageProblem.FULL.error(where=everything))
            topic.info("file %s, %s, %d", place / f"{everything}.xlsx", SECRETS, int(SECRETS["identity"]))
            try:
                try:
                    json.loads(json.dumps(SECRETS) + everything)
                except ValueError as cause:
                    raise UserError("XXX-001", StorageProblem.FULL.text.format(where=everything)) from cause
            except UserError:
                topic.exception("failed")
        error = RuntimeError(json.dumps(SECRETS, ensure_ascii=False))
        failing.fault(error)
        (folder / logs.FAULT).write_text(
            f'Fatal Python error: Segmentation fault\n  File "{place}/{everything}/x.py", line 3 in run\n{everything}\n',
            "utf-8",
        )
        content = support.support_file(workspace)
        saved = support.save_support_file(content, tmp_path / "support.json")
    written = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != logs.FAULT}
    written |= {file.name: file.read_bytes() for file in paths.log_folder().iterdir()}
    assert set(written) == {logs.FILE, logs.START_FAULT}
    for name, each in {**written, saved.name: saved.read_bytes()}.items():
        assert_holds_none(each, name)
    assert b"x.py" not in content or b"line 3 in run" in content
    assert b"UserError" in written[logs.FILE] and b"error RuntimeError" in written[logs.START_FAULT]


def test_a_hard_crash_leaves_places_without_folders(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    code = (
        "import sys; from pathlib import Path; from station_app.ui import crash\n"
        "crash.watch_faults(Path(sys.argv[1]))\n"
        "import ctypes; ctypes.string_at(0)\n"
    )
    script = place / "here.py"
    script.write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run([sys.executable, str(script), str(folder)], env=environment, check=False, capture_output=True)
    assert done.returncode != 0 and SECRETS["folder"].encode() in (folder / logs.FAULT).read_bytes()
    from station_app.ui import crash

    left = crash.watch_faults(folder)
    crash.stop_watching()
    assert '  File "here.py", line 3 in <module>' in left.splitlines()
    for file in folder.iterdir():
        assert_holds_none(file.read_bytes(), file.name)


def test_a_normal_run_is_told_in_the_log(place: Path) -> None:
    with Workspace.open(place) as workspace:
        workspace.begin_log("window")
        Entry(workspace).save(household(7))
        workspace.back_up()
    said = "\n".join(logs.lines_of(paths.log_folder(place), 99))
    for each in (
        "program ",
        "window, a workspace of a station: ",
        "changed: household, 1 records",
        "backup made: ",
        "closed",
    ):
        assert each in said
    assert (place / DATABASE).is_file() and gate.check_space(place) is not None
