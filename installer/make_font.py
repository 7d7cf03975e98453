#!/usr/bin/env python3
"""Cut the fonts of resources/fonts from the full Noto Sans SC: what people type daily, at a fifth of the size.

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3          # the full fonts, OFL 1.1, about 57 MB
    python installer/make_font.py expo-google-fonts-noto-sans-sc-0.4.3.tgz

Needs fonttools (extra ``release``). The same input gives the same bytes. ``--check`` writes nothing and tells whether
the committed fonts still hold every character the program's own texts and tables use. ``--full FOLDER`` writes the fonts
of the installers there: every character of the source, people's and plants' rare ones too.
"""

from __future__ import annotations

import argparse
import io
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / "resources" / "fonts"
PACKAGE = "npm @expo-google-fonts/noto-sans-sc 0.4.3"
WEIGHTS = {"Regular": "400Regular/NotoSansSC_400Regular.ttf", "Medium": "500Medium/NotoSansSC_500Medium.ttf"}
# Latin with accents, punctuation, sub- and superscripts, arrows, mathematics, boxes, signs, CJK punctuation,
# enclosed numbers, units, full width. Never U+2F00-2FDF: with Kangxi radicals in the font, PDF text copies wrongly.
RANGES = (
    (0x0020, 0x007E), (0x00A0, 0x017F), (0x02C6, 0x02DD), (0x0391, 0x03C9), (0x2010, 0x205E), (0x2070, 0x209C),
    (0x20A0, 0x20BF), (0x2100, 0x218B), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2300, 0x23FF), (0x2460, 0x24FF),
    (0x2500, 0x25FF), (0x2600, 0x27BF), (0x3000, 0x303F), (0x3200, 0x33FF), (0xFE30, 0xFE4F), (0xFF01, 0xFFE6),
)  # fmt: skip
VERTICAL = ("vert", "vrt2", "vkrn", "valt", "vchw", "vhal", "vkna", "vpal", "vrtr")
TEXTS = ("resources/**/*.csv", "resources/**/*.md", "resources/**/*.json", "station_app/**/*.py")


def gb2312() -> set[int]:
    """Return every character of GB 2312: 6,763 Han characters and its signs."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def own_texts() -> set[int]:
    """Return every character of the program's texts and reference tables: rare plants and places are among them."""
    found: set[int] = set()
    for pattern in TEXTS:
        for path in sorted(ROOT.glob(pattern)):
            found.update(map(ord, path.read_text(encoding="utf-8")))
    return {c for c in found if c >= 0x20 and not 0xE000 <= c <= 0xF8FF and not 0x2F00 <= c <= 0x2FDF}


def wanted() -> set[int]:
    """Return every character the cut should hold, as far as the full font has it."""
    ranges = {c for first, last in RANGES for c in range(first, last + 1)}
    return gb2312() | ranges | own_texts()


def cut(source: bytes, characters: set[int]) -> bytes:
    """Return the font reduced to ``characters``, without hinting, horizontal layout features kept."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    # Vertical writing is never drawn: its forms and tables cost 5 %.
    options = subset.Options(hinting=False, recalc_timestamp=False, notdef_outline=True)
    options.layout_features = [f for f in options.layout_features if f not in VERTICAL] + ["tnum", "pnum", "zero"]
    options.drop_tables += ["vhea", "vmtx", "VORG"]
    options.name_IDs = ["*"]
    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def without_doubles(source: bytes) -> set[int]:
    """Return the font's characters without the radicals and compatibility forms that are drawn as an ordinary one.

    They share its glyph, and text copied from a PDF would come out as the double, which no search finds.
    """
    from fontTools.ttLib import TTFont

    glyphs: dict[str, list[int]] = {}
    for character, glyph in TTFont(io.BytesIO(source)).getBestCmap().items():
        glyphs.setdefault(glyph, []).append(character)

    def is_double(c: int) -> bool:
        return 0x2E80 <= c <= 0x2FDF or 0xF900 <= c <= 0xFAFF or 0x2F800 <= c <= 0x2FA1F

    def is_han(c: int) -> bool:
        return (0x3400 <= c <= 0x9FFF or c >= 0x20000) and not is_double(c)

    kept = set()
    for characters in glyphs.values():
        shared = any(map(is_han, characters))
        kept.update(c for c in characters if not 0x2F00 <= c <= 0x2FDF and not (shared and is_double(c)))
    return kept


def missing(path: Path, characters: set[int]) -> set[int]:
    """Return the characters of ``characters`` that the font file lacks."""
    from fontTools.ttLib import TTFont

    return characters - set(TTFont(path).getBestCmap())


def check() -> int:
    """Tell which characters of the program's own texts the committed font lacks."""
    lacking = missing(FONTS / "NotoSansSC-Regular.ttf", own_texts())
    han = sorted(c for c in lacking if 0x3400 <= c <= 0x9FFF or c >= 0x20000)
    print(f"own texts: {len(lacking)} characters not in the font: {''.join(map(chr, sorted(lacking)))}")
    return 1 if han else 0


def make(archive: Path, folder: Path, *, full: bool) -> int:
    """Cut every weight out of the npm package into ``folder`` and put the licence beside it."""
    with tarfile.open(archive) as package:

        def member(name: str) -> bytes:
            file = package.extractfile(f"package/{name}")
            if file is None:
                raise FileNotFoundError(name)
            return file.read()

        folder.mkdir(parents=True, exist_ok=True)
        for weight, name in WEIGHTS.items():
            source = member(name)
            target = folder / f"NotoSansSC-{weight}.ttf"
            target.write_bytes(cut(source, without_doubles(source) if full else wanted()))
            print(f"{target.name}: {target.stat().st_size:,} bytes")
        (folder / "OFL.txt").write_bytes(member("LICENSE_FONT"))
    return 0 if full else check()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", nargs="?", type=Path, help=f"the packed full fonts ({PACKAGE})")
    parser.add_argument("--full", type=Path, metavar="FOLDER", help="write the installers' fonts there")
    parser.add_argument("--check", action="store_true", help="only compare the committed font with the program's texts")
    chosen = parser.parse_args()
    if chosen.check:
        return check()
    if chosen.archive is None:
        parser.error("name the packed fonts, or use --check")
    return make(chosen.archive, chosen.full or FONTS, full=chosen.full is not None)


if __name__ == "__main__":
    sys.exit(main())
