"""Station to county and back through the programming interface, every package checked with stock tools and none of our code.

A year of a small station: registers, counts, payments, corrections; two packages; reviews; receipts; a county that passes
on to its region.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from package_helpers import (
    frictionless_validates,
    introduce,
    make_county,
    make_station,
    signers_file,
    ssh_keygen_verifies,
)
from unit_helpers import household, livestock_count

from station_app.county import review
from station_app.county.coverage import coverage
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.registry import Role
from station_app.domain.samples import sample
from station_app.exchange.package.build import BuiltPackage, build_package
from station_app.exchange.package.cards import write_allowed_signers
from station_app.exchange.package.receipts import apply_receipt
from station_app.exchange.package.verify import verify_package
from station_app.services.entry import Entry
from station_app.storage.attachments import Attachments
from station_app.storage.check import check_workspace
from station_app.storage.reader import State
from station_app.storage.workspace import Workspace


def stock_tools_agree(package: Path, reader: Workspace, sender: Workspace, scratch: Path) -> None:
    """The signature by OpenSSH, the content by frictionless, all of it by our own check."""
    signers = write_allowed_signers(reader, scratch)
    assert ssh_keygen_verifies(package, signers, sender.identity.device_id, scratch), package.name
    assert frictionless_validates(package), package.name
    assert verify_package(package, signers).problems == [], package.name


def totals(workspace: Workspace) -> dict[str, Decimal]:
    read = workspace.read
    return {
        "households": Decimal(read.type_counts()["household"]),
        "mu": read.sum("parcel", "area_mu"),
        "yuan": read.sum("compensation_line", "net_yuan"),
        "head": Decimal(read.sql("SELECT coalesce(sum(l.head), 0) FROM livestock_count__class_counts l "
                                 "JOIN livestock_count c USING (record_id) WHERE c.void=0")[0][0]),
    }  # fmt: skip


def test_station_county_region_and_back(tmp_path: Path) -> None:
    usb = tmp_path / "U 盘"
    usb.mkdir()
    with (
        make_station(tmp_path / "站") as station,
        make_county(tmp_path / "县") as county,
        Workspace.create(
            tmp_path / "盟", org_code="152500", org_name="示例盟", role=Role.REGION, author="示例"
        ) as region,
    ):
        introduce(station, county)
        introduce(county, region)
        entry = Entry(station)
        homes = [entry.save(household(n)).record_id for n in range(1, 9)]
        photo = Attachments(station.folder / "attachments").keep(b"not really a photo")
        for number, home in enumerate(homes):
            scans = (photo,) if number == 0 else ()
            entry.save(sample("parcel", number, household_id=home, attachments=scans), reason="示例")
            entry.save(livestock_count(home, 40 + number, note="含 2 只,寄养"))
            entry.save(sample("compensation_line", number, household_id=home), reason="示例")
        entry.save(sample("inspection", 1), reason="示例")

        first = build_package(station, usb)
        stock_tools_agree(first.path, county, station, tmp_path)
        _agree(first, totals(station))
        answer = apply_receive(county, plan_receive(county, first.path), usb)
        assert answer.counts == {"applied": first.versions} and totals(county) == totals(station)
        stock_tools_agree(answer.receipt_path, station, county, tmp_path)
        assert apply_receipt(station, answer.receipt_path).counts == {"applied": first.versions}
        assert station.read.state_counts("household") == {State.RECEIVED: 8}

        review.accept(county, "household", homes[:7])
        review.send_back(county, "household", homes[7:], "户主姓名请核对")
        down = build_package(county, usb, recipient=station.identity.device_id)
        stock_tools_agree(down.path, station, county, tmp_path)
        apply_receipt(station, down.path)
        assert station.read.state_counts("household") == {State.ACCEPTED: 7, State.RETURNED: 1}

        entry.save(household(8, head_name="示例牧户八"), record_id=homes[7], reason="按退回意见更正")
        entry.void(station.read.sql("SELECT record_id FROM compensation_line ORDER BY rowkey LIMIT 1")[0][0], "重复")
        second = build_package(station, usb)
        stock_tools_agree(second.path, county, station, tmp_path)
        answer = apply_receive(county, plan_receive(county, second.path), usb)
        stock_tools_agree(answer.receipt_path, station, county, tmp_path)
        apply_receipt(station, answer.receipt_path)
        assert totals(county) == totals(station) and second.versions == 2
        assert station.read.state_counts("household") == {State.ACCEPTED: 7, State.RECEIVED: 1}
        (place,) = coverage(county)
        assert (place.last_sequence, place.missing, place.set_aside) == (2, (), 0)

        up = build_package(county, usb, everything=True)
        stock_tools_agree(up.path, region, county, tmp_path)
        answer = apply_receive(region, plan_receive(region, up.path), usb)
        stock_tools_agree(answer.receipt_path, county, region, tmp_path)
        assert totals(region) == totals(station) and "quarantined" not in answer.counts
        assert apply_receipt(county, answer.receipt_path).counts["applied"] > 0
        folders = [w.folder for w in (station, county, region)]
    for folder in folders:
        report = check_workspace(folder)
        assert report.ok, report.problems


def _agree(built: BuiltPackage, shown: dict[str, Decimal]) -> None:
    """The control totals of a whole first package are the sums on the screen, to the fen, the head and the 0.001 mu."""
    assert Decimal(built.totals["households"]) == shown["households"]
    assert Decimal(built.totals["mu"]) == shown["mu"]
    assert Decimal(built.totals["fen"]) == shown["yuan"] * 100
    assert sum(built.totals["head"].values()) == shown["head"]


@pytest.mark.slow
def test_many_small_packages_in_any_order_end_the_same(tmp_path: Path) -> None:
    """Twelve packages over a bad line, each lost once, some twice: at the end nothing is missing on either side."""
    usb = tmp_path / "usb"
    usb.mkdir()
    with make_station(tmp_path / "s") as station, make_county(tmp_path / "c") as county:
        introduce(station, county)
        packages = []
        for number in range(1, 13):
            Entry(station).save(household(number))
            packages.append(build_package(station, usb).path)
        order = [packages[(7 * n) % 12] for n in range(12)] + packages[::3]
        receipts = [apply_receive(county, plan_receive(county, p), usb).receipt_path for p in order]
        for receipt in reversed(receipts):
            apply_receipt(station, receipt)
        assert station.read.state_counts("household") == {State.RECEIVED: 12}
        assert signers_file(county).exists() and coverage(county)[0].missing == ()
