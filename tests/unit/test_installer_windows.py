"""The Windows setup as far as it can be looked at here: what is locked, laid out, named and undone. Wine proves the rest."""

from __future__ import annotations

import ast
import importlib.util
import re
import struct
import tomllib
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = ROOT / "installer" / "windows"
LOCK_LINE = re.compile(r"([a-z0-9-]+)==([0-9][\w.]*) --hash=sha256:[0-9a-f]{64}\Z")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"windows_{name}", WINDOWS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def stage() -> ModuleType:
    return script("stage")


def nsis() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(WINDOWS.glob("setup*.ns*")))


def locked() -> dict[str, str]:
    lines = (WINDOWS / "requirements.lock").read_text("utf-8").splitlines()
    found = [LOCK_LINE.match(line) for line in lines if not line.startswith("#")]
    assert all(found), "one version and one hash a line"
    return {match[1]: match[2] for match in found if match}


# --- what is locked -------------------------------------------------------------------------------------------------------


def test_a_library_only_a_door_for_python_asks_for_is_left_out(stage: ModuleType) -> None:
    imported = stage.imported_by(ROOT)
    assert not stage.is_used(Path("pandas-3.1.1-cp311-cp311-win_amd64.whl"), imported)
    assert stage.is_used(Path("pyqtgraph-0.14.0-py3-none-any.whl"), imported)


def test_every_dependency_is_locked_in_a_version_the_project_allows() -> None:
    """``bash installer/windows/lock.sh`` writes the lock anew."""
    versions = locked()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    for line in wanted:
        requirement = Requirement(line)
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), line


def test_the_versions_held_back_for_wine_are_held_back() -> None:
    versions = locked()
    assert versions["numpy"] == "2.1.3"
    assert versions["pyside6-essentials"] == versions["shiboken6"] == "6.9.3"
    assert "pip" not in versions and "colorama" in versions


def test_the_runtime_is_pinned_by_hash_and_its_publisher_by_certificate() -> None:
    build = (WINDOWS / "build.sh").read_text("utf-8")
    assert re.search(r"^runtime_sha256=[0-9a-f]{64}$", build, re.MULTILINE)
    assert re.search(r"^publisher_sha256=[0-9a-f]{64} ", build, re.MULTILINE)
    assert "-require-leaf-hash" in build and "Timestamp Server Signature verification: ok" in build


# --- what is laid out -----------------------------------------------------------------------------------------------------


def qt_modules_of(folder: Path) -> set[str]:
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6.Qt"):
                found.add((node.module or "").removeprefix("PySide6.Qt"))
    return found


def test_every_part_of_qt_that_the_program_imports_is_shipped(stage: ModuleType) -> None:
    assert qt_modules_of(ROOT / "station_app") <= set(stage.QT_MODULES)
    for name in stage.QT_MODULES:
        assert stage.is_kept(f"PySide6/Qt{name}.pyd") and stage.is_kept(f"PySide6/Qt6{name}.dll")


@pytest.mark.parametrize("name", [
    "PySide6/Qt6Quick.dll", "PySide6/opengl32sw.dll", "PySide6/designer.exe", "PySide6/plugins/platforms/qdirect2d.dll",
    "PySide6/translations/qtbase_de.qm", "numpy/f2py/main.py", "numpy/_core/tests/test_x.py", "pandas/tests/a/b.py",
    "pyqtgraph/examples/x.py", "PySide6/QtCore.pyi", "x.dist-info/RECORD", "bin/thing.exe",
])  # fmt: skip
def test_left_out(stage: ModuleType, name: str) -> None:
    assert not stage.is_kept(name)


@pytest.mark.parametrize("name", [
    "PySide6/plugins/platforms/qwindows.dll", "PySide6/translations/qtbase_zh_CN.qm", "PySide6/msvcp140.dll",
    "numpy/testing/__init__.py", "numpy.libs/x.dll", "x.dist-info/METADATA", "x.dist-info/licenses/LICENSE",
    "cryptography.dist-info/sboms/sbom.json", "tzdata/zoneinfo/Asia/Shanghai", "openpyxl/reader/excel.py",
])  # fmt: skip
def test_kept(stage: ModuleType, name: str) -> None:
    assert stage.is_kept(name)


def wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as package:
        for path, content in files.items():
            package.writestr(path, content)


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, Path]:
    """A runtime, wheels and a program, each of the least size."""
    library = tmp_path / "python311.zip"
    with zipfile.ZipFile(library, "w") as package:
        package.writestr("os.pyc", importlib.util.MAGIC_NUMBER + b"rest")
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as package:
        package.write(library, "cp311/python311.zip")
        for name in ("python311.dll", "python.exe", "pythonw.exe", "python311._pth", "vcruntime140.dll"):
            package.writestr(f"cp311/{name}", name)
    wheel(tmp_path / "wheels", "one", {"one/__init__.py": "A = 1\n", "one/tests/test_a.py": "", "one-1.0.data/scripts/run": "",
                                       "one-1.0.data/purelib/extra.py": "B = 2\n", "one-1.0.dist-info/METADATA": "Name: one"})  # fmt: skip
    wheel(tmp_path / "wheels", "pandas", {"pandas/__init__.py": ""})
    source = tmp_path / "source"
    for name, content in {"station_app/__init__.py": "__version__ = '1.2.3'\n", "station_app/ui.py": "import one\n",
                          "resources/a.csv": "a\n", "tests/test_x.py": "", "README.md": ""}.items():  # fmt: skip
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content, encoding="utf-8")
    return {"embed": tmp_path / "data.zip", "wheels": tmp_path / "wheels", "source": source}


def laid_out(stage: ModuleType, parts: dict[str, Path], folder: Path) -> dict[str, bytes]:
    stage.assemble(parts["embed"], parts["wheels"], parts["source"], folder)
    stage.finish(folder, folder.with_suffix(".nsh"), 1_700_000_000)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_program_is_laid_out_with_bytecode_and_without_foreign_programs(
    stage: ModuleType, parts: dict[str, Path], tmp_path: Path
) -> None:
    files = laid_out(stage, parts, tmp_path / "stage")
    tag = importlib.util.cache_from_source("x.py").rpartition("x.")[2]
    assert {"python311.dll", "lib/one/__init__.py", "lib/extra.py", "station_app/ui.py", "resources/a.csv"} <= set(
        files
    )
    assert f"lib/one/__pycache__/__init__.{tag}" in files and f"station_app/__pycache__/ui.{tag}" in files
    assert not [name for name in files if name.endswith(".exe") or "tests" in name or "scripts" in name]
    assert "lib/pandas/__init__.py" not in files, "nothing imports it"
    assert files["python311._pth"].decode().split() == ["python311.zip", ".", "lib"]
    compiled = files[f"station_app/__pycache__/ui.{tag}"]
    assert struct.unpack("<I", compiled[4:8])[0] == 1, (
        "bytecode is never compared with its source: nothing is rewritten"
    )
    assert str(tmp_path).encode() not in compiled


def test_laying_out_twice_gives_the_same_bytes(stage: ModuleType, parts: dict[str, Path], tmp_path: Path) -> None:
    assert laid_out(stage, parts, tmp_path / "first") == laid_out(stage, parts, tmp_path / "second")
    scripts = [(tmp_path / f"{name}.nsh").read_text("utf-8").replace(name, "") for name in ("first", "second")]
    assert scripts[0] == scripts[1]
    assert {p.stat().st_mtime for p in (tmp_path / "first").rglob("*") if p.is_file()} == {1_700_000_000}


def test_the_list_names_every_file_and_then_every_folder(
    stage: ModuleType, parts: dict[str, Path], tmp_path: Path
) -> None:
    files = laid_out(stage, parts, tmp_path / "stage")
    lines = files["files.lst"].decode("ascii").split("\r\n")
    assert lines.pop() == ""
    named = [line.replace("\\", "/") for line in lines]
    assert {name for name in named if not name.endswith("/")} == set(files)
    folders = [name for name in named if name.endswith("/")]
    assert named.index(folders[0]) == len(files), "folders follow the files"
    for folder in folders:
        assert not [inner for inner in folders[folders.index(folder) + 1 :] if inner.startswith(folder)], (
            "deepest first"
        )


def test_the_installer_script_writes_what_is_listed(stage: ModuleType, parts: dict[str, Path], tmp_path: Path) -> None:
    files = laid_out(stage, parts, tmp_path / "stage")
    commands = (tmp_path / "stage.nsh").read_text("utf-8")
    assert set(re.findall(r'^  File "(.*)"$', commands, re.MULTILINE)) == {
        str(tmp_path / "stage" / name) for name in files
    }
    assert f"!define FILES_COUNT {len(files)}" in commands
    assert f"!define FILES_DEEPEST {max(map(len, files))}" in commands


