"""The Linux packages, as far as it can be seen without building them: texts, lists and scripts that must agree.

The packages themselves are proven by ``installer/prove.sh`` in clean systems.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import patience
import pytest

from station_app import __version__
from station_app.exchange.update import installed
from station_app.exchange.update.making import platform_of, signers_line
from station_app.exchange.update.manifest import NAMESPACE, PRINCIPAL, SUFFIX
from station_app.storage.workspace import MARKER

ROOT = Path(__file__).resolve().parents[2]
INSTALLER = ROOT / "installer"
LINUX = INSTALLER / "linux"
SCRIPTS = sorted(
    [*INSTALLER.glob("*.sh"), *LINUX.glob("*.sh"), *(INSTALLER / "common").glob("*.sh"), ROOT / ".ci" / "run"]
)
needs_bash = pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="bash is not here")

sys.path.insert(0, str(LINUX))
import check_libraries  # noqa: E402
import parts  # noqa: E402

sys.path.pop(0)


def read(name: str) -> str:
    return (LINUX / name).read_text("utf-8")


def bash(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, encoding="utf-8", timeout=patience.SECONDS, check=False,
                          env={**os.environ, **environment})  # fmt: skip


# --- scripts ---------------------------------------------------------------------------------------------------------


@needs_bash
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_script_can_be_parsed(script: Path) -> None:
    first = script.read_text("utf-8").partition("\n")[0]
    shell = "sh" if first == "#!/bin/sh" else "bash"
    assert subprocess.run([shell, "-n", str(script)], check=False).returncode == 0
    assert b"\r" not in script.read_bytes()
    assert first in ("#!/bin/sh", "#!/usr/bin/env bash", "# shellcheck shell=bash")


def test_no_registry_or_machine_is_named() -> None:
    """Addresses come from this machine's own settings."""
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in (*SCRIPTS, *LINUX.iterdir())
        if path.is_file()
        if (found := re.search(r"https?://(?!www\.freedesktop\.org/)[\w.-]+", path.read_text("utf-8")))
    ]
    assert wrong == []


@needs_bash
def test_the_version_of_the_packages_is_the_program_s() -> None:
    source = f"source {INSTALLER / 'common' / 'version.sh'}; "
    assert bash(source + "program_version", GRASSLAND_VERSION_OVERRIDE="0.0.9").stdout == "0.0.9"
    if shutil.which("git") is None or bash(source + "need_commit").returncode:
        pytest.skip("not a git checkout")
    assert re.fullmatch(r"\d+\.\d+\.\d+", bash(source + "program_version").stdout.strip())
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert bash(source + "echo $SOURCE_DATE_EPOCH").stdout.strip().isdigit()


@needs_bash
@pytest.mark.skipif(
    shutil.which("ssh-keygen") is None or shutil.which("git") is None, reason="ssh-keygen or git is not here"
)
def test_the_signing_key_of_a_build_is_known_to_the_program_it_makes(tmp_path: Path) -> None:
    source = f"source {INSTALLER / 'common' / 'version.sh'}; "
    done = bash(source + "release_signer", GRASSLAND_BUILD_CACHE=str(tmp_path), GRASSLAND_RELEASE_KEY="")
    assert done.returncode == 0, done.stderr
    from station_app.exchange.package.sshsig import SigningKey

    assert done.stdout.strip() == signers_line(SigningKey.read(tmp_path / "release.key"))
    assert PRINCIPAL in done.stdout and NAMESPACE in done.stdout
    wrong = bash(source + "release_signer", GRASSLAND_RELEASE_KEY=str(tmp_path / "none"))
    assert wrong.returncode == 1 and "release key" in wrong.stderr


@needs_bash
def test_without_root_the_proof_says_why(tmp_path: Path) -> None:
    """``.ci/run`` goes on where roots cannot be made, unless the proof is required."""
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("cannot become another person")
    fake = tmp_path / "id"
    fake.write_text("#!/bin/sh\necho 1000\n")
    fake.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = bash(f"bash {INSTALLER / 'prove.sh'} debian12 --from {tmp_path / 'dist'}", PATH=path, GRASSLAND_PROOF="")
    assert done.returncode == 0 and "root is needed" in done.stderr
    required = bash(f"bash {INSTALLER / 'prove.sh'} debian12", PATH=path, GRASSLAND_PROOF="required")
    assert required.returncode == 1


