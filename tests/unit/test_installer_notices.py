"""What is shipped is named with licence and text, or the build stops; fonts and figures of the build."""

from __future__ import annotations

import importlib
import io
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMON = ROOT / "installer" / "common"
PARTS = {"type", "bom-ref", "name", "version", "licenses", "purl", "author", "description", "hashes", "properties"}


@pytest.fixture
def common(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The modules of installer/common, which import each other by their bare names."""
    monkeypatch.syspath_prepend(str(COMMON))
    names = ("components", "notices", "sbom")
    yield importlib.import_module("components")
    for name in names:
        sys.modules.pop(name, None)


def distribution(site: Path, name: str, version: str, *, licence: str = "MIT", text: str | None = "the text",
                 needs: tuple[str, ...] = ()) -> Path:  # fmt: skip
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    (folder / "licenses").mkdir(parents=True)
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
    lines += [f"License-Expression: {licence}"] if licence else []
    lines += [f"Requires-Dist: {need}" for need in needs]
    (folder / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if text is not None:
        (folder / "licenses" / "LICENSE").write_text(f"{name}: {text}", encoding="utf-8")
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed distributions, among them those that the table names."""
    folder = tmp_path / "site"
    versions = looked_up()
    distribution(folder, "PySide6-Essentials", versions["pyside6-essentials"], licence="",
                 needs=("shiboken6 == 6.9.3",))  # fmt: skip
    distribution(folder, "shiboken6", "6.9.3", licence="", text=None)
    distribution(folder, "sqlcipher3", versions["sqlcipher3"], licence="")
    distribution(folder, "numpy", versions["numpy"], licence="")
    rust = distribution(folder, "fast-thing", "2.0", needs=("numpy>=2; python_version > '3'", "pandas; extra == 'all'"))
    (rust / "sboms").mkdir()
    (rust / "sboms" / "rust.json").write_text(json.dumps({"components": [
        {"name": "serde", "version": "1.0", "purl": "pkg:cargo/serde@1.0", "author": "Somebody",
         "licenses": [{"expression": "MIT OR Apache-2.0"}]},
        {"name": "fast-own", "version": "2.0", "purl": "pkg:cargo/fast-own@2.0?download_url=file://x"},
        {"name": "openssl", "version": "4.0.3", "purl": "pkg:generic/openssl@4.0.3"}]}), encoding="utf-8")  # fmt: skip
    (tmp_path / "PYTHON.txt").write_text("the licence of Python", encoding="utf-8")
    return folder


def looked_up() -> dict[str, str]:
    table = tomllib.loads((COMMON / "components.toml").read_text("utf-8"))
    return dict(entry["of"].split("==") for entry in table["component"] if "==" in entry.get("of", ""))


def asked(common: ModuleType, site: Path, platform: str = "windows", extras: tuple[Path, ...] = ()) -> Any:
    return common.Shipment(
        site, platform, "3.11.9", site.parent / "PYTHON.txt", ROOT / "resources" / "fonts", list(extras)
    )


@pytest.mark.parametrize("system", ["windows", "linux"])
def test_the_table_was_looked_up_for_the_locked_versions(system: str) -> None:
    lock = (ROOT / "installer" / system / "requirements.lock").read_text("utf-8")
    for name, version in looked_up().items():
        if name != "CPython":
            assert re.search(rf"^{re.escape(name)}=={re.escape(version)} ", lock, re.MULTILINE), f"{name} {version}"


def test_every_entry_of_the_table_gives_a_reason_or_a_text() -> None:
    table = tomllib.loads((COMMON / "components.toml").read_text("utf-8"))
    for name, entry in table["distribution"].items():
        assert len(entry["reason"]) > 5, name
    named = {text for entry in table["component"] for text in entry["texts"]}
    named |= {text for entry in table["distribution"].values() for text in entry.get("texts", ())}
    files = {name for name in named if name not in ("python", "fonts") and not name.startswith("of ")}
    assert files <= {path.name for path in (COMMON / "licences").iterdir()}


def test_notices_name_everything_with_its_text(common: ModuleType, site: Path, tmp_path: Path) -> None:
    notices = importlib.import_module("notices")
    components = common.collect(asked(common, site))
    out = tmp_path / "out"
    places = notices.copy_texts(components, out / notices.FOLDER)
    text = notices.notices(components, "windows", places)
    for name in (
        "PySide6",
        "LGPL-3.0-only",
        "SQLCipher",
        "SQLite",
        "OpenSSL",
        "CPython 3.11.9",
        "Noto Sans SC",
        "NSIS",
    ):
        assert name in text
    assert "源代码" in text and "Their source code" in text
    assert "serde 1.0: MIT OR Apache-2.0; Somebody" in text and "openssl 4.0.3: Apache-2.0" in text
    assert "fast-own" not in text, "the crate of the distribution itself"
    for place in re.findall(r"^  licences/(.+)$", text, re.MULTILINE):
        assert (out / "licences" / place).read_bytes(), place
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (out / "licences" / "LGPL-3.0.txt").read_text("utf-8")
    assert "ICU" not in text, "on Windows Qt asks the system"


def test_linux_names_its_own(common: ModuleType, site: Path, tmp_path: Path) -> None:
    extra = tmp_path / "more.toml"
    (tmp_path / "xcb.txt").write_text("the text", encoding="utf-8")
    extra.write_text('[[component]]\nname = "libxcb"\nversion = "1"\nlicence = "MIT"\ntexts = ["xcb.txt"]\n', "utf-8")
    names = {c.name for c in common.collect(asked(common, site, "linux", (extra,)))}
    assert {"ICU", "libxcb"} <= names and not {"NSIS", "Microsoft Visual C++ runtime"} & names


@pytest.mark.parametrize(("licence", "text", "said"), [
    ("", "a text", "no licence in its metadata"), ("MIT", None, "brings no licence text"), ("Some words about it", "x", "no licence"),
])  # fmt: skip
def test_an_unknown_licence_stops_the_build(
    common: ModuleType, site: Path, licence: str, text: str | None, said: str
) -> None:
    distribution(site, "new-thing", "1.0", licence=licence, text=text)
    with pytest.raises(common.NotKnown, match=f"new-thing 1.0: .*{said}"):
        common.collect(asked(common, site))


def test_parts_looked_up_for_another_version_stop_the_build(common: ModuleType, site: Path) -> None:
    (next(site.glob("sqlcipher3-*")) / "METADATA").write_text("Name: sqlcipher3\nVersion: 99.0\n", encoding="utf-8")
    with pytest.raises(common.NotKnown, match="SQLCipher .* looked up .* 99.0 is shipped"):
        common.collect(asked(common, site))


def bill(common: ModuleType, site: Path) -> dict[str, Any]:
    module = importlib.import_module("sbom")
    made = module.bill(common.collect(asked(common, site)), version="1.2.3", platform="windows", epoch=1_700_000_000)
    return dict(made)


def test_the_bill_of_materials_is_cyclonedx(common: ModuleType, site: Path) -> None:
    made = bill(common, site)
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made["serialNumber"]
    )
    assert made["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert made["metadata"]["component"]["type"] == "application"
    for part in made["components"]:
        assert set(part) <= PARTS and part["type"] == "library" and part["name"] and part["version"]
        assert part["purl"].startswith("pkg:")
        assert [set(each) for each in part["licenses"]] in ([{"expression"}], [{"license"}])
    references = [part["bom-ref"] for part in made["components"]]
    assert len(references) == len(set(references))
    known = {*references, made["metadata"]["component"]["bom-ref"]}
    assert {each["ref"] for each in made["dependencies"]} == known
    assert all(set(each["dependsOn"]) <= known for each in made["dependencies"])


def test_the_bill_says_what_needs_and_holds_what(common: ModuleType, site: Path) -> None:
    holds = {each["ref"]: set(each["dependsOn"]) for each in bill(common, site)["dependencies"]}
    numpy = f"pkg:pypi/numpy@{looked_up()['numpy']}"
    fast = holds["pkg:pypi/fast-thing@2.0"]
    assert numpy in fast and "fast-thing/pkg:cargo/serde@1.0" in fast
    assert not [ref for ref in fast if "pandas" in ref], "wanted by an extra only"
    assert "pkg:pypi/fast-thing@2.0" in holds["pkg:generic/grassland-station@1.2.3"]


def test_the_same_things_give_the_same_bill(common: ModuleType, site: Path) -> None:
    assert json.dumps(bill(common, site)) == json.dumps(bill(common, site))


def test_hashes_come_from_the_lock(common: ModuleType) -> None:
    found = common.hashes(ROOT / "installer" / "windows" / "requirements.lock")
    assert len(found["pyside6-essentials"]) == 64


# --- fonts and figures ----------------------------------------------------------------------------------------------------


def test_the_full_fonts_leave_out_what_copies_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    """方 and the radical ⽅ share a drawing; text copied from a PDF must be 方."""
    fonts = pytest.importorskip("fontTools.ttLib")
    monkeypatch.syspath_prepend(str(ROOT / "installer"))
    make_font = importlib.import_module("make_font")
    font = fonts.TTFont(ROOT / "resources" / "fonts" / "NotoSansSC-Regular.ttf")
    plain = set(font.getBestCmap())
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format != 14:
            table.cmap |= {double: table.cmap[ord("方")] for double in (0x2F45, 0x2E8F, 0xF900)}
            table.cmap[0x2E80] = table.cmap[ord("A")]
    packed = io.BytesIO()
    font.save(packed)
    kept = make_font.without_doubles(packed.getvalue())
    assert plain <= kept and ord("方") in kept
    assert kept - plain == {0x2E80}, "a radical with a drawing of its own stays"


def test_the_fonts_are_pinned_by_hash() -> None:
    assert re.search(r'^font_sha256="[0-9a-f]{64}"$', (COMMON / "font.sh").read_text("utf-8"), re.MULTILINE)
    tools = (COMMON / "tools.lock").read_text("utf-8")
    assert all("--hash=sha256:" in line for line in tools.splitlines() if not line.startswith("#"))


def test_a_figure_stands_beside_its_budget(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(COMMON))
    report = importlib.import_module("report")
    path = tmp_path / "build-report.json"
    path.write_text('{"linux": {"deb": 1}}', encoding="utf-8")
    for code, arguments in ((0, ("windows.setup_bytes", "60", "70")), (1, ("windows.installed_bytes", "9", "8")),
                            (0, ("windows.wine.version", "wine-10.0"))):  # fmt: skip
        monkeypatch.setattr(sys, "argv", ["report.py", str(path), *arguments])
        assert report.main() == code
    sys.modules.pop("report")
    assert json.loads(path.read_text("utf-8")) == {
        "linux": {"deb": 1},
        "windows": {
            "installed_bytes": {"budget": 8, "value": 9, "within": False},
            "setup_bytes": {"budget": 70, "value": 60, "within": True},
            "wine": {"version": "wine-10.0"},
        },
    }