def test_two_wheels_with_the_same_file_stop_the_build(
    stage: ModuleType, parts: dict[str, Path], tmp_path: Path
) -> None:
    wheel(parts["wheels"], "two", {"one/__init__.py": ""})
    with pytest.raises(SystemExit, match="another wheel"):
        laid_out(stage, parts, tmp_path / "stage")


def test_a_name_that_windows_cannot_hold_stops_the_build(
    stage: ModuleType, parts: dict[str, Path], tmp_path: Path
) -> None:
    wheel(parts["wheels"], "two", {"名.txt": ""})
    with pytest.raises(SystemExit, match="not fit"):
        laid_out(stage, parts, tmp_path / "stage")


# --- libraries ------------------------------------------------------------------------------------------------------------


def program_file(*libraries: str) -> bytes:
    """Return a 64-bit program file of one section that imports the libraries."""
    base, start = 0x1000, 0x200
    names, entries = b"", b""
    table = 20 * (len(libraries) + 1)
    for library in libraries:
        entries += struct.pack("<IIIII", 0, 0, 0, base + table + len(names), 0)
        names += library.encode() + b"\0"
    content = entries + bytes(20) + names
    optional = (
        struct.pack("<H", 0x20B) + bytes(110) + struct.pack("<II", 0, 0) + struct.pack("<II", base, table) + bytes(112)
    )
    head = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0) + optional
    section = b".idata\0\0" + struct.pack("<IIII", len(content), base, len(content), start) + bytes(16)
    first = b"MZ" + bytes(58) + struct.pack("<I", 64)
    return (first + head + section).ljust(start, b"\0") + content


def test_a_library_nobody_brings_is_found(tmp_path: Path) -> None:
    check = script("check_imports")
    (tmp_path / "lib" / "PySide6" / "plugins").mkdir(parents=True)
    (tmp_path / "python311.dll").write_bytes(program_file("KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll"))
    (tmp_path / "lib" / "PySide6" / "Qt6Core.dll").write_bytes(program_file("kernel32.dll"))
    (tmp_path / "lib" / "PySide6" / "plugins" / "q.dll").write_bytes(program_file("Qt6Core.dll", "python311.dll"))
    assert check.missing(tmp_path) == []
    (tmp_path / "lib" / "x.pyd").write_bytes(program_file("icuuc.dll"))
    (tmp_path / "lib" / "y.pyd").write_bytes(program_file("Qt6Core.dll"))
    (tmp_path / "lib" / "z.pyd").write_bytes(b"\x7fELF")
    assert check.missing(tmp_path) == [
        "lib/x.pyd: needs icuuc.dll",
        "lib/y.pyd: needs qt6core.dll",
        "lib/z.pyd: not a 64-bit Windows program file",
    ]


# --- launchers ------------------------------------------------------------------------------------------------------------


def test_the_launchers_start_the_first_module_and_carry_facts() -> None:
    source = (WINDOWS / "launcher.c").read_text("utf-8")
    module = re.search(r'L"-m", L"([\w.]+)"', source)
    assert module is not None and importlib.util.find_spec(module[1]) is not None
    resources = (WINDOWS / "launcher.rc").read_text("utf-8")
    for fact in ("FILEVERSION", "FileDescription", "ProductVersion", "LegalCopyright", "ICON"):
        assert fact in resources
    manifest = ElementTree.fromstring((WINDOWS / "launcher.manifest").read_text("utf-8"))
    text = ElementTree.tostring(manifest, "unicode")
    assert "asInvoker" in text and "longPathAware" in text


def test_launchers_and_links_share_one_application_id() -> None:
    assert "-DAPP_ID='\"GrasslandStation\"'" in (WINDOWS / "build.sh").read_text("utf-8")
    assert '!define ID "GrasslandStation"' in nsis()


# --- setup ----------------------------------------------------------------------------------------------------------------


def test_the_setup_is_for_one_user_and_checks_itself() -> None:
    text = nsis()
    assert "RequestExecutionLevel user" in text and "CRCCheck force" in text and "Unicode true" in text
    assert not re.search(r"\bHKLM\b|\$PROGRAMFILES|SetShellVarContext all", text)


