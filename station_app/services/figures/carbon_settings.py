"""What a year's carbon figures are made with: the choices of the calculation scheme, changed on the page only for looking."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from station_app.domain.calc.coefficients import ENTERIC, Standards
from station_app.domain.text import Text
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.scheme import Scheme, scheme_of
from station_app.storage.reader import Reader

IPCC_DEPTH_CM = 30  # equation 2.25 and the baselines of registrations
FOSSIL = "ar6-fossil"

LABELS = {
    "edition": Text("IPCC 版本", "IPCC edition"),
    "gwp_set": Text("GWP 系数集", "Set of warming potentials"),
    "climate": Text("IPCC 气候区", "IPCC climate zone"),
    "soil": Text("IPCC 土类", "IPCC soil class"),
    "fraction_set": Text("含碳率系数集", "Set of carbon fractions"),
    "ratio_set": Text("地下/地上比系数集", "Set of root ratios"),
    "degradation_set": Text("退化与管理类别对应", "Table of degradation and management"),
    "sources": Text("计入的排放源", "Sources of emissions counted"),
    "pasture_percent": Text("粪尿在草场比例", "Dung and urine on pasture"),
    "depth_cm": Text("土壤碳深度", "Depth of soil carbon"),
    "dry_matter_percent": Text("风干草含干物质", "Dry matter of air-dried hay"),
    "yak_factor_of": Text("牦牛因子取自", "Yaks count with the factors of"),
}


@dataclass(frozen=True, slots=True)
class CarbonSettings:
    """Sets (``name@edition``) and choices; ``None`` means nobody has chosen.

    Attributes:
        scheme_id: The scheme they come from; empty while they are only a proposal.
        changed: Names of what was changed for looking and is not the scheme's.
    """

    edition: str | None = None
    gwp_set: str | None = None
    climate: str | None = None
    soil: str | None = None
    moisture: str | None = None
    temperature_zone: str | None = None
    sources: tuple[str, ...] = ()
    pasture_percent: Decimal | None = None
    enteric_set: str | None = None
    yak_factor_of: str | None = None
    depth_cm: int = IPCC_DEPTH_CM
    dry_matter_percent: Decimal | None = None
    dry_matter_source: str = ""
    fraction_set: str | None = None
    ratio_set: str | None = None
    degradation_set: str | None = None
    scheme_id: str = ""
    changed: tuple[str, ...] = ()

    def with_(self, **choices: Any) -> CarbonSettings:
        """Return these settings with others for looking; ``changed`` says which. Another edition brings its own factors."""
        real = {name: value for name, value in choices.items() if getattr(self, name) != value}
        if not real:
            return self
        if "edition" in real and "enteric_set" not in real:
            real["enteric_set"] = None
        names = tuple(dict.fromkeys((*self.changed, *(name for name in real if name in LABELS))))
        return dataclasses.replace(self, **real, changed=names)

    def ipcc_set(self) -> str:
        """Return the name of the sets of the IPCC edition.

        Raises:
            UserError: CRB-002 no edition is chosen.
        """
        return f"ipcc{self.needed('edition')}@1"

    def enteric(self) -> str:
        """Return the set of enteric factors: the one chosen, else that of the IPCC edition."""
        return self.enteric_set or self.ipcc_set()

    def needed(self, name: str) -> str:
        """Return a choice that has to be there.

        Raises:
            UserError: CRB-002 it is not.
        """
        value = getattr(self, name)
        if value in (None, "", ()):
            raise CarbonProblem.NOT_CHOSEN.error(self.reference, label=LABELS[name])
        return str(value)

    @property
    def reference(self) -> str:
        """Where the choice is to be made good."""
        return f"record:calculation_scheme/{self.scheme_id}" if self.scheme_id else ""

    @property
    def n2o_climate(self) -> str:
        """Wet or dry for nitrous oxide: as chosen, else as the climate zone says."""
        if self.moisture:
            return self.moisture
        return {"dry": "dry", "moist": "wet", "wet": "wet"}.get((self.climate or "").rpartition("_")[2], "undivided")

    @property
    def depth(self) -> str:
        """The depth of soil carbon, ``0-30``."""
        return f"0-{self.depth_cm}"


def settings_from(scheme: Scheme) -> CarbonSettings:
    """Return what a scheme chose for carbon."""
    record = scheme.record
    assert record is not None
    return CarbonSettings(
        edition=scheme.ipcc_edition,
        gwp_set=scheme.gwp_set,
        climate=scheme.climate,
        soil=scheme.soil,
        moisture=scheme.moisture_regime,
        temperature_zone=scheme.temperature_zone,
        sources=record.emission_sources,
        pasture_percent=scheme.pasture_percent,
        enteric_set=scheme.enteric_set,
        yak_factor_of=record.yak_factor_of,
        depth_cm=record.soil_depth_cm or IPCC_DEPTH_CM,
        dry_matter_percent=record.dry_matter_percent,
        dry_matter_source=record.dry_matter_source or "",
        fraction_set=scheme.carbon_fraction_set,
        ratio_set=scheme.root_ratio_set,
        degradation_set=scheme.degradation_class_set,
        scheme_id=scheme.record_id,
    )


def settings_of(reader: Reader, year: int) -> CarbonSettings:
    """Return the choices for a year.

    Raises:
        UserError: CRB-001 nobody has chosen a scheme.
    """
    scheme = scheme_of(reader, year)
    if scheme is None:
        raise CarbonProblem.NO_SCHEME.error(year=year)
    return settings_from(scheme)


# --- factors -----------------------------------------------------------------------------------------------------------

# Tier 1 outside North America, Europe and Oceania is the low-productivity row; sets that do not divide so come after it.
_VARIANTS = ("low", "average", "grazing", "any")
_YAK_VARIANTS = ("low", "female_grazing", *_VARIANTS)


def variant_of(standards: Standards, settings: CarbonSettings, species: str) -> str:
    """Return the variant of the enteric factors a species counts with in the chosen set."""
    label = LABELS["sources"]
    known = standards.choose(ENTERIC, settings.enteric(), label, "/enteric_set")
    name = factors_of(settings, species) or species
    wanted = _YAK_VARIANTS if species == "yak" else _VARIANTS
    return next((variant for variant in wanted if (name, variant) in known.by_key), "low")


def factors_of(settings: CarbonSettings, species: str) -> str | None:
    """Return the species whose factors stand in; ``None``: its own."""
    return settings.yak_factor_of if species == "yak" else None
