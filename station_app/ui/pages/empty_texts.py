"""What an empty list says: what belongs here, and the first step."""

from __future__ import annotations

from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.ui.parts import in_sentence

_BODIES: dict[str, Text] = {
    "household": Text("本站辖区的每一户都在这里：姓名、人口、承包合同、领款账户。可以从 Excel 花名册导入，或先登记第一户。",
                      "Every household of the station: name, people, contract, account. Import the roster from Excel, or add "
                      "the first one."),
    "household_change": Text("分户、并户、户主变更、迁出、过户等都记在这里，旧的情况不会丢。",
                             "Splits, merges, new heads, transfers; the old state is kept."),
    "parcel": Text("谁承包哪块草场、多少亩、禁牧还是草畜平衡。先有牧户，再从 Excel 导入地块或逐块登记。",
                   "Who holds which land, how many mu, under which scheme. Households first, then import parcels or add them."),
    "livestock_count": Text("每户每次清点一条。在“清点表”里选嘎查村和时点，逐户填数最快。",
                            "One record per household and count. The grid by village and occasion is the quickest way."),
    "forage_supply": Text("各户的打草、购草、青贮等饲草来源和数量。", "Hay, purchased feed, silage: what each household has."),
    "plot_new": Text("新版样地表。先建样地，再在样地里填样方。", "Plots of the new form. Make the plot first, then its quadrats."),
    "plot": Text("监测表样地(旧版)。先建样地，再在样地里填样方。", "Plots of the monitoring form. Make the plot first, then its quadrats."),
    "herb_quadrat": Text("草本样方属于某个样地。打开样地，在“样方”里逐行填写最快。",
                         "Herb quadrats belong to a plot: open the plot and type them in its Quadrats tab."),
    "shrub_quadrat": Text("灌木样方属于某个样地。打开样地，在“样方”里填写。",
                          "Shrub quadrats belong to a plot: open the plot and type them there."),
    "compensation_plan": Text("县里下发的补奖方案：年度、标准、公示天数。方案随县里的回执到达，有了它才能计算批次。",
                              "The county's plan: year, rates, days of notice. It arrives with the county's receipt; a "
                              "batch is computed from it."),
    "compensation_batch": Text("一个嘎查村一个批次，由方案和地块计算得出。点“计算批次”开始。",
                               "One batch per village, computed from the plan and the parcels. Run a batch to begin."),
    "compensation_line": Text("每户一行：面积、标准、应发金额。计算批次后自动生成。",
                              "One line per household: area, rate, amount. Made when a batch is run."),
    "compensation_notice": Text("批次公示的地点和起止日期，公示期满才能发放。", "Where and when a batch was posted; it is paid after that."),
    "objection": Text("公示期间牧户提出的异议和处理结果。", "Objections raised during the notice, and the decision."),
    "bank_feedback": Text("银行的发放结果：成功、退回和原因。", "What the bank paid and what it returned, with reasons."),
    "inspection": Text("巡查发现的问题、处理、整改期限和复查。", "What an inspection found, what was ordered, by when, and the re-check."),
    "training_log": Text("政策宣传和技术培训：时间、地点、人数。", "Briefings and trainings: when, where, how many."),
    "responsibility_statement": Text("与牧户签订的禁牧和草畜平衡责任书。", "Signed statements on grazing ban and balance."),
    "calculation_scheme": Text("一年用哪些系数集、哪些天数来计算，由旗县下发或本站选定。没有方案就没有载畜量和平衡表。",
                               "Which sets and days a year is computed with; the county sends it down, or this station chooses. "
                               "Without one there is no capacity and no balance."),
    "coefficient_edition": Text("旗县核实后另做的系数版本。在“系数集”里打开一个系数集，点“做新的一版”。",
                                "Editions a county makes once it has verified figures: open a set on the first tab and begin "
                                "a new edition."),
    "capacity_approval": Text("核定给每户的载畜量和依据的文件。超载计算以此为准。",
                              "The capacity approved for each household, with its document."),
    "carbon_activity": Text("围封、补播、禁牧等增汇活动：地块、时间、面积、证据。", "Fencing, reseeding, bans: parcel, time, area, evidence."),
    "soil_sample": Text("土壤样品按层登记：深度、容重、有机碳。", "Soil samples by layer: depth, bulk density, organic carbon."),
    "carbon_registration": Text("碳汇项目登记：边界、基线、监测期和核证。", "Project registrations: boundary, baseline, period, verification."),
    "target": Text("县里或上级下达的目标，随回执到达。", "Targets set by the county; they arrive with its receipt."),
    "assessment": Text("本站对目标差距的分析：现状、原因、措施、期限。", "The gap against a target: actual, cause, measure, deadline."),
    "receipt": Text("县里的回执：哪些已收、哪些被拒、为什么。导入回执文件后出现在这里。",
                    "The county's receipts: what was received, what was refused and why. Take a receipt file to see it here."),
    "review": Text("县里审核的结论：认可或退回，以及原因。", "The county's decisions: accepted or returned, and why."),
    "device": Text("登记在册的电脑及其公钥。", "The machines on record and their public keys."),
    "organisation_key": Text("单位的公钥，用来核对签名。", "Public keys of organisations, to check signatures by."),
    "account": Text("在这里工作的人，各有角色和自己的密钥。", "Who works here, each with a role and a key of their own."),
    "organisation": Text("行政单位和本单位。选择户、样地所在的嘎查村时用得到。",
                         "Administrative units and this station; used wherever a village is chosen."),
    "staff": Text("本站工作人员，调查人、复核人从这里选。", "The people of this station: surveyors, reviewers."),
}  # fmt: skip

_FORMS = Text(
    "这里存放“{label}”。点“新增”填写，或从 Excel 导入。", "{label} records. Add one, or import them from Excel."
)
_TITLE = Text("还没有{label}", "No {label} yet")
_TITLE_YEAR = Text("{year} 年还没有{label}", "No {label} in {year} yet")


def empty_title(kind: RecordType, year: int = 0) -> Text:
    """Return the headline of an empty list."""
    plural = in_sentence(Text(kind.label.zh, kind.plural.en))
    return _TITLE_YEAR.format(label=plural, year=year) if year else _TITLE.format(label=plural)


def empty_body(kind: RecordType) -> Text:
    return _BODIES.get(kind.name) or _FORMS.format(label=Text(kind.label.zh, kind.label.en))
