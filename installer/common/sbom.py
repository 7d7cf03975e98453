#!/usr/bin/env python3
"""Writes the software bill of materials of a package: CycloneDX 1.6, JSON.

    python3 installer/common/sbom.py --site DIR --platform windows --python 3.11.9 --python-licence FILE --fonts DIR \\
        --version 0.1.0 [--lock requirements.lock] --out FILE

Needs Python 3.11 alone. The same input gives the same bytes: the time is SOURCE_DATE_EPOCH, the serial number is made from
the content.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from components import Component, NotKnown, add_arguments, asked_of, collect

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "grassland-station")


def reference(component: Component) -> str:
    """Return how other entries name a component."""
    return f"{component.of}/{component.purl}" if component.of else component.purl


def licence(expression: str) -> list[dict[str, Any]]:
    """Return a licence as CycloneDX wants it: an expression, or one own reference as a name."""
    if expression.startswith("LicenseRef-"):
        return [{"license": {"name": expression}}]
    return [{"expression": expression}]


def described(component: Component) -> dict[str, Any]:
    """Return one component."""
    made: dict[str, Any] = {
        "type": "library", "bom-ref": reference(component), "name": component.name, "version": component.version,
        "licenses": licence(component.licence), "purl": component.purl,
    }  # fmt: skip
    if component.author:
        made["author"] = component.author
    if component.note:
        made["description"] = component.note
    if component.sha256:
        made["hashes"] = [{"alg": "SHA-256", "content": component.sha256}]
    if component.of:
        made["properties"] = [{"name": "grassland-station:inside", "value": component.of}]
    return made


def bill(components: list[Component], *, version: str, platform: str, epoch: int) -> dict[str, Any]:
    """Return the whole document."""
    listed = [*components, *(part for each in components for part in each.inside)]
    by_name = {each.name: reference(each) for each in reversed(components)}
    holds: dict[str, set[str]] = {reference(each): set() for each in listed}
    for each in listed:
        if each.of:
            holds[by_name[each.of]].add(reference(each))
        holds[reference(each)] |= {by_name[name] for name in each.needs if name in by_name}
    own = f"pkg:generic/grassland-station@{version}"
    inner = {inside for each in holds.values() for inside in each}
    holds[own] = {ref for ref in holds if ref not in inner} | {by_name[e.name] for e in components if not e.of}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": own, "name": "grassland-station", "version": version, "purl": own,
                "description": "草原站 Grassland Station", "licenses": licence("MIT"),
                "properties": [{"name": "grassland-station:platform", "value": platform}],
            },
        },
        "components": [described(each) for each in sorted(listed, key=reference)],
        "dependencies": [{"ref": ref, "dependsOn": sorted(holds[ref])} for ref in sorted(holds)],
    }  # fmt: skip
    content = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return {"serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, content)}", **document}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--version", required=True, help="of the program")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    try:
        components = collect(asked_of(chosen))
    except NotKnown as error:
        print(f"sbom.py: not known:\n{error}", file=sys.stderr)
        return 1
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    document = bill(components, version=chosen.version, platform=chosen.platform, epoch=epoch)
    chosen.out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(document['components'])} components", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
