"""The registered pasture of a region by grassland class: what means of classes are weighted by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from station_app.services.figures.actuals import Item, Memo, Question, area_items, parcels_of
from station_app.services.figures.sifting import Sifted


@dataclass(frozen=True, slots=True)
class ClassAreas:
    """Registered pasture of a region by class list and class, and the parcels it is of; of both lists a parcel may tell."""

    held: Sifted
    by_class: dict[tuple[str, str], list[Item]]

    def left_mu(self, classes: Iterable[tuple[str, str]]) -> Decimal:
        """Return the area of the parcels that belong to none of ``classes``."""
        inside = {item.reference for key in classes for item in self.by_class.get(key, ())}
        items = {item.reference: item.value for key in self.by_class for item in self.by_class[key]}
        return sum((value for reference, value in items.items() if reference not in inside), Decimal(0))


def class_areas(memo: Memo, asked: Question) -> ClassAreas:
    """Return the registered pasture of a region by class; land under a ban is pasture too."""
    held = parcels_of(memo, asked)
    found: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for row, item in zip(held.rows, area_items(held.rows), strict=True):
        for class_list, code in (("grassland_class", row[4]), ("grassland_class_9", row[7])):
            if code or class_list == "grassland_class":
                found[class_list, code or ""].append(item)
    return ClassAreas(held, dict(found))
