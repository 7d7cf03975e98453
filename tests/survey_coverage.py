"""Where each row of survey_fields.csv lives: (form, field) to "type.field", "type.list.field", or why it is not stored."""

CALCULATED = "calculated"

COVERED: dict[tuple[str, str], tuple[str, ...] | str] = {}


def _put(form: str, type_name: str, **fields: str) -> None:
    for key, names in fields.items():
        COVERED[form, key] = tuple(f"{type_name}.{name}" for name in names.split())


def _calculated(form: str, *fields: str) -> None:
    for key in fields:
        COVERED[form, key] = CALCULATED


_put(
    "plot", "plot", plot_no="plot_no", survey_date="surveyed_on", surveyor="surveyor", adm_code="region_code",
    project_has="project_has", project_type="project_type", project_built="project_built_on",
    grass_class="grass_class", grass_type="grass_type", photo_no="photo_no", has_shrub="has_shrub",
    landform="landform", aspect="aspect", slope_pos="slope_position", soil_texture="soil_texture",
    litter="has_litter", sand_cover="has_sand_cover", erosion="has_erosion", erosion_cause="erosion_causes",
    salt_patch="has_salt_patch", bare_pct="bare_percent", water_seasonal="has_seasonal_water",
    water_surface="surface_water", rain_mm="rain_mm", use_mode="use_mode", use_status="use_status",
    overall="overall", remark="note",
)  # fmt: skip
COVERED["plot", "adm_prov/county/town/village"] = ("plot.region_name",)
_put(
    "plot_new", "plot_new", plot_no="plot_no", control_area="control_area_ha", survey_date="surveyed_on",
    surveyor="surveyor", region="region_name", resource_type="resource_type", photo_no="photo_no", lon="lon",
    lat="lat", elev="elevation_m", landform="landform", slope_pos="slope_position", aspect="aspect",
    slope_deg="slope_deg", soil_texture="soil_texture", soil_depth="soil_depth_cm", soil_type="soil_type",
    veg_structure="vegetation_structure", dominant_shrub="dominant_shrub", dominant_herb="dominant_herb",
    cover="cover_percent", standing_dead="standing_dead", litter="litter", grass_class="grass_class",
    grass_type="grass_type", use_mode="use_mode", use_intensity="use_intensity", gravel_pct="gravel_percent",
    sand_depth="sand_depth_cm", salt_pct="salt_percent", bare_pct="bare_percent", erosion_type="erosion_type",
    erosion_level="erosion_level", remark="note",
)  # fmt: skip
_put(
    "herb_quadrat", "herb_quadrat", plot_no="plot_id plot_new_id", quadrat_no="quadrat_no", lon="lon", lat="lat",
    elev="elevation_m", quadrat_spec="quadrat_spec", area="area_m2", in_ban="in_ban", cover="cover_percent",
    height="height_cm", dominant="dominant", species_n="species_count", species_list="main_species species",
    toxic_n="toxic_count", toxic_list="toxic_species", fresh_g="fresh_g", dry_g="dry_g",
    edible_fresh_g="edible_fresh_g", edible_dry_g="edible_dry_g", litter_fresh_g="litter_fresh_g",
    litter_dry_g="litter_dry_g", photo="photos", inspector="inspector inspected_on",
)  # fmt: skip
_calculated("herb_quadrat", "fresh_kg_ha", "dry_kg_ha")
_put("shrub_plot", "shrub_quadrat", plot_no="plot_id plot_new_id", quadrat_no="quadrat_no", area="area_m2")
_put("shrub_plot", "herb_quadrat", herb_quadrats="shrub_quadrat_id")
_put(
    "shrub_plot", "shrub_quadrat.shrubs", shrub_name="shrub_name", height="height_cm", big_d="big_diameter_cm",
    big_n="big_count", big_fresh="big_fresh_g", sample_no="sample_no", sample_fresh="sample_fresh_g",
    sample_dry="sample_dry_g",
)  # fmt: skip
for _size in ("mid", "small"):
    COVERED["shrub_plot", f"{_size}_*"] = tuple(
        f"shrub_quadrat.shrubs.{_size}_{name}" for name in ("diameter_cm", "count", "fresh_g")
    )
