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
}


def published(words: str) -> Text:
    """Return words of a table in both languages."""
    return Text(_ZH.get(words, words), words)
