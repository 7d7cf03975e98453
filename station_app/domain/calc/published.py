"""What the published tables say of themselves in English, for Chinese readers. Names of standards stay as they are.

Whoever corrects a table corrects the words there; what is not listed here is shown as the table has it.
"""

from __future__ import annotations

from collections.abc import Mapping

from station_app.domain.text import Text

_ZH: Mapping[str, str] = {
    "background knowledge, no text read": "凭记忆，没有读到原文",
    "BK": "凭记忆（BK）",
    "utilization table": "利用率表",
    "adult table": "成年畜表",
    "young-stock table": "幼畜表",
    "standard-hay conversion table": "标准干草折算表",
    "regrowth table": "再生率表",
    "encyclopaedia entry": "词条",
    "entry": "词条",
    "table": "表",
    "table 2.3": "表 2.3",
    "table 3": "表 3",
    "text": "正文",
    "4.5.2 table 6": "4.5.2 表 6",
    "note to utilization table": "利用率表附注",
    "definition": "定义",
    "preface": "前言",
    "preface (sheep unit)": "前言（羊单位）",
    "preface of the 2015 edition": "2015 版前言",
    "first part": "第一部分",
    "(quoted through a study)": "（经研究转引）",
    "38 (number inferred from the following art. 39)": "第 38 条（条号由第 39 条推出）",
    "approved capacity": "核定载畜量",
    "art. 3; own formulation": "第 3 条；公式写法为本程序所拟",
    "formulas in our symbols (F1–F3)": "公式，符号为本程序所用（F1–F3）",
    "formulas in our symbols (F4–F7)": "公式，符号为本程序所用（F4–F7）",
    "target chain": "目标链",
    "NY/T 635-2015 (table as recollected)": "NY/T 635-2015（表为凭记忆）",
    "NY/T 635-2015 (as recollected)": "NY/T 635-2015（凭记忆）",
    "NY/T 635-2015 (note as recollected)": "NY/T 635-2015（附注为凭记忆）",
    "NY/T 635-2015 (as applied in a study)": "NY/T 635-2015（某研究所用）",
    "NY/T 635 2002 and (probably) 2015": "NY/T 635 2002 版，可能也是 2015 版",
    "NY/T 635-2002 (believed)": "NY/T 635-2002（推断）",
    "Gansu practice": "甘肃惯用",
    "Gansu practice-1990s": "甘肃惯用（1990 年代）",
    "study table": "研究用表",
    "study table (used by the Qinghai monitoring community)": "研究用表（青海监测常用）",
    "Study of Bortala (Xinjiang)": "新疆博尔塔拉研究",
    "Study of Bortala (Xinjiang)-2017": "新疆博尔塔拉研究 2017",
    "Xu & Yang 2009 as used for Xilin Gol": "Xu & Yang 2009（锡林郭勒用）",
    "Gansu regulation 2022 art. 38": "甘肃省草原条例（2022）第 38 条",
    "Inner Mongolia regulation art. 29": "内蒙古条例第 29 条",
    "Ministry of Agriculture rule (quoted)-n/a": "农业部规定（转引）",
    "Dictionary entry 标准牲畜": "辞书“标准牲畜”",
    "unknown": "不明",
    "Ministry of Agriculture rule (quoted)": "农业部规定（转引）",
    "Ministry of Agriculture conversion (page chinaforage.com, believed NY/T 635-2002)-2002?": "农业部换算表（网页转引，推断为 NY/T 635-2002）",
    "Dictionary entry 标准牲畜 (standard livestock)-n/a": "辞书“标准牲畜”",
    "DB63/T 2298 (Qinghai) 2024": "DB63/T 2298-2024（青海）",
    "DB63/T 2298 (Qinghai)-2024": "DB63/T 2298-2024（青海）",
    "DB63/T (2021 draft)": "DB63/T（2021 年征求意见稿）",
    "probably 甘肃省草原条例, 2006/2007 text": "可能是甘肃省草原条例（2006、2007 年文本）",
    "probably 甘肃省草原条例 2006/2007": "可能是甘肃省草原条例（2006、2007 年）",
    # rules the program calculates by
    "草畜平衡管理办法 (Order 48)": "草畜平衡管理办法（农业部令第 48 号）",
    "草原法 art. 45": "草原法第 45 条",
    "equation 2.25": "公式 2.25",
    "measured": "实测",
    "area × coefficient × rate, per line": "面积 × 系数 × 标准，逐户计算",
    "rate = (stock − capacity) / capacity": "超载率 =（存栏 − 载畜量）÷ 载畜量",
    "stock = area × density; K16, K17": "储量 = 面积 × 密度；规则 K16、K17",
    "K16: Σ SOC × BD × D × (1 − G) / 10": "规则 K16：Σ 有机碳含量 × 容重 × 厚度 ×（1 − 石砾比例）÷ 10",
    "oven-dry mass of the plot": "样方烘干重",
    "Tier 1, flows only": "IPCC 第一层方法，只计每年的增减",
    "Tier 1; chapters 10, 11": "IPCC 第一层方法，第 10、11 章",
    "shrub models": "灌木生物量模型",
    "F = Σ supply; R = (n − N) / N × 100": "可供草量 = 各项之和；超载率 =（存栏 − 载畜量）÷ 载畜量 × 100",
    "N = Σ amount + effect − deduction": "实发 = 各项金额之和 + 封顶保底调整 − 扣减",
    "amount = round(A × k × rate)": "金额 = 面积 × 系数 × 标准，四舍五入到分",
    "C = Σ A × density": "碳储量 = Σ 面积 × 碳密度",
    "net = ΔCO2(soil) + Δ(emissions)": "净变化 = 土壤碳变化（折 CO2）+ 牲畜排放变化",
    "Σ head × EF × GWP / 1000": "Σ 头数 × 排放因子 × 增温潜势 ÷ 1000",
    "gap = target − actual": "差距 = 目标值 − 实际值",
    "gap = actual − target": "差距 = 实际值 − 目标值",
    # notes of the tables
    "verify every cell against the printed table before use": "使用前请对照印刷本逐格核实",
    "recollection of the superseded edition; mid-class values for goat(large)/cattle/buffalo/yak/horse agree with the B rows; "
    "weight limits not checked": "凭记忆写的旧版；山羊（大型）、牛、水牛、牦牛、马的中间值与 B 级各行相符；体重界限没有核对",
    "fact read (A): the 2015 edition has one fixed number per group where 2002 had a range; the numbers themselves are not "
    "read": "已读到（A）：2002 版是范围，2015 版每组一个固定数；数值本身没有读到",
    "value not read; 0 adds no forage and is the cautious seed": "数值没有读到；先用 0，不增加草量，较为谨慎",
    "proposal only; the station or province must confirm": "只是建议，须由站或省确认",
    "table not read; weight bands are expected to differ from 2002 because the unit moved from 50 kg to 45 kg": (
        "表没有读到；羊单位由 50 kg 改为 45 kg，体重分级应与 2002 版不同"
    ),
    "provincial rule of thumb; pig included although not a grazing animal": "省里的惯用数；猪不放牧，也列在内",
    "multiplied with the adult coefficient of the same species; months for weaning are an assumption": "与同畜种成年系数相乘；断奶月龄是假定的",
    "policy choice, carbon.md §2": "这是一项选择，须由旗县确认",
    "policy choice, carbon.md §2; the 2019 edition has no class moderately degraded": "这是一项选择，须由旗县确认；2019 版没有“中度退化”一类",
    "applied at peak yield; other months differ strongly, see worked example S07": "用于产草高峰期；其他月份相差很大",
    "single value per species as quoted by the study": "研究引用时每畜种一个数",
    "age limit of the young class is readable; share of herd and coefficient are not": "幼畜年龄界限可以辨认；占群体比例和系数认不出",
    "machine-extracted fragment with digits run together; reading is probable, not certain; sheep, goat, yak, cattle, camel "
    "cells unreadable": "机器识别的残文，数字连在一起，读法可能但不确定；绵羊、山羊、牦牛、牛、骆驼各格认不出",
    "the table says cattle; yak taken with them": "表中写的是牛，牦牛按牛计",
    "the table says cattle; buffalo taken with them": "表中写的是牛，水牛按牛计",
    "not named in the table; taken with horse and donkey": "表中没有写，按马和驴计",
    "value the authors say they took from the standard; 52.5 and 42.5 are mid-points of the recollected whole-year ranges "
    "50-55 and 40-45": "作者称取自标准；52.5 和 42.5 是凭记忆的全年范围 50–55 和 40–45 的中点",
    "percentage OF the tabulated rate, not of the yield; severe = stop grazing": "是表列利用率的百分数，不是产草量的；重度退化即停止放牧",
    "s in the NPP route": "净初级生产力算法中的 s",
    "weights of the study's example; editable": "研究示例中的权重，可以改",
    "the horse value 2 is an outlier against every other source": "马取 2，与其他来源都不符",
    "counted at the end of June or later most lambs are weaned; give age_months where they are not": (
        "6 月末及以后清点，多数羔羊已断奶；没有断奶的请填月龄"
    ),
    "older than 18 months count as adult; give age_months where known": "18 月龄以上按成年计；知道月龄的请填",
    "the same words in Gansu 2022 art. 42 and DB63/T 2334-2024": "甘肃 2022 年条例第 42 条和 DB63/T 2334-2024 文字相同",
    "superseded in 2015": "2015 年已被取代",
    "the digits of the daily intake are unreadable; it is not 1.8": "日食量的数字认不出，但不是 1.8",
    "intake in hay not read": "以干草计的日食量没有读到",
    "the unit itself: adult sheep of 45 kg eating 1.8 kg standard hay a day": "羊单位本身：45 kg 成年羊，每天 1.8 kg 标准干草",
    "second, independent quotation of the same page": "同一页的另一处独立转引",
    "camel figure unreadable in the page": "网页上骆驼的数字认不出",
    "with no verified table use 1.00 for every class and show that it was used": "没有核实的表时，各类一律用 1.00，并写明",
    "Chinese grade names are ours": "中文等级名为本程序所拟",
    "overload rate above 10 %": "超载率高于 10%",
    "text says from 10 to 30": "原文写 10 至 30",
    "older than the 2021 regional regulation; check precedence": "早于 2021 年自治区条例，请核对效力",
    "title unread; keep for history only": "标题没有读到，只作历史留存",
    "history only": "只作历史留存",
    "summary of sheep_unit_adult.csv, rows marked A, A-part or B; goat, cattle are quoted twice from one ministry page": (
        "成年畜系数汇总，取标记为 A、A-part、B 的各行；山羊、黄牛两处转引自同一网页"
    ),
    "summary of sheep_unit_adult.csv, rows marked A, A-part or B; goat, cattle are quoted twice from one ministry page (8.0 is for "
    "animals >500 kg)": "成年畜系数汇总，取标记为 A、A-part、B 的各行；山羊、黄牛两处转引自同一网页（8.0 是 500 kg 以上的）",
    "summary of sheep_unit_adult.csv, rows marked A, A-part or B; goat, cattle are quoted twice from one ministry page (2 is an "
    "outlier)": "成年畜系数汇总，取标记为 A、A-part、B 的各行；山羊、黄牛两处转引自同一网页（2 与别处都不符）",
    "called a compensation fee, not a fine": "称补偿费，不是罚款",
    "may be fined, up to the maximum": "可以处罚，不超过上限",
    "not corrected in time": "逾期不改正",
    "not corrected in time; also must sell down in time": "逾期不改正；并须限期出栏",
    "ordered to correct": "责令改正",
    "ordered to correct and not corrected in time; decided by sumu/township or sub-district": "责令改正，逾期不改正；由苏木乡镇或街道决定",
    "以上 normally includes the number itself": "“以上”一般含本数",
    "survey rules": "样地调查规则",
    "survey rules: 样地样方表": "样地样方表",
    "survey rules: 草原综合植被盖度": "草原综合植被盖度",
    "14 % moisture": "含水 14%",
    # formulas with words in them
    "Δ = E(then) − E(now)": "Δ = E(以后) − E(现在)",
    "Σ supply": "各项之和",
}
_EN: Mapping[str, str] = {
    words: words.replace("sheep_unit_adult.csv", "the table of adult stock")
    for words in _ZH
    if "sheep_unit_adult.csv" in words
}


def published(words: str) -> Text:
    """Return words of a table in both languages."""
    return Text(_ZH.get(words, words), _EN.get(words, words))
