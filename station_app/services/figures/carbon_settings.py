"""What a year's carbon figures are made with: the choices of the calculation scheme, changed on the page only for looking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from station_app.domain.calc.coefficients import ENTERIC, Standards
from station_app.domain.records.calculation import CalculationScheme
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.scheme import SCHEME, Scheme, scheme_of
from station_app.storage.reader import Reader

IPCC_DEPTH_CM = 30  # equation 2.25 and the baselines of registrations
FOSSIL = "ar6-fossil"


def choice_label(name: str) -> Text:
    return record_type(SCHEME).by_name[name].label


@dataclass(frozen=True, slots=True)
class CarbonSettings:
    """The scheme of a year, with what was changed for looking.

    Attributes:
        changed: Fields of the record that are not as the scheme on record says.
    """

    scheme: Scheme
    changed: tuple[str, ...] = ()

    @classmethod
    def of(cls, scheme: Scheme) -> CarbonSettings:
        """Return what a scheme says; soil without a depth goes as deep as equation 2.25."""
        depth = scheme.record.soil_depth_cm or IPCC_DEPTH_CM
        return cls(replace(scheme, record=replace(scheme.record, soil_depth_cm=depth)))

    @property
    def record(self) -> CalculationScheme:
        return self.scheme.record

    def with_(self, **choices: Any) -> CarbonSettings:
        """Return these settings with others for looking; ``changed`` says which. Another edition brings its own factors."""
        real = {name: value for name, value in choices.items() if getattr(self.record, name) != value}
        if not real:
            return self
        changed = (*self.changed, *(name for name in real if not name.endswith("_source")))
        if "ipcc_edition" in real:
            real.setdefault("enteric_set", None)
        scheme = replace(self.scheme, record=replace(self.record, **real))
        return CarbonSettings(scheme, tuple(dict.fromkeys(changed)))

    def ipcc_set(self) -> str:
        """Return the name of the sets of the IPCC edition.

        Raises:
            UserError: CRB-002 no edition is chosen.
        """
        return f"ipcc{self.needed('ipcc_edition')}@1"

    def enteric(self) -> str:
        """Return the set of enteric factors: the one chosen, else that of the IPCC edition."""
        return self.record.enteric_set or self.ipcc_set()

    def needed(self, name: str) -> str:
        """Return a choice that has to be there.

        Raises:
            UserError: CRB-002 it is not.
        """
        value = getattr(self.record, name)
        if value in (None, "", ()):
            raise CarbonProblem.NOT_CHOSEN.error(self.scheme.reference(), label=choice_label(name))
        return str(value)

    @property
    def n2o_climate(self) -> str:
        """Wet or dry for nitrous oxide: as chosen, else as the climate zone says."""
        if self.record.moisture_regime:
            return self.record.moisture_regime
        zone = (self.record.climate or "").rpartition("_")[2]
        return {"dry": "dry", "moist": "wet", "wet": "wet"}.get(zone, "undivided")

    @property
    def depth_cm(self) -> int:
        return self.record.soil_depth_cm or IPCC_DEPTH_CM

    @property
    def depth(self) -> str:
        """The depth of soil carbon, ``0-30``."""
        return f"0-{self.depth_cm}"


def settings_of(reader: Reader, year: int) -> CarbonSettings:
    """Return the choices for a year.

    Raises:
        UserError: CRB-001 nobody has chosen a scheme.
    """
    scheme = scheme_of(reader, year)
    if scheme is None:
        raise CarbonProblem.NO_SCHEME.error(year=year)
    return CarbonSettings.of(scheme)


# --- factors -----------------------------------------------------------------------------------------------------------

# Tier 1 outside North America, Europe and Oceania is the low-productivity row; sets that do not divide so come after it.
_VARIANTS = ("low", "average", "grazing", "any")
_YAK_VARIANTS = ("low", "female_grazing", *_VARIANTS)


def variant_of(standards: Standards, settings: CarbonSettings, species: str) -> str:
    """Return the variant of the enteric factors a species counts with in the chosen set."""
    label = choice_label("emission_sources")
    known = standards.choose(ENTERIC, settings.enteric(), label, "/enteric_set")
    name = factors_of(settings, species) or species
    wanted = _YAK_VARIANTS if species == "yak" else _VARIANTS
    return next((variant for variant in wanted if (name, variant) in known.by_key), "low")


def factors_of(settings: CarbonSettings, species: str) -> str | None:
    """Return the species whose factors stand in; ``None``: its own."""
    return settings.record.yak_factor_of if species == "yak" else None
