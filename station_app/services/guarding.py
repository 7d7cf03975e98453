"""Asks the guards where a state is changed: who is signed in may do this, by this way, and has not made what is decided about.

While a workplace has no account, everything is allowed as it always was. From its second account on, what
``guards.TWO_PERSONS`` names needs somebody who did not touch it; that stands in the journal and is not switched off.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from station_app.domain.accounts import AccountProblem, AccountRole, mark_of
from station_app.domain.guards import TWO_PERSONS, Act, Route, may, refusal
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.storage.workspace import Workspace

OUR_DEVICES = """SELECT value FROM setting WHERE key='workspace.device_id' OR key LIKE 'workspace.former.%'"""
_OF_OUR_UNIT = f"""{OUR_DEVICES} UNION SELECT device_id FROM card WHERE org_code=(SELECT value FROM setting
                   WHERE key='workspace.org_code')"""
_BY_AN_ACCOUNT = "author GLOB '* #[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'"

# Authors of what nobody has decided about yet: versions after the last one that was accepted or, for those of the same
# workplace, reviewed by an account.
_TOUCHED = f"""WITH wanted AS (SELECT value AS record_id FROM json_each(?1)), settled AS (
        SELECT v.record_id, max(v.seq) AS seq FROM wanted JOIN version v USING (record_id)
        JOIN progress g USING (version_id) LEFT JOIN review r ON r.record_id=g.review_id
        WHERE g.review='accepted' AND ?2<>'withdraw' OR g.review='reviewed' AND ?2='review' AND r.{_BY_AN_ACCOUNT}
        GROUP BY v.record_id)
    SELECT DISTINCT v.record_type, v.record_id, v.author, v.device IN ({_OF_OUR_UNIT}) FROM wanted JOIN version v USING (record_id)
    LEFT JOIN settled s USING (record_id) WHERE v.seq > coalesce(s.seq, 0) AND v.device<>'merge'"""


def problem(workspace: Workspace, act: Act, route: Route | None = None) -> Problem | None:
    """Return why who is signed in may not do this now, ``None`` where it may be done; for a button and its tooltip.

    That somebody must not have touched what is decided about is known only with the records (``problem_of``).
    """
    if not workspace.has_accounts:
        return None
    me = workspace.identity
    found = refusal(act, me.account.role if me.account else None, route or workspace.route)
    if found is None and act in TWO_PERSONS and needs_two(workspace):
        if me.account and not me.account.own_pin:
            return AccountProblem.OWN_PIN.problem(name=me.author)
        if act is Act.KEYS and not workspace.present:
            return AccountProblem.TWO_PRESENT.problem(act=act.text)
    return found


def refuse(workspace: Workspace, act: Act, route: Route | None = None) -> None:
    """Raise what ``problem`` finds.

    Raises:
        UserError: ACC-001 nobody is signed in, ACC-002 the role may not, ACC-011 a second person has to be present, ACC-012 who
            decides as the second person has a PIN somebody else chose.
    """
    _raise(problem(workspace, act, route))


def needs_two(workspace: Workspace) -> bool:
    """Whether the rule of two persons stands here: it began with the second account."""
    rows = workspace.read.sql(f"SELECT count(*) FROM account WHERE void=0 AND device_id IN ({OUR_DEVICES})")
    return int(rows[0][0]) > 1


def problem_of(workspace: Workspace, act: Act, record_ids: Sequence[str]) -> Problem | None:
    """Return why who is signed in may not decide about these records: they made them, or it is not known who did."""
    if act not in TWO_PERSONS or not workspace.has_accounts or not needs_two(workspace):
        return None
    mine: dict[str, str] = {}
    unknown: dict[str, str] = {}
    my_mark = mark_of(workspace.identity.signature)
    known = {mark for (mark,) in workspace.read.sql("SELECT mark FROM account")}
    for kind, record_id, author, of_our_unit in workspace.read.sql(_TOUCHED, (json.dumps(list(record_ids)), act.value)):
        mark = mark_of(author)
        if mark and mark == my_mark:
            mine[record_id] = kind
        elif of_our_unit and mark not in known:
            unknown[record_id] = kind
    for found, of in ((AccountProblem.SECOND_PERSON, mine), (AccountProblem.AUTHOR_UNKNOWN, unknown)):
        for record_id, kind in of.items():
            title = workspace.read.titles(kind, [record_id]).get(record_id, record_id)
            return found.problem(act=act.text, count=len(of), title=title, who=others_who_may(workspace, act))
    return None


def refuse_of(workspace: Workspace, act: Act, record_ids: Sequence[str]) -> None:
    """Raise what ``problem`` and ``problem_of`` find.

    Raises:
        UserError: as ``refuse``; ACC-009 one of them was made or touched by who is signed in, ACC-010 it is not known by whom.
    """
    refuse(workspace, act)
    _raise(problem_of(workspace, act, record_ids))


def others_who_may(workspace: Workspace, act: Act) -> Text:
    """Name the other accounts in use that may do an act; where there are none, say how it goes on."""
    rows = workspace.read.sql(
        f"SELECT name, role FROM account WHERE void=0 AND is_active=1 AND mark<>? AND device_id IN ({OUR_DEVICES}) ORDER BY name",
        (mark_of(workspace.identity.signature),),
    )
    names = [name for name, role in rows if may(act, AccountRole(role), Route.WINDOW)]
    if not names:
        return Text("上级单位，或再添加一个有此权限的用户", "the unit above, or another account that may, to be added")
    return Text("、".join(names), ", ".join(names))


def _raise(found: Problem | None) -> None:
    if found is not None:
        raise UserError(found.code, found.text, problems=(found,))
