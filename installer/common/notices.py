#!/usr/bin/env python3
"""Writes the third-party notices of a package: one text to read, and every licence in a folder beside it.

    python3 installer/common/notices.py --site DIR --platform windows --python 3.11.9 --python-licence FILE --fonts DIR --out DIR

Fails (exit 1, a line each) when something is shipped whose licence or text is not known. Needs Python 3.11 alone; the same
input gives the same bytes.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from components import TEXTS, Component, NotKnown, add_arguments, asked_of, collect

NOTICES = "THIRD-PARTY-NOTICES.txt"
FOLDER = "licences"

HEAD = """草原站 Grassland Station - 第三方软件声明 / third-party notices

本程序以 MIT 许可发布（见 LICENSE.txt），其中用到下列软件。每项之后写明许可和文本所在；文本在 licences 文件夹中。
The program itself is under the MIT licence (LICENSE.txt). It uses the software below; each entry names its licence and where
its text stands in the folder "licences".

Qt 与 PySide6（LGPL）/ Qt and PySide6 (LGPL)
  本程序按 LGPL-3.0 使用 Qt {qt} 和 PySide6、Shiboken6 {pyside}，没有修改。它们是程序文件夹中独立的动态库（{libraries}），
  您可以换成自己编译的、接口兼容的版本；为调试这样的修改，允许对本程序作反向工程。
  它们的源代码由 Qt 公司随每个版本公开发布；自收到本程序之日起三年内，也可以向交给您本程序的单位索取，只收取复制的成本。
  The program uses Qt {qt}, PySide6 and Shiboken6 {pyside} under LGPL-3.0, unchanged. They are separate dynamic libraries
  in the program's folder ({libraries});
  you may replace them by compatible ones you built yourself, and reverse engineering for debugging such changes is
  permitted. Their source code is published by The Qt Company with every version; for three years from the day you
  received the program, whoever gave it to you will also hand it over for the cost of copying.
"""
LIBRARIES = {
    "windows": r"program\lib\PySide6\Qt6*.dll, *.pyd",
    "linux": "_internal/PySide6/Qt/lib/libQt6*.so.6, PySide6/*.so",
}


def folder_of(component: Component) -> str:
    """Return the folder below ``licences`` for a component."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", f"{component.of} {component.name}".strip()).strip("-")


def copy_texts(components: list[Component], out: Path) -> dict[tuple[str, str], list[str]]:
    """Copy every text below ``out``; return where, by owner and name. A text that many have is written once."""
    written: dict[bytes, str] = {}
    places: dict[tuple[str, str], list[str]] = {}
    for component in components:
        names: list[str] = []
        for text in component.texts:
            content = text.read_bytes()
            if content not in written:
                name = text.name if text.parent == TEXTS else f"{folder_of(component)}/{text.name}"
                if name in written.values():  # two of one name, from subfolders
                    name = f"{folder_of(component)}/{text.parent.name}-{text.name}"
                target = out / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                written[content] = name
            names.append(written[content])
        places[component.of, component.name] = names
    return places


def entry(component: Component, places: list[str]) -> str:
    """Return the lines of one component."""
    owner = f"（{component.of} 中 / in {component.of}）" if component.of else ""
    lines = [f"{component.name} {component.version}{owner}", f"  {component.licence}"]
    lines += [f"  {FOLDER}/{place}" for place in places]
    if component.note:
        lines.append(f"  {component.note}")
    for part in sorted(component.inside, key=lambda c: c.name):
        by = f"; {part.author}" if part.author else ""
        lines.append(f"    {part.name} {part.version}: {part.licence}{by}")
    return "\n".join(lines)


def notices(components: list[Component], platform: str, places: dict[tuple[str, str], list[str]]) -> str:
    """Return the text to read."""
    version = {c.name: c.version for c in components}
    head = HEAD.format(qt=version["Qt"], pyside=version["pyside6-essentials"], libraries=LIBRARIES[platform])
    entries = [entry(c, places[c.of, c.name]) for c in components]
    return head + "\n" + "\n\n".join(entries) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder for the text and the folder with licences")
    chosen = parser.parse_args()
    try:
        components = collect(asked_of(chosen))
    except NotKnown as error:
        print(f"notices.py: not known:\n{error}", file=sys.stderr)
        return 1
    places = copy_texts(components, chosen.out / FOLDER)
    (chosen.out / NOTICES).write_text(
        notices(components, chosen.platform, places), encoding="utf-8-sig", newline="\r\n"
    )
    print(f"{len(components)} components, {sum(len(c.inside) for c in components)} parts inside them", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
