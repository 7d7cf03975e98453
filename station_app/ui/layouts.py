"""Where the fields of a record stand on the screen: sections with titles, and the columns of its list.

A record's description never says this. A field named nowhere still shows, in a last section; a test keeps that empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from station_app.domain.fields import Form, Kind
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of fields of a form."""

    title: Text
    fields: tuple[str, ...]


OTHER = Text("其他", "Other")
_WHO = Text("基本信息", "Identification")
_PLACE = Text("位置", "Place")
_AREA = Text("面积", "Areas")
_USE = Text("利用与类型", "Use and class")
_PAPERS = Text("合同与证书", "Contract and certificates")
_ACCOUNT = Text("发放账户", "Account for payments")
_PEOPLE = Text("家庭成员", "Members")
_VALID = Text("有效期", "Validity")
_MORE = Text("备注与附件", "Notes and attachments")
_HAPPENED = Text("变更内容", "What changed")
_LIVESTOCK = Text("牲畜", "Livestock")
_COUNT = Text("分类存栏", "Counts by class")
_FEED = Text("补饲", "Feeding")
_AMOUNT = Text("数量", "Quantities")
_INCOME = Text("收入", "Income")
_SITE = Text("立地条件", "Site")
_SURFACE = Text("地表状况", "Surface")
_PROJECT = Text("工程", "Project")
_VEGETATION = Text("植被", "Vegetation")
_WEIGHTS = Text("产草量", "Yield")
_SPECIES = Text("分种", "Species")
_RESULT = Text("结果", "Results")
_INSIDE = Text("工程区内", "Inside the project")
_OUTSIDE = Text("工程区外", "Outside the project")
_HARM = Text("危害与防治", "Harm and control")
_RULES = Text("发放规则", "Rules of payment")
_RATES = Text("标准", "Rates")
_STATE = Text("办理情况", "Progress")
_MONEY = Text("金额", "Amounts")
_BAN = Text("禁牧", "Grazing ban")
_BALANCE = Text("草畜平衡", "Forage-livestock balance")
_OTHER_PART = Text("其他补助", "Other subsidy")
_NET = Text("应发与扣减", "Gross, deduction, net")
_PARTS = Text("各项明细", "Parts of the amount")
_FOUND = Text("检查情况", "Findings")
_ACTION = Text("处理", "Action taken")
_RECHECK = Text("复查与处罚", "Re-check and penalty")
_SIGN = Text("签字", "Signature")
_BASE = Text("基线", "Baseline")
_MONITOR = Text("监测", "Monitoring")
_VERIFY = Text("核查与签发", "Verification and issue")
_LAB = Text("化验", "Laboratory")
_GOAL = Text("目标值", "Goal")
_GAP = Text("差距与措施", "Gap and measures")
_PACKAGE = Text("上报包", "Package")
_KEY = Text("密钥", "Key")
_DECISION = Text("意见", "Decision")
_APPROVAL = Text("核定与公布", "Approval and publication")
_UNITS = Text("羊单位", "Sheep units")
_FORAGE_OF_LAND = Text("天然草原产草量与利用率", "Grassland: yield and use")
_DAYS = Text("天数", "Days")
_JUDGED = Text("分级与处罚", "Grades and penalties")
_CARBON = Text("碳汇", "Carbon")
_SUBJECT = Text("对象", "Subject")
_SET_OF = Text("系数集", "Coefficient set")
_ROWS_OF = Text("系数", "Coefficients")
_GROUND = Text("依据与启用", "Ground and date in force")
_USED = Text("所用系数与确认", "Coefficients used and confirmed")