_calculated("shrub_plot", "big_dry", "dry_ratio", "crown_area", "shrub_kg_ha", "total_cover", "total_kg_ha")
_put("species_split", "herb_quadrat", quadrat_no="species")
_put(
    "species_split", "herb_quadrat.species", species="species_name", height_veg="height_vegetative_cm",
    height_rep="height_reproductive_cm", cover="cover_percent", density="density_per_m2",
    frequency="frequency_percent", phenology="phenology", vigor="vigor", fresh_g="fresh_g", dry_g="dry_g",
    edible="edible",
)  # fmt: skip
_put("freq", "frequency_survey", plot_no="plot_id plot_new_id", ring_n="ring_count")
_put("freq", "frequency_survey.hits", species="species_name", hits="hits")
_calculated("freq", "frequency")
_put("shrub_line", "shrub_line_survey", line_no="line_no", line_len="line_length_m")
_put(
    "shrub_line", "shrub_line_survey.shrubs", shrub="shrub_name", cover_len="cover_length_m",
    yield_full="yield_full_g_per_m2",
)  # fmt: skip
_calculated("shrub_line", "yield")
_put(
    "cvcg", "cover_monitoring", date="monitored_on", grass_class="grass_class", plot_no="plot_no",
    quadrat_no="quadrat_no", lon="lon", lat="lat", cover="cover_percent", photo_no="photo_no",
    species="main_species", remark="note", monitor="monitor",
)  # fmt: skip
_put(
    "project_benefit", "project_benefit", project_name="project_name", project_type="project_type", year="year",
    area="area_ha", distance="distance_m",
)  # fmt: skip
for _side in ("inside", "outside"):
    COVERED["project_benefit", f"{_side}_*"] = tuple(
        f"project_benefit.{_side}_{name}"
        for name in (
            "cover_percent",
            "height_cm",
            "fresh_g_per_m2",
            "dry_g_per_m2",
            "edible_dry_g_per_m2",
            "species",
        )  # fmt: skip
    )
_calculated("project_benefit", "diff_pct")
_put(
    "household", "feeding_survey", household="household_id persons",
    grass_area="contract_area_mu ban_area_mu balance_area_mu hay_area_mu sown_area_mu",
    income="income_livestock_yuan income_award_yuan income_other_yuan", eco_tech="protection_techniques",
    sold="stock.sold", feed_days="feed_days feed_from feed_to", feed_hay="feed_hay_kg", feed_silage="feed_silage_kg",
    feed_conc="feed_concentrate_kg", feed_source="feed_sources feed_cost_yuan", art_grass="sown_area_mu sown_yield_kg",
    disaster="pests_suffered", sign="respondent_signed signed_on",
)  # fmt: skip
COVERED["household", "livestock_begin/end"] = ("feeding_survey.stock.opening", "feeding_survey.stock.closing")
_put(
    "greenup", "greenup_observation", plot_no="plot_no", quadrat_no="quadrat_no", date="observed_on",
    greenup_rate="greenup_percent", cover="cover_percent", height="height_cm",
    vs_last="against_last_year days_difference", photo="photos",
)  # fmt: skip
_put(
    "rodent", "rodent_survey", plot_no="plot_no", species="species_name", area="area_ha", holes="burrows",
    eff_holes="effective_burrows", mounds_ha="mounds", bare_pct="bare_percent",
    harm_area="harmed_area_ha severe_area_ha", control="controlled_area_ha control_method control_agent",
)  # fmt: skip
_calculated("rodent", "eff_holes_ha")
_put(
    "insect", "insect_survey", species="species_name", instar="instar", quadrat_n="quadrat_count",
    density="density_per_m2", density_branch="density_per_branch", harm_area="harmed_area_ha severe_area_ha",
)  # fmt: skip
_put(
    "toxic", "toxic_plant_survey", species="species_name", cover="cover_percent", harm_area="harmed_area_ha",
    poisoned="poisoned",
)  # fmt: skip
_put(
    "patrol", "inspection", no="number", time="inspected_on started_at ended_at",
    people="inspectors certificate_numbers", place="place_name region_code parcel_id lon lat", regime="regime",
    household="household_id", counted="counted", approved="approved_su", finding="findings",
    evidence="photos evidence_numbers", action="action", deadline="deadline_on",
    recheck="rechecked_on recheck_result recheck_text", sign="household_signed",
)  # fmt: skip
_put("soil_carbon", "soil_sample", plot_no="plot_no", lab="laboratory report_number method")
COVERED["soil_carbon", "layer_top/bottom"] = ("soil_sample.layers.top_cm", "soil_sample.layers.bottom_cm")
_put(
    "soil_carbon", "soil_sample.layers", soc="soc_g_per_kg", om="om_g_per_kg", bd="bulk_density_g_per_cm3",
    gravel="gravel_percent", ring_vol="ring_volume_cm3",
)  # fmt: skip