def test_every_sentence_stands_in_both_languages_and_is_used() -> None:
    texts = re.sub(r"\\\n\s*", "", (WINDOWS / "setup_texts.nsh").read_text("utf-8"))
    words = re.findall(r'^\$\{Words\} (\w+) "(.*?)" "(.*)"$', texts, re.MULTILINE)
    assert len(words) == texts.count("${Words} ")
    for name, zh, en in words:
        assert re.search("[\u4e00-\u9fff]", zh), name
        assert not re.search("[\u4e00-\u9fff]", en), name
        assert not re.search("[\u4e00-\u9fff][,;?!]", zh), f"{name}: Chinese punctuation is full width"
        variables = [set(re.findall(r"\$\{?[A-Za-z0-9]+", re.sub(r"\$\\[rn]", " ", half))) for half in (zh, en)]
        assert variables[0] == variables[1], name
    defined = {name for name, _, _ in words}
    used = set(re.findall(r"\$\((\w+)\)", nsis()))
    assert defined == used


def test_exit_codes_are_told_at_the_head() -> None:
    text = (WINDOWS / "setup.nsi").read_text("utf-8")
    head = text.partition("Unicode true")[0]
    told = set(re.findall(r"\b(1[0-9]) ", head))
    used = set(re.findall(r"\$\{Refuse(?:Folder)?\} (\d+)", nsis())) | set(re.findall(r"SetErrorLevel (\d+)", nsis()))
    assert used == told


def test_what_is_registered_is_taken_back() -> None:
    text = (WINDOWS / "setup_parts.nsh").read_text("utf-8")
    register, _, unregister = text.partition("Function un.Unregister")
    written = set(re.findall(r'WriteReg\w+ HKCU "([^"]+)"', register))
    assert written
    removed = re.findall(r'DeleteReg(?:Key|Value)(?: /ifempty)? HKCU "([^"]+)"', unregister)
    for key in written:
        names = [key]
        if "${NAME}" in key:
            names = [key.replace("${NAME}", name) for name in ("Update", "Package", "Workspace")]
        if "${EXTENSION}" in key:
            names = [key.replace("${EXTENSION}", name) for name in (".zip", ".json")]
        for name in names:
            assert any(name == each or name.startswith(each + "\\") for each in removed), name


def test_the_endings_and_the_note_are_those_of_the_program() -> None:
    from station_app.exchange.update.manifest import SUFFIX
    from station_app.storage.workspace import MARKER
    from station_app.ui.handover import MUTEX

    text = nsis()
    assert f'"Software\\Classes\\{SUFFIX}" "" "${{ID}}.Update"' in text
    assert f'"Software\\Classes\\{Path(MARKER).suffix}" "" "${{ID}}.Workspace"' in text
    assert f'w "{MUTEX}"' in text
    assert 'Software\\Classes\\.zip" ""' not in text, "the double click on zip files belongs to others"


def test_the_uninstaller_removes_by_list_and_never_a_whole_folder() -> None:
    text = (WINDOWS / "setup.nsi").read_text("utf-8")
    section = text.partition('Section "Uninstall"')[2].partition("SectionEnd")[0]
    assert "RemoveByList" in section and "RMDir /r" not in section
    whole = set(re.findall(r'RMDir /r "([^"]+)"', nsis()))
    assert whole == {"$INSTDIR\\${PROGRAM}.new"}, "only what this run of the setup wrote"


def test_the_update_hand_over_is_what_the_program_calls() -> None:
    source = (ROOT / "station_app" / "exchange" / "update" / "applying.py").read_text("utf-8")
    for switch in ("/WAITPID=", "/RESTART"):
        assert switch in source and f'"{switch}"' in nsis()


def test_a_picture_keeps_its_pixels() -> None:
    picture = script("picture")
    rows = [[(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 128)], [(1, 2, 3, 255), (0, 0, 0, 0), (9, 9, 9, 255)]]
    raw = b"".join(b"\0" + bytes(v for pixel in row for v in pixel) for row in rows)
    chunks = b""
    for name, body in (
        (b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    ):
        chunks += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    made = picture.bmp(*picture.pixels(b"\x89PNG\r\n\x1a\n" + chunks))
    assert made[:2] == b"BM" and len(made) == 54 + 2 * 12
    assert struct.unpack_from("<ii", made, 18) == (3, 2)
    lower, upper = made[54:66], made[66:78]
    assert upper[:6] == bytes((0, 0, 255, 0, 255, 0)) and upper[6:9] == bytes((255, 127, 127))
    assert lower[:9] == bytes((3, 2, 1, 255, 255, 255, 9, 9, 9)), "the lower row comes first"
