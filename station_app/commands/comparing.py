"""What the command line says of what a package changes, and its question before it goes on."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from station_app.domain.text import Text

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.exchange.package.comparison import Change, Comparison, Total

TOTALS = Text(
    "合计：上次 → 这次；上次没有的另计为“新”", "Totals: last time → now; what has no last time is counted apart as new"
)
NEW = Text("{label}：新 {n}", "{label}: new {n}")
BESIDE_NEW = Text("{label}：{before} → {after}{percent}；新 {n}", "{label}: {before} → {after}{percent}; new {n}")
MOVED = Text("{label}：{before} → {after}{percent}", "{label}: {before} → {after}{percent}")
LARGEST = Text("最大的变化：", "Largest changes:")
ASK = Text("有 {n} 个数看起来不寻常（▲）。看过以后加上 --confirm-unlikely 再执行。",
           "{n} numbers look unlikely (▲). Look at them, then add --confirm-unlikely.")  # fmt: skip

ASK_TWICE = Text("有 {n} 项会重复登记。看过以后加上 --confirm-unlikely 再执行。",
                 "{n} would be on record twice. Look at them, then add --confirm-unlikely.")  # fmt: skip


def may_go_on(out: Output, comparison: Comparison, *, confirmed: bool) -> bool:
    """Print totals beside the last time's and the largest changes; whether nothing unlikely or entered twice waits for a word."""
    out.put(comparison=_plain(comparison, out.language))
    if comparison.totals:
        out.say(TOTALS.zh, TOTALS.en)
        for total in comparison.totals:
            line = total_line(total)
            out.say(f"  {line.zh}", f"  {line.en}")
    if comparison.changes:
        out.say(LARGEST.zh, LARGEST.en)
        for change in comparison.changes:
            line = change_line(change)
            out.say(f"  {line.zh}", f"  {line.en}")
            for problem in change.problems:
                out.say(f"      {problem.code} {problem.text.zh}", f"      {problem.code} {problem.text.en}")
    if not comparison.asks or confirmed:
        return True
    for ask, number in ((ASK, comparison.unlikely), (ASK_TWICE, comparison.twins)):
        if number:
            asked = ask.format(n=number)
            out.say(asked.zh, asked.en)
    return False


def number_text(value: Decimal, places: int) -> str:
    """Return a sum with thousands apart."""
    return f"{value:,.{places}f}"


def total_line(total: Total) -> Text:
    """Return a total in one line."""
    percent = f" ({total.percent:+}%)" if total.percent is not None and total.difference else ""
    said = MOVED if not total.new else BESIDE_NEW if total.before or total.after else NEW
    return said.format(label=total.label, n=number_text(total.new, total.places), percent=percent,
                       before=number_text(total.before, total.places), after=number_text(total.after, total.places))  # fmt: skip


def change_line(change: Change) -> Text:
    """Return a change in one line: whose, what, before → after."""
    sign = "▲ " if change.problems else ""
    part = f"{change.before or '—'} → {change.after}"
    when = f" [{change.of}]" if change.of else ""
    return Text(
        f"{sign}{change.title}{when} {change.label.zh} {part}", f"{sign}{change.title}{when} {change.label.en} {part}"
    )


def _plain(comparison: Comparison, language: str) -> dict[str, object]:
    return {
        "unlikely": comparison.unlikely,
        "twins": comparison.twins,
        "totals": [
            {"label": t.label.to(language), "before": t.before, "after": t.after, "new": t.new} for t in comparison.totals
        ],
        "changes": [
            {"title": c.title, "of": c.of, "label": c.label.to(language), "before": c.before, "after": c.after,
             "problems": [p.code for p in c.problems], "reason": c.reason} for c in comparison.changes],
    }  # fmt: skip