_SECTIONS: dict[str, tuple[tuple[Text, str], ...]] = {
    "organisation": (
        (_WHO, "code name short_name kind level parent_id region_code code_year"),
        (_PLACE, "address phone"), (_VALID, "valid_from valid_to"), (_MORE, "note"),
    ),
    "staff": (
        (_WHO, "code name organisation_id duties certificate_number phone"),
        (_VALID, "valid_from valid_to"), (_MORE, "note"),
    ),
    "household": (
        (_WHO, "village_code code head_name identity_number group_name persons herding_kind status status_on"),
        (_PAPERS, "contract_number contract_area_mu"),
        (_ACCOUNT, "account_holder account_number bank_name"),
        (_PLACE, "phone registered_place living_place"),
        (_PEOPLE, "members"), (_MORE, "note attachments"),
    ),
    "household_change": (
        (_WHO, "household_id kind changed_on document_number handled_by"),
        (_HAPPENED, "old_head_name new_head_name area_before_mu area_after_mu payee_changes parts"),
        (_MORE, "note attachments"),
    ),
    "parcel": (
        (_WHO, "code household_id name village_code"),
        (_AREA, "area_mu usable_area_mu area_basis tenure"),
        (_USE, "scheme zone season_of_use grazing_days land_class grassland_class grassland_class_9 grass_type grade "
               "degradation"),
        (_PAPERS, "contract_number certificate_number contract_giver issuer issued_on term_from term_to"),
        (_PLACE, "lon lat bounds_east bounds_south bounds_west bounds_north overlaps_forest polygon"),
        (_VALID, "valid_from valid_to"), (_MORE, "note attachments"),
    ),
    "responsibility_statement": (
        (_WHO, "number household_id kind giver_kind giver_name land_kind"),
        (_AREA, "area_mu ban_area_mu balance_area_mu land_state"),
        (_LIVESTOCK, "stock approved_su measures duties"),
        (_VALID, "signed_on valid_from valid_to"), (_MORE, "note attachments"),
    ),
    "capacity_approval": (
        (_WHO, "document_number year household_id village_code season_of_use"),
        (_AMOUNT, "area_mu natural_forage_kg sown_area_mu sown_forage_kg other_forage_kg grazing_days"),
        (_APPROVAL, "approved_su approved_mu_per_su computed_su basis coefficient_set approving_body approved_on "
                    "published_on objection_on review_on review_result"),
        (_VALID, "valid_from valid_to"), (_MORE, "note attachments"),
    ),
    "livestock_count": (
        (_WHO, "household_id year occasion counted_on counted_by"),
        (_COUNT, "class_counts"),
        (_LIVESTOCK, "herding owner_name parcel_id household_signed"), (_MORE, "note attachments"),
    ),
    "forage_supply": (
        (_WHO, "household_id year kind item_number description source_code"),
        (_AMOUNT, "goods_state quantity_kg moisture_percent area_mu hay_coefficient coefficient_source cost_yuan"),
        (_MORE, "note attachments"),
    ),
    "plot": (
        (_WHO, "plot_no surveyed_on surveyor region_name region_code parcel_id photo_no"),
        (_PLACE, "lon lat elevation_m"),
        (_USE, "grass_class grass_type use_mode use_status overall has_shrub"),
        (_SITE, "landform aspect slope_position soil_texture rain_mm has_seasonal_water surface_water"),
        (_SURFACE, "has_litter has_sand_cover has_salt_patch bare_percent has_erosion erosion_causes"),
        (_PROJECT, "project_has project_type project_built_on"), (_MORE, "note photos"),
    ),
    "plot_new": (
        (_WHO, "plot_no surveyed_on surveyor region_name region_code parcel_id resource_type control_area_ha photo_no"),
        (_PLACE, "lon lat elevation_m"),
        (_USE, "grass_class grass_type use_mode use_intensity"),
        (_VEGETATION, "cover_percent dominant_herb dominant_shrub vegetation_structure standing_dead litter "
                      "quadrat_count"),
        (_SITE, "landform aspect slope_position slope_deg soil_texture soil_type soil_depth_cm rain_mm"),
        (_SURFACE, "bare_percent gravel_percent salt_percent sand_depth_cm erosion_type erosion_level"),
        (_MORE, "note photos"),
    ),
    "herb_quadrat": (
        (_WHO, "quadrat_no plot_id plot_new_id shrub_quadrat_id surveyed_on area_m2 quadrat_spec in_ban"),
        (_VEGETATION, "cover_percent height_cm dominant species_count main_species toxic_count toxic_species"),
        (_WEIGHTS, "fresh_g dry_g drying_method edible_fresh_g edible_dry_g litter_fresh_g litter_dry_g"),
        (_SPECIES, "species"), (_PLACE, "lon lat elevation_m"),
        (_MORE, "inspector inspected_on note photos"),
    ),
    "shrub_quadrat": (
        (_WHO, "quadrat_no plot_id plot_new_id surveyed_on surveyor area_m2 drying_method"),
        (_SPECIES, "shrubs"), (_PLACE, "lon lat"), (_MORE, "note photos"),
    ),
    "frequency_survey": (
        (_WHO, "plot_id plot_new_id surveyed_on surveyor ring_count"), (_RESULT, "hits"), (_MORE, "note"),
    ),
    "shrub_line_survey": (
        (_WHO, "line_no plot_id plot_new_id surveyed_on surveyor line_length_m"), (_RESULT, "shrubs"), (_MORE, "note"),
    ),
    "cover_monitoring": (
        (_WHO, "plot_no quadrat_no monitored_on monitor region_code photo_no"),
        (_VEGETATION, "grass_class cover_percent main_species"), (_PLACE, "lon lat"), (_MORE, "note photos"),
    ),
    "project_benefit": (
        (_WHO, "project_name project_type year surveyed_on surveyor region_code grass_class area_ha distance_m"),
        (_INSIDE, "inside_quadrats inside_cover_percent inside_height_cm inside_fresh_g_per_m2 inside_dry_g_per_m2 "
                  "inside_edible_dry_g_per_m2 inside_species"),
        (_OUTSIDE, "outside_quadrats outside_cover_percent outside_height_cm outside_fresh_g_per_m2 "
                   "outside_dry_g_per_m2 outside_edible_dry_g_per_m2 outside_species"),
        (_MORE, "note photos"),
    ),
    "feeding_survey": (
        (_WHO, "household_id year surveyed_on surveyor persons"),
        (_AREA, "contract_area_mu ban_area_mu balance_area_mu hay_area_mu sown_area_mu sown_yield_kg"),
        (_LIVESTOCK, "stock"),
        (_FEED, "feed_from feed_to feed_days feed_hay_kg feed_silage_kg feed_concentrate_kg feed_sources "
                "feed_cost_yuan"),
        (_INCOME, "income_livestock_yuan income_award_yuan income_other_yuan"),
        (_MORE, "protection_techniques pests_suffered respondent_signed signed_on note"),
    ),
    "greenup_observation": (
        (_WHO, "plot_no plot_id quadrat_no observed_on observer"),
        (_RESULT, "greenup_percent cover_percent height_cm against_last_year days_difference"), (_MORE, "note photos"),
    ),
    "rodent_survey": (
        (_WHO, "plot_no surveyed_on surveyor region_code species_name"), (_PLACE, "lon lat"),
        (_RESULT, "area_ha burrows effective_burrows mounds bare_percent"),
        (_HARM, "harmed_area_ha severe_area_ha controlled_area_ha control_method control_agent"),
        (_MORE, "note photos"),
    ),
    "insect_survey": (
        (_WHO, "plot_no surveyed_on surveyor region_code species_name instar"),
        (_RESULT, "quadrat_count density_per_m2 density_per_branch harmed_area_ha severe_area_ha"),
        (_MORE, "note photos"),
    ),
    "toxic_plant_survey": (
        (_WHO, "plot_no surveyed_on surveyor region_code species_name"),
        (_HARM, "cover_percent harmed_area_ha poisoned"), (_MORE, "note photos"),
    ),
    "compensation_plan": (
        (_WHO, "year county_code programme short_name round document_number allocation_yuan status"),
        (_RULES, "rounding_yuan area_tolerance_mu notice_days notice_day_kind pay_by"),
        (_RATES, "rates"), (_VALID, "valid_from valid_to"), (_MORE, "note attachments"),
    ),
    "compensation_batch": (
        (_WHO, "plan_id year county_code village_code batch_number kind state"),
        (_MONEY, "household_count gross_yuan net_yuan"),
        (_STATE, "prepared_by prepared_on reviewed_by reviewed_on frozen_sha256"), (_MORE, "note attachments"),
    ),
    "compensation_line": (
        (_WHO, "batch_id household_id head_name identity_number persons contract_number contract_area_mu"),
        (_BAN, "ban_area_mu ban_coefficient ban_rate ban_amount_yuan"),
        (_BALANCE, "balance_area_mu balance_coefficient balance_rate balance_amount_yuan"),
        (_OTHER_PART, "other_area_mu other_rate other_amount_yuan"),
        (_PARTS, "parts parcels"),
        (_NET, "deducted_area_mu area_tolerance_mu gross_yuan limit_effect_yuan deduction_yuan deduction_reason "
               "deduction_document net_yuan"),
        (_ACCOUNT, "account_holder account_number bank_name"),
        (_STATE, "state state_reason state_note paid_on original_line_id"), (_MORE, "note"),
    ),
    "compensation_notice": (
        (_WHO, "batch_id place starts_on ends_on days_required day_kind report_phone posted_by"),
        (_MORE, "note photos"),
    ),
    "objection": (
        (_WHO, "notice_id number raised_on raised_by household_id content"),
        (_DECISION, "result decided_on decided_by decision"), (_MORE, "note attachments"),
    ),
    "bank_feedback": (
        (_WHO, "batch_id received_on bank_name"),
        (_MONEY, "sent_count sent_yuan paid_count paid_yuan returned_count returned_yuan"),
        (_RESULT, "results"), (_MORE, "note attachments"),
    ),
    "inspection": (
        (_WHO, "number inspected_on started_at ended_at inspectors certificate_numbers visit_number"),
        (_PLACE, "place_name region_code parcel_id household_id lon lat regime"),
        (_LIVESTOCK, "counted approved_su"),
        (_FOUND, "findings degradation finding_text evidence_numbers photos"),
        (_ACTION, "action order_number ordered_on deadline_on"),
        (_RECHECK, "rechecked_on recheck_result recheck_text decision_number decided_on penalty_yuan penalty_paid_on"),
        (_SIGN, "household_signed unsigned_reason"), (_MORE, "note"),
    ),
    "calculation_scheme": (
        (_WHO, "year county_code name document_number decided_by status"),
        (_UNITS, "sheep_unit_set sheep_unit adult_set young_rule young_set group_set herd_share_percent "
                 "young_coefficient herd_share_source occasion"),
        (_FORAGE_OF_LAND, "utilization_set range_end degraded_set hay_coefficient_set regrowth_set edible_percent "
                          "edible_source basis years_wanted yields"),
        (_DAYS, "period_days seasonal_minimum seasons"),
        (_JUDGED, "main_view edge_rule penalty_set grade_sets"),
        (_CARBON, "ipcc_edition gwp_set climate soil moisture_regime temperature_zone emission_sources "
                  "pasture_percent enteric_set yak_factor_of soil_depth_cm dry_matter_percent dry_matter_source "
                  "carbon_fraction_set root_ratio_set degradation_class_set"),
        (_VALID, "valid_from valid_to"), (_MORE, "note attachments"),
    ),
    "coefficient_edition": (
        (_SET_OF, "kind name edition based_on title_zh title_en standard sheep_units facts"),
        (_GROUND, "reason effective_on made_by made_on"),
        (_ROWS_OF, "lines"), (_MORE, "note attachments"),
    ),
    "calculation_result": (
        (_SUBJECT, "kind level subject_name subject_code subject_type subject_id year occasion scheme_id"),
        (_RESULT, "computed_on computed_by values"),
        (_USED, "editions confirmed confirmed_by explanation"), (_MORE, "note"),
    ),
    "carbon_activity": (
        (_WHO, "parcel_id registration_id kinds started_on ended_on area_ha inspection_id"),
        (_MORE, "evidence_text evidence note"),
    ),
    "soil_sample": (
        (_WHO, "plot_no plot_id parcel_id sampled_on sampled_by gravel_basis"), (_PLACE, "lon lat"),
        (_RESULT, "layers"), (_LAB, "laboratory report_number method report"), (_MORE, "note"),
    ),
    "carbon_registration": (
        (_WHO, "project_number name owner household_id title_right parcel_id area_ha grass_class climate soil scheme"),
        (_BASE, "baseline_degradation degradation_basis baseline_from_year baseline_to_year baseline_method "
                "baseline_agb_t_per_ha baseline_soc_t_per_ha baseline_soc_basis baseline_stock baseline_inputs"),
        (_MONITOR, "monitored_from monitored_to method factor_set gwp_set plot_numbers soil_samples final_stock "
                   "uncertainty_percent leakage reversal"),
        (_VERIFY, "validator validated_on verification_result issued_t_co2e credited_elsewhere credited_where "
                  "share_level sendings"),
        (_MORE, "note"),
    ),
    "target": (
        (_WHO, "number indicator year organisation_id region_code parent_id document_number status"),
        (_GOAL, "value unit direction baseline_value baseline_year due_on"), (_MORE, "note"),
    ),
    "assessment": (
        (_WHO, "target_id assessed_on actual_value data_source"),
        (_GAP, "causes cause_text measure responsible deadline_on status closed_on"), (_MORE, "note attachments"),
    ),
    "training_log": (
        (_WHO, "held_on kind topic place region_code trainer"),
        (_AMOUNT, "participants households materials"), (_MORE, "note photos"),
    ),
    "review": (
        (_WHO, "decision decided_at reviewer reason package_hash"), (_DECISION, "versions"),
    ),
    "receipt": (
        (_PACKAGE, "package_name package_hash from_org from_device sequence part parts epoch high_water received_at"),
        (_RESULT, "applied_count already_had_count superseded_count conflict_count refused_count quarantined_count "
                  "rest results"),
    ),
    "device": (
        (_WHO, "device_id name organisation_code organisation_id role"),
        (_KEY, "public_key accepted_at is_revoked revoked_at ended_why revoked_reason followed_by last_number last_epoch last_hash"),
        (_MORE, "note"),
    ),
    "account": (
        (_WHO, "name mark role is_active organisation_code device_id"), (_KEY, "public_key countersignature"),
    ),
    "organisation_key": (
        (_WHO, "organisation_code organisation_id purpose"),
        (_KEY, "public_key valid_from valid_to"), (_MORE, "note"),
    ),
}  # fmt: skip

