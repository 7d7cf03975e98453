"""A program that cannot start says so in one sentence, with the next step, and never ends in a trace. Real processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import patience
import pytest

from station_app import failing
from station_app.ui import qt_start

ROOT = Path(__file__).resolve().parents[2]
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux names its libraries and displays")
# root may write anywhere: only a read-only file system or a full one stops it.
MOUNTS = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("unshare") is None
    or subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, check=False).returncode != 0,
    reason="private mounts need root",
)  # fmt: skip


# An editable installation finds lost modules in the checkout: a damaged copy must not have that help.
ALONE = """import runpy, sys
sys.meta_path = [f for f in sys.meta_path if "editable" not in f"{f!r} {getattr(f, '__module__', '')}".lower()]
runpy.run_module("station_app.start", run_name="__main__")"""


def start(
    *arguments: str, env: dict[str, str] | None = None, without: tuple[str, ...] = (), root: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", *without)}
    environment.update({"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "GRASSLAND_QUIET": "1", **(env or {})})
    return subprocess.run([sys.executable, "-c", ALONE, *arguments], capture_output=True, text=True, encoding="utf-8",
                          env=environment, timeout=patience.SECONDS, check=False, cwd=root)  # fmt: skip


def one_sentence(done: subprocess.CompletedProcess[str], code: str) -> str:
    """Return what was said: one line with the code, no trace, exit code 1."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert len(lines) == 1 and lines[0].startswith(code + " ") and "Traceback" not in done.stderr, done.stderr
    return lines[0]


# --- the screen ------------------------------------------------------------------------------------------------------


@LINUX
def test_no_display() -> None:
    said = one_sentence(start(without=("DISPLAY", "WAYLAND_DISPLAY")), "RUN-003")
    assert "图形界面" in said and "ssh -X" in said


@LINUX
def test_a_display_that_does_not_answer_is_named() -> None:
    assert "DISPLAY=:4711" in one_sentence(start(env={"DISPLAY": ":4711"}, without=("WAYLAND_DISPLAY",)), "RUN-003")


@LINUX
def test_a_platform_that_is_not_here_lists_those_that_are() -> None:
    said = one_sentence(start(env={"QT_QPA_PLATFORM": "amiga"}), "RUN-003")
    assert "amiga" in said and "offscreen" in said


@LINUX
def test_a_lost_platform_plugin_asks_for_a_new_installation(tmp_path: Path) -> None:
    said = one_sentence(start(env={"QT_QPA_PLATFORM_PLUGIN_PATH": str(tmp_path), "DISPLAY": ":4711"}), "RUN-003")
    assert said
    code, zh, _ = qt_start.explain("no Qt platform plugin could be initialized", tmp_path, {"DISPLAY": ":0"})
    assert code == "RUN-003" and "libqxcb.so" in zh and "重新安装" in zh


