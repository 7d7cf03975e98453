"""What a package ships that others wrote: distributions in a folder, parts inside them, and what stands beside them.

Used by notices.py and sbom.py. ``components.toml`` holds what the distributions' own metadata leaves out.
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TABLE = HERE / "components.toml"
TEXTS = HERE / "licences"
TEXT_NAME = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)
# An SPDX expression, as far as we need to tell it from prose.
EXPRESSION = re.compile(r"\(?[A-Za-z0-9][A-Za-z0-9.+-]*(?:[ ()]+(?:OR|AND|WITH)[ (]+[A-Za-z0-9.+-]+\)?)*\Z")
PROSE = {"BSD", "BSD License", "MIT License", "Apache", "Dual License", "UNKNOWN"}


class NotKnown(Exception):
    """Something that is shipped has no licence, no text, or stands in the table for another version."""


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that is shipped.

    Attributes:
        licence: An SPDX expression.
        texts: Files with the licence's text and the copyright notices, at least one but for parts listed by a wheel.
        of: The component that holds it; empty when it stands alone.
        needs: Names of distributions it wants.
        sha256: Of the wheel it came in, when a lock file says so.
    """

    name: str
    version: str
    licence: str
    texts: tuple[Path, ...] = ()
    purl: str = ""
    of: str = ""
    note: str = ""
    author: str = ""
    needs: tuple[str, ...] = ()
    sha256: str = ""
    inside: tuple[Component, ...] = field(default=())


def normal(name: str) -> str:
    """Return a distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(facts: metadata.PackageMetadata) -> str:
    """Return the SPDX expression of the metadata, or nothing."""
    for key in ("License-Expression", "License"):
        said = (facts.get(key) or "").strip()
        if said and said not in PROSE and EXPRESSION.match(said):
            return said
    return ""


def texts_of(folder: Path) -> list[Path]:
    """Return the licence files that a distribution brings in its ``.dist-info``."""
    beside = [path for path in folder.iterdir() if path.is_file() and TEXT_NAME.search(path.name)]
    below = [path for path in (folder / "licenses").rglob("*") if path.is_file()]
    return sorted(beside + below)


def needs_of(facts: metadata.PackageMetadata) -> tuple[str, ...]:
    """Return the names a distribution requires, without those of extras."""
    wanted = set()
    for line in facts.get_all("Requires-Dist") or ():
        requirement, _, marker = line.partition(";")
        if "extra" not in marker:
            wanted.add(normal(re.split(r"[ \[<>=!~(]", requirement.strip(), maxsplit=1)[0]))
    return tuple(sorted(wanted))


def inside_of(folder: Path, owner: str, licences: dict[str, str]) -> Iterator[Component]:
    """Yield what the distribution's own lists (PEP 770) name inside it.

    Raises:
        NotKnown: a part has no licence.
    """
    for path in sorted((folder / "sboms").glob("*.json")):
        for part in json.loads(path.read_text("utf-8")).get("components", ()):
            if part.get("purl", "").startswith("pkg:cargo/") and "download_url=file:" in part["purl"]:
                continue  # the distribution's own source, as a crate
            given = [each.get("expression") or each["license"].get("id") or each["license"].get("name")
                     for each in part.get("licenses", ())]  # fmt: skip
            licence = " AND ".join(given) or licences.get(part["name"], "")
            if not licence:
                raise NotKnown(f"{part['name']} inside {owner}: no licence; add it to [inside] in components.toml")
            yield Component(part["name"], part.get("version", ""), licence, purl=part.get("purl", ""), of=owner,
                            author=part.get("author", ""))  # fmt: skip


def distributions(site: Path, table: dict[str, Any], problems: list[str]) -> list[Component]:
    """Return the distributions installed in a folder, by name; what is missing is added to ``problems``."""
    found = []
    for each in sorted(metadata.distributions(path=[str(site)]), key=lambda d: normal(d.metadata["Name"])):
        name, version = normal(each.metadata["Name"]), each.version
        folder = Path(str(each._path))  # type: ignore[attr-defined]  # the public name differs between versions
        known = table["distribution"].get(name, {})
        licence = known.get("licence") or licence_of(each.metadata)
        texts = [TEXTS / text for text in known.get("texts", ())] + texts_of(folder)
        if not licence:
            problems.append(f"{name} {version}: no licence in its metadata; look at its text and add it to the table")
        if not texts:
            problems.append(f"{name} {version}: it brings no licence text; add one to licences/ and to the table")
        try:
            inside = tuple(inside_of(folder, name, table["inside"]))
        except NotKnown as error:
            problems.append(str(error))
            inside = ()
        found.append(Component(name, version, licence, tuple(texts), f"pkg:pypi/{name}@{version}",
                               needs=needs_of(each.metadata), inside=inside))  # fmt: skip
    return found


def read_table(extras: list[Path]) -> dict[str, Any]:
    """Return ``components.toml``, with the components of other tables added."""
    table = tomllib.loads(TABLE.read_text("utf-8"))
    for extra in extras:
        more = tomllib.loads(extra.read_text("utf-8"))
        table["component"] += [{"base": str(extra.parent), **each} for each in more.get("component", ())]
        table["distribution"] |= more.get("distribution", {})
        table["inside"] |= more.get("inside", {})
    return table


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is asked: folder, platform, CPython, fonts, further tables, lock file."""

    site: Path
    platform: str
    python: str
    python_licence: Path
    fonts: Path
    extras: list[Path]
    lock: Path | None = None