_COLUMNS: dict[str, str] = {
    "organisation": "code name kind level parent_id phone",
    "staff": "code name organisation_id duties phone",
    "household": "code head_name group_name persons contract_area_mu phone status",
    "household_change": "changed_on household_id kind new_head_name area_before_mu area_after_mu",
    "parcel": "code household_id name area_mu scheme zone season_of_use land_class grassland_class",
    "responsibility_statement": "number household_id kind area_mu ban_area_mu balance_area_mu approved_su signed_on",
    "capacity_approval": "document_number year household_id season_of_use area_mu approved_su approved_on",
    "livestock_count": "counted_on household_id occasion counted_by household_signed note",
    "forage_supply": "household_id year kind item_number goods_state quantity_kg cost_yuan",
    "plot": "plot_no surveyed_on region_name grass_class grass_type use_mode overall surveyor",
    "plot_new": "plot_no surveyed_on region_name grass_class cover_percent dominant_herb use_intensity surveyor",
    "herb_quadrat": "quadrat_no plot_id surveyed_on cover_percent height_cm dominant fresh_g dry_g drying_method",
    "shrub_quadrat": "quadrat_no plot_id surveyed_on area_m2 surveyor",
    "compensation_line": "head_name ban_area_mu balance_area_mu gross_yuan deduction_yuan net_yuan state",
    "compensation_batch": "year village_code batch_number state household_count gross_yuan net_yuan prepared_on",
    "compensation_plan": "year programme county_code document_number rounding_yuan notice_days status",
    "inspection": "number inspected_on place_name household_id findings action deadline_on recheck_result",
    "calculation_scheme": "year name county_code status sheep_unit adult_set utilization_set occasion",
    "coefficient_edition": "kind name edition based_on effective_on made_by made_on reason",
    "calculation_result": "computed_on kind level subject_name year occasion computed_by",
    "target": "number indicator year region_code value unit due_on status",
    "assessment": "target_id assessed_on actual_value causes measure deadline_on status",
    "receipt": "package_name from_org sequence received_at applied_count already_had_count conflict_count "
               "refused_count",
    "account": "name mark role organisation_code is_active",
    "device": "device_id name organisation_code role accepted_at revoked_at ended_why last_number",
}  # fmt: skip
_FIRST_COLUMNS = 8
_NOT_IN_LISTS = (Kind.LINES, Kind.FILES)