# --- the launcher ----------------------------------------------------------------------------------------------------


def launcher(
    folder: Path, *, libraries: str = "libGL.so.1 libgl1", program: str = '#!/bin/sh\necho "started $*"\n'
) -> Path:
    (folder / "bin").mkdir(parents=True)
    script = folder / "grassland-station"
    script.write_text(read("launcher.sh").replace("@LIBRARIES@", libraries), encoding="utf-8")
    script.chmod(0o755)
    started = folder / "bin" / "grassland-station"
    started.write_text(program)
    started.chmod(0o755)
    return script


def start(
    script: Path, *arguments: str, listed: str, loader: str = "/", started_as: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    tools = script.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name, said in (("ldconfig", listed), ("uname", "aarch64")):
        (tools / name).write_text(f"#!/bin/sh\ncat <<'X'\n{said}\nX\n")
        (tools / name).chmod(0o755)
    settings = {"PATH": f"{tools}:{os.environ['PATH']}", "GRASSLAND_QUIET": "1", "GRASSLAND_LOADER": loader}
    return subprocess.run(
        ["sh", started_as or str(script), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=patience.SECONDS,
        env={**settings, **environment},
    )


THERE = "\tlibGL.so.1 (libc6,x86-64) => /usr/lib/libGL.so.1\n\tlibX11.so.6 (libc6,x86-64) => /usr/lib/libX11.so.6"


@needs_bash
def test_the_launcher_starts_the_program_from_any_folder(tmp_path: Path) -> None:
    script = launcher(tmp_path / "草原 站")
    link = tmp_path / "link"
    done = start(script, "check", "--workspace", "我的 站", listed=THERE)
    assert (done.returncode, done.stdout) == (0, "started check --workspace 我的 站\n"), done.stderr
    link.symlink_to(script)
    done = start(script, "--version", listed=THERE, started_as=str(link))
    assert done.stdout == "started --version\n"


@needs_bash
def test_the_launcher_names_a_missing_library_and_its_package(tmp_path: Path) -> None:
    script = launcher(
        tmp_path / "a",
        libraries="libGL.so.1 libgl1\nlibglib-2.0.so.0 libglib2.0-0|libglib2.0-0t64\nlibX11.so.6 libx11-6",
    )
    done = start(script, "--training", listed=THERE)
    assert done.returncode == 1 and done.stdout == ""
    zh, en = done.stderr.splitlines()
    assert "libglib-2.0.so.0" in zh and "libglib2.0-0" in zh and "libgl1" not in zh and "libx11-6" not in zh
    assert "libglib-2.0.so.0" in en and "administrator" in en
    only_32_bit = start(script, listed=THERE.replace("x86-64", "x32") + "\n\tlibglib-2.0.so.0 (libc6,x86-64) => x")
    assert only_32_bit.returncode == 1 and "libGL.so.1" in only_32_bit.stderr
    headless = start(script, "verify", "x.zip", listed=THERE)
    assert headless.stdout == "started verify x.zip\n"
    unknown = start(script, listed="")  # a system without ldconfig: nothing can be said
    assert unknown.stdout == "started \n"


@needs_bash
def test_the_launcher_says_when_it_is_the_wrong_computer_or_incomplete(tmp_path: Path) -> None:
    script = launcher(tmp_path / "a")
    done = start(script, listed=THERE, loader="/nowhere")
    assert done.returncode == 1 and "aarch64" in done.stderr and "x86-64" in done.stderr
    (script.parent / "bin" / "grassland-station").chmod(0o644)
    done = start(script, listed=THERE)
    assert done.returncode == 1 and "不完整" in done.stderr


@needs_bash
@pytest.mark.parametrize(
    ("session", "seen"), [("dxcb;xcb", ""), ("wayland", ""), ("xcb", "xcb"), ("offscreen", "offscreen")]
)
def test_what_a_session_sets_for_its_own_qt_does_not_reach_ours(tmp_path: Path, session: str, seen: str) -> None:
    script = launcher(tmp_path / "a", program='#!/bin/sh\necho "$QT_QPA_PLATFORM|$QT_PLUGIN_PATH"\n')
    done = start(script, listed=THERE, QT_QPA_PLATFORM=session, QT_PLUGIN_PATH="/usr/lib/qt5/plugins")
    assert done.stdout == f"{seen}|\n"


# --- what is part of the program ---------------------------------------------------------------------------------------


def test_nothing_the_program_imports_is_left_out() -> None:
    used = parts.imported_by(ROOT)
    left_out = set(parts.left_out(ROOT))
    assert not used & left_out
    assert {"PySide6", "sqlcipher3", "msgspec", "openpyxl"} <= used
    assert "tkinter" in left_out


def test_libraries_of_the_wheel_are_named_in_the_lock_files() -> None:
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted = tomllib.load(file)["project"]["dependencies"]
    names = {re.split(r"[ \[<>=!~;]", line)[0].lower() for line in wanted if "win32" not in line}
    locked = dict(
        re.findall(r"^([a-z0-9-]+)==(\S+) --hash=sha256:[0-9a-f]{64}$", read("requirements.lock"), re.MULTILINE)
    )
    assert names <= set(locked)
    windows = (INSTALLER / "windows" / "requirements.lock").read_text("utf-8")
    for name in ("pyside6-essentials", "shiboken6", "numpy", "sqlcipher3", "cryptography", "msgspec"):
        assert f"{name}=={locked[name]} " in windows, "both systems get the same versions"
    assert "--hash=sha256:" in read("tools.lock") and "pyinstaller==" in read("tools.lock")


def test_plugins_and_libraries_that_stay() -> None:
    qt = "PySide6/Qt/plugins"
    assert parts.is_kept_binary(f"{qt}/platforms/libqxcb.so")
    assert not parts.is_kept_binary(f"{qt}/platforms/libqwayland-generic.so")
    assert not parts.is_kept_binary(f"{qt}/platformthemes/libqgtk3.so")
    assert not parts.is_kept_binary("libstdc++.so.6"), "the system's graphics drivers need their own"
    assert not parts.is_kept_binary("libc.so.6")
    assert parts.is_kept_binary("libxcb-cursor.so.0")
    assert parts.is_kept_data("PySide6/Qt/translations/qtbase_zh_CN.qm")
    assert not parts.is_kept_data("PySide6/Qt/translations/qtbase_de.qm")
    assert parts.is_kept_data("numpy-2.1.3.dist-info/METADATA") and not parts.is_kept_data(
        "numpy-2.1.3.dist-info/RECORD"
    )
    assert parts.is_kept_data("resources/help/images/today.png")


def test_only_libraries_that_something_needs_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    asks = {"a.cpython-311.so": {"libfoo.so.1", "libc.so.6"}, "libfoo.so.1": {"libbar.so.2"}}
    monkeypatch.setattr(parts, "needed", lambda path: asks.get(path.name, set()))
    binaries = [
        (n, f"/x/{n}", "BINARY")
        for n in ("a.cpython-311.so", "libfoo.so.1", "libbar.so.2", "libother.so.3", "libGL.so.1")
    ]
    links = [("top/libfoo.so.1", "libfoo.so.1", "SYMLINK"), ("top/libother.so.3", "libother.so.3", "SYMLINK")]
    kept, data = parts.kept(binaries, [*links, ("resources/x.csv", "/x/x.csv", "DATA")])
    assert [entry[0] for entry in kept] == ["a.cpython-311.so", "libfoo.so.1", "libbar.so.2"]
    assert [entry[0] for entry in data] == ["top/libfoo.so.1", "resources/x.csv"]


@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump is not here")
def test_a_library_that_not_every_desktop_has_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Path("/bin/ls") if Path("/bin/ls").exists() else Path(sys.executable)
    (tmp_path / "tool").write_bytes(program.resolve().read_bytes())
    (tmp_path / "broken").symlink_to("nowhere")
    monkeypatch.setattr(parts, "GLIBC_FLOOR", "2.0")
    found = check_libraries.survey(tmp_path)
    assert found["files"] == 1 and re.fullmatch(r"2\.\d+", found["glibc"])
    assert any("the floor is 2.0" in line for line in found["problems"])
    assert any("points nowhere" in line for line in found["problems"])
    monkeypatch.setattr(parts, "GLIBC_FLOOR", "9.0")
    assert not any("floor" in line for line in check_libraries.survey(tmp_path)["problems"])


# --- desktop -----------------------------------------------------------------------------------------------------------


def mime_types() -> set[str]:
    tree = ElementTree.parse(LINUX / "grassland-station.mime.xml")
    name = "{http://www.freedesktop.org/standards/shared-mime-info}mime-type"
    return {each.attrib["type"] for each in tree.getroot().iter(name)}


def test_the_desktop_entry_opens_what_the_program_opens() -> None:
    entry = configparser.ConfigParser(interpolation=None, strict=True)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read_string(read("grassland-station.desktop"))
    main = entry["Desktop Entry"]
    assert main["Exec"] == "grassland-station %f" and main["Terminal"] == "false"
    assert main["Name[zh_CN]"] == "草原站" and main["Icon"] == "grassland-station"
    assert set(main["MimeType"].strip(";").split(";")) == mime_types()
    assert entry["Desktop Action training"]["Exec"] == "grassland-station --training"


def test_file_types_are_those_the_program_writes() -> None:
    text = read("grassland-station.mime.xml")
    assert (
        f'pattern="*{Path(MARKER).suffix}"' in text and f'pattern="*{SUFFIX}"' in text and 'pattern="GSP_*.zip"' in text
    )


def test_the_software_centre_s_text_is_complete_in_both_languages() -> None:
    tree = ElementTree.fromstring(
        read("grassland-station.metainfo.xml").replace("@VERSION@", "0.1.0").replace("@DATE@", "2026-01-01")
    )
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    for name in ("name", "summary"):
        assert {each.attrib.get(lang, "") for each in tree.findall(name)} == {"", "zh_CN"}
    description = tree.find("description")
    assert description is not None
    for kind in ("p", "li"):
        texts = list(description.iter(kind))
        assert len([t for t in texts if t.attrib.get(lang) == "zh_CN"]) * 2 == len(texts)
    assert {each.text for each in tree.iter("mediatype")} == mime_types()
    launch = tree.find("launchable")
    assert launch is not None and launch.text == "grassland-station.desktop"


# --- names that others rely on -------------------------------------------------------------------------------------------


def test_package_names_are_those_an_update_file_knows() -> None:
    build = read("build.sh")
    for pattern, platform in (
        ("grassland-station_${version}_amd64.deb", "linux-x86_64-deb"),
        ("grassland-station-$version-1.x86_64.rpm", "linux-x86_64-rpm"),
        ("grassland-station-$version-linux-x86_64", "linux-x86_64-portable"),
    ):
        assert f'"{pattern}"' in build
        name = pattern.replace("${version}", "0.1.0").replace("$version", "0.1.0")
        assert platform_of(name if "." in name[-5:] else f"{name}.tar.xz") == platform


def test_the_installed_program_finds_its_own_folder() -> None:
    top = Path("/opt/grassland-station")
    assert installed.top_folder(top / "bin" / "grassland-station") == top
    assert 'cp -a "$work/dist/grassland-station" "$top/bin"' in read("build.sh")


@needs_bash
def test_a_running_program_and_a_full_disk_stop_an_installation(tmp_path: Path) -> None:
    script = tmp_path / "before"
    script.write_text(read("before-install.sh").replace("@NEEDED_KB@", str(10**12)), encoding="utf-8")
    done = subprocess.run(
        ["sh", str(script), "upgrade", "0.0.9"], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1 and "磁盘空间不足" in done.stderr and "nothing was changed" in done.stderr
    for action in ("abort-upgrade", "0"):
        assert subprocess.run(["sh", str(script), action], check=False).returncode == 0
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "ls").write_text(
        "#!/bin/sh\necho 'lrwxrwxrwx 1 u u 0 Jan  1 00:00 /proc/4711/exe -> /opt/grassland-station/bin/grassland-station'\n"
    )
    (tools / "ls").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    for name, action in (("before-install.sh", "upgrade"), ("before-remove.sh", "remove"), ("before-remove.sh", "0")):
        done = subprocess.run(["sh", str(LINUX / name), action], capture_output=True, text=True, encoding="utf-8", check=False,
                              env=environment)  # fmt: skip
        assert done.returncode == 1 and "4711" in done.stderr and "草原站正在运行" in done.stderr
    assert (
        subprocess.run(["sh", str(LINUX / "before-remove.sh"), "upgrade"], check=False, env=environment).returncode == 0
    )


def test_dependencies_have_a_package_each() -> None:
    assert all(re.fullmatch(r"[a-z0-9.+-]+(\|[a-z0-9.+-]+)*", package) for package in parts.SYSTEM.values())
    assert "@DEPENDS@" in read("control.in") and "@REQUIRES@" in read("nfpm.yaml.in")