def _text(name: str, entry: dict[str, Any], asked: Shipment, known: dict[str, Component]) -> list[Path]:
    if name == "python":
        return [asked.python_licence]
    if name == "fonts":
        return [asked.fonts / "OFL.txt"]
    if name.startswith("of "):
        return list(known[name.removeprefix("of ")].texts)
    return [Path(entry.get("base", TEXTS)) / name]


def hashes(lock: Path | None) -> dict[str, str]:
    """Return the hash of each distribution that a lock file of pip names."""
    if lock is None:
        return {}
    lines = re.findall(r"^([^#=\s]+)==\S+ --hash=sha256:([0-9a-f]{64})", lock.read_text("utf-8"), re.MULTILINE)
    return {normal(name): digest for name, digest in lines}


def collect(asked: Shipment) -> list[Component]:
    """Return everything that is shipped, distributions first.

    Raises:
        NotKnown: with a line for each thing whose licence, text or version is not known.
    """
    problems: list[str] = []
    table = read_table(asked.extras)
    digests = hashes(asked.lock)
    found = [replace(c, sha256=digests.get(c.name, "")) for c in distributions(asked.site, table, problems)]
    if not found:
        problems.append(f"{asked.site}: no distributions there")
    known = {each.name: each for each in found}
    for entry in table["component"]:
        if asked.platform not in entry.get("platforms", [asked.platform]):
            continue
        version = entry["version"].format(python=asked.python)
        owner, _, looked_up = entry.get("of", "").partition("==")
        if owner and owner not in known:
            continue  # its owner is not part of this package
        if owner and looked_up and known[owner].version != looked_up:
            problems.append(
                f"{entry['name']} {version} was looked up in {owner} {looked_up}, but {known[owner].version} is shipped: "
                "look it up anew in components.toml"
            )
        texts = [path for name in entry["texts"] if not name.startswith("of ") or name[3:] in known
                 for path in _text(name, entry, asked, known)]  # fmt: skip
        problems += [f"{entry['name']}: {path} is not there" for path in texts if not path.is_file()]
        if not texts:
            problems.append(f"{entry['name']}: no licence text")
        purl = entry.get("purl") or f"pkg:generic/{normal(entry['name']).replace(' ', '-')}@{version}"
        made = Component(entry["name"], version, entry["licence"], tuple(texts), purl, owner, entry.get("note", ""))
        found.append(made)
        known.setdefault(made.name, made)
    if problems:
        raise NotKnown("\n".join(problems))
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what both commands ask for."""
    add = parser.add_argument
    add("--site", type=Path, required=True, help="folder with the installed distributions")
    add("--platform", choices=("windows", "linux"), required=True)
    add("--python", required=True, metavar="VERSION", help="version of the shipped CPython")
    add("--python-licence", type=Path, required=True, metavar="FILE", help="its licence file")
    add("--fonts", type=Path, required=True, metavar="FOLDER", help="where the shipped fonts' OFL.txt is")
    add("--extra", type=Path, action="append", default=[], metavar="FILE.toml", help="further [[component]] entries")
    add("--lock", type=Path, default=None, help="pip's lock file, for the hashes")


def asked_of(chosen: argparse.Namespace) -> Shipment:
    """Return the arguments of ``add_arguments``."""
    return Shipment(
        chosen.site, chosen.platform, chosen.python, chosen.python_licence, chosen.fonts, chosen.extra, chosen.lock
    )