@lru_cache(maxsize=128)
def _sections(name: str, fields: tuple[str, ...]) -> tuple[Section, ...]:
    made = []
    left = list(fields)
    for title, names in _SECTIONS.get(name, ()):
        known = tuple(n for n in names.split() if n in left)
        left = [n for n in left if n not in known]
        if known:
            made.append(Section(title, known))
    if left:
        made.append(Section(OTHER if made else _WHO, tuple(left)))
    return tuple(made)


def sections(kind: RecordType | str) -> tuple[Section, ...]:
    """Return the sections of a form; fields named nowhere come last."""
    described = record_type(kind) if isinstance(kind, str) else kind
    return _sections(described.name, tuple(f.name for f in described.fields))


def named_fields(type_name: str) -> tuple[str, ...]:
    """Return every field the layout and the list of a type name, for the test that they exist."""
    inside = [n for _, names in _SECTIONS.get(type_name, ()) for n in names.split()]
    return (*inside, *_COLUMNS.get(type_name, "").split())


def layout_types() -> frozenset[str]:
    return frozenset(_SECTIONS)


def list_columns(kind: RecordType | str) -> tuple[str, ...]:
    """Return the columns a list shows at first: the chosen ones, or what tells records apart."""
    described = record_type(kind) if isinstance(kind, str) else kind
    if described.name in _COLUMNS:
        return tuple(n for n in _COLUMNS[described.name].split() if n in described.by_name)
    first = [*described.key, *described.title]
    rest = [
        f.name for f in described.fields
        if f.required and f.kind not in _NOT_IN_LISTS and f.form is not Form.LONG
    ]  # fmt: skip
    return tuple(dict.fromkeys([*first, *rest]))[:_FIRST_COLUMNS]
