"""What can be wrong at the county's end: code, how grave, what happened and what to do."""

from __future__ import annotations

from station_app.domain.problems import Severity
from station_app.exchange.package.codes import Coded

_E = Severity.ERROR


class Found(Coded):
    """Problems of receiving and reviewing (RCV)."""

    NOT_A_COUNTY = (
        "RCV-001",
        _E,
        "本工作站是站级，不能接收上报包。请在县级工作站接收；县里发来的包用“导入回执”。",
        "This workspace is a station's and takes no station packages. Receive them on a county workspace; what the county "
        "sends is applied as a receipt.",
    )
    NOT_FROM_BELOW = (
        "RCV-002",
        _E,
        "这个包来自上级或同级单位“{name}”，不是下级上报的包。上级发来的包请用“导入回执”。",
        "This package comes from “{name}”, which is not below this workplace. What comes from above is applied as a receipt.",
    )
    NOTHING_TO_REVIEW = (
        "RCV-003",
        _E,
        "没有可以审核的记录：所选记录不在库里，或有冲突。请刷新列表，先处理冲突。",
        "There is nothing to review: the records are not here or are in conflict. Refresh the list and settle conflicts "
        "first.",
    )
    REASON_NEEDED = (
        "RCV-004",
        _E,
        "退回时请写明原因，站里要据此更正。",
        "Say why it is returned; the station corrects it by that.",
    )
    DOES_NOT_ADD_UP = (
        "RCV-007",
        _E,
        "不能认可，有 {count} 处对不上：{some}。请退回站里改正，或先处理所列问题。",
        "Not accepted: {count} things do not add up: {some}. Return it to the station, or settle what is listed first.",
    )
    NOT_IN_QUARANTINE = (
        "RCV-005",
        _E,
        "这个版本不在暂存中，或已经处理过。请刷新列表。",
        "This version is not set aside, or has been dealt with. Refresh the list.",
    )