@LINUX
def test_a_library_the_plugin_lacks_is_named_with_its_package(tmp_path: Path) -> None:
    """A plugin that needs a library nobody has, made by the compiler; and one the system's loader names."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no compiler here to make a library with")
    (tmp_path / "empty.c").write_text("int example(void) { return 1; }\n")
    needed = tmp_path / "libxcb-cursor.so.0"
    for command in (
        [compiler, "-shared", "-fPIC", "-Wl,-soname,libxcb-cursor.so.0", "-o", str(needed), str(tmp_path / "empty.c")],
        [compiler, "-shared", "-fPIC", "-Wl,--no-as-needed", "-o", str(tmp_path / "libqxcb.so"), str(tmp_path / "empty.c"),
         str(needed)],
    ):  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    needed.unlink()
    installed = any(
        Path(p, "libxcb-cursor.so.0").exists() for p in ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu")
    )
    code, zh, en = qt_start.explain("x", tmp_path, {"DISPLAY": ":0"})
    if not installed:
        assert code == "RUN-002" and "libxcb-cursor0" in zh and "sudo apt install libxcb-cursor0" in en
    else:
        assert code == "RUN-003"
    # With a name of its own the library is missing everywhere.
    other = tmp_path / "other"
    other.mkdir()
    data = (tmp_path / "libqxcb.so").read_bytes().replace(b"libxcb-cursor.so.0", b"libxcb-nobody.so.0")
    (other / "libqxcb.so").write_bytes(data)
    code, zh, en = qt_start.explain("x", other, {"DISPLAY": ":0"})
    assert code == "RUN-002" and "libxcb-nobody.so.0" in zh and "package" in en


# --- libraries and files ---------------------------------------------------------------------------------------------


def test_a_missing_system_library_of_qt_itself() -> None:
    error = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
    code, zh, en = failing.import_failure(error)
    assert code == "RUN-002" and "libEGL.so.1" in zh and "sudo apt install libegl1" in zh and "libegl1" in en


def test_an_old_system() -> None:
    error = ImportError("/lib/libc.so.6: version `GLIBC_2.34' not found (required by libQt6Core.so.6)")
    assert failing.import_failure(error)[0] == "RUN-002" and "GLIBC_2.34" in failing.import_failure(error)[1]


def test_every_library_has_a_package() -> None:
    assert all(name.startswith("lib") and ".so." in name and package for name, package in failing.PACKAGES.items())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program that may be damaged."""
    root = tmp_path / "程序 program"
    shutil.copytree(ROOT / "station_app", root / "station_app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "resources", root / "resources")
    return root


def test_a_lost_module_is_named(copy: Path) -> None:
    (copy / "station_app" / "storage" / "engine.py").unlink()
    said = one_sentence(start("check", "--workspace", "x", root=copy), "RUN-001")
    assert "engine" in said and "重新安装" in said
    (copy / "station_app" / "commands" / "cli.py").unlink()
    assert "cli" in one_sentence(start(root=copy), "RUN-001")


def test_a_fault_of_ours_keeps_its_trace_in_a_file(copy: Path, tmp_path: Path) -> None:
    broken = copy / "station_app" / "storage" / "check.py"
    broken.write_text("raise RuntimeError('152522200201001234')\n", encoding="utf-8")
    said = one_sentence(
        start("check", "--workspace", "x", root=copy, env={"GRASSLAND_DATA": str(tmp_path / "d")}), "RUN-004"
    )
    trace = tmp_path / "d" / "logs" / "start-fault.txt"
    assert str(trace) in said
    assert "check.py" in trace.read_text(encoding="utf-8") and "152522200201001234" not in trace.read_text(
        encoding="utf-8"
    )


def test_damaged_reference_data_is_a_sentence(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "resources")
    done = start("demo", "--no-pictures", "--out", str(tmp_path / "out"), root=copy)
    assert done.returncode == 1 and "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_wrong_use_is_not_a_fault() -> None:
    assert start("no-such-command").returncode == 2


# --- places that cannot be written -----------------------------------------------------------------------------------


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    data = tmp_path / "file" / "data"
    env = {"GRASSLAND_DATA": str(data), "QT_QPA_PLATFORM": "offscreen"}
    done = start("--training", env=env)
    assert done.returncode == 1 and "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert str(tmp_path / "file") in done.stderr
    said = one_sentence(
        start("init", str(data / "w"), "--org-code", "152522200", "--org-name", "示例", "--author", "示例员", env=env),
        "WSP-014",
    )
    assert "可写" in said


def mounted(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in mounts of its own, gone when it ends."""
    return subprocess.run(["unshare", "-m", "sh", "-euc", script, "sh", *arguments], capture_output=True, text=True,
                          encoding="utf-8", timeout=patience.SECONDS, check=False,
                          env={**os.environ, "GRASSLAND_QUIET": "1", "QT_QPA_PLATFORM": "offscreen"})  # fmt: skip


@MOUNTS
def test_a_read_only_program_folder_is_enough(copy: Path, tmp_path: Path) -> None:
    """Nothing is written beside the program: the whole self-test passes from a read-only place."""
    script = """mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"
cd "$1"; ! touch "$1/x" 2>/dev/null
PYTHONPATH="$1" GRASSLAND_DATA="$2" exec "$3" -m station_app.start self-test --json"""
    done = mounted(script, str(copy), str(tmp_path / "data"), sys.executable)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert '"ok": true' in done.stdout


@MOUNTS
def test_a_full_disk_at_start_is_a_sentence(tmp_path: Path) -> None:
    """A workspace on a disk that has filled up meanwhile, and a new one on it."""
    script = """mount -t tmpfs -o size=60m x "$1"
"$2" -m station_app.start init "$1/w" --org-code 152522200 --org-name 示例 --author 示例员
dd if=/dev/zero of="$1/filler" bs=1M count=55 2>/dev/null || true
for i in 1 2; do
  set +e
  if [ $i = 1 ]; then "$2" -m station_app.start check --workspace "$1/w"; "$2" -m station_app.start backup --workspace "$1/w"
  else "$2" -m station_app.start init "$1/v" --org-code 152522200 --org-name 示例 --author 示例员; fi
  echo "exit $?"
done"""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = mounted(script, str(folder), sys.executable)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout.count("exit 1") == 2 and done.stderr.count("WSP-006") == 2, done.stdout + done.stderr


@MOUNTS
def test_a_read_only_data_folder_is_a_sentence(tmp_path: Path) -> None:
    script = """"$2" -m station_app.start init "$1/w" --org-code 152522200 --org-name 示例 --author 示例员
mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"
set +e
"$2" -m station_app.start backup --workspace "$1/w"; echo "exit $?"
GRASSLAND_DATA="$1" "$2" -m station_app.start --training; echo "exit $?"
TMPDIR="$1" "$2" -m station_app.start self-test >/dev/null; echo "done" """
    folder = tmp_path / "disk"
    folder.mkdir()
    done = mounted(script, str(folder), sys.executable)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout.count("exit 1") == 2, done.stdout + done.stderr
    assert "WSP-004" in done.stderr and str(folder) in done.stderr


@MOUNTS
def test_a_pdf_on_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    script = """"$2" -m station_app.start init "$1/w" --org-code 152522200 --org-name 示例 --author 示例员
mkdir "$1/disk"; mount -t tmpfs -o size=8k x "$1/disk"
printf '嘎查村代码,户编码,户主姓名\n152522200201,1525222002010001,示例户\n' > "$1/h.csv"
"$2" -m station_app.start import "$1/h.csv" --as household --workspace "$1/w"
set +e
"$2" -m station_app.start print household --workspace "$1/w" --out "$1/disk/a.pdf"; echo "exit $?"
ls -A "$1/disk" | wc -l"""
    done = mounted(script, str(tmp_path), sys.executable)
    assert "Traceback" not in done.stderr and "PRN-003" in done.stderr, done.stdout + done.stderr
    assert done.stdout.splitlines()[-2:] == ["exit 1", "0"], done.stdout
