"""Asks the guards where a state is changed: who is signed in may do this, by this way, and has not made what is decided about.

While a workplace has no account, everything is allowed as it always was. From its second account on, what
``guards.TWO_PERSONS`` names needs somebody who did not touch it; that stands in the journal and is not switched off.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from station_app.domain.accounts import AccountProblem, AccountRole, mark_of
from station_app.domain.guards import TWO_PERSONS, Act, Route, may, refusal
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import all_types
from station_app.domain.text import Text
from station_app.storage.workspace import Workspace

ABOUT_OTHERS = ", ".join(f"'{kind.name}'" for kind in all_types() if kind.is_about_others)
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

# Units of others that have had two accounts; and versions of theirs, with who there reviewed them.
_OF_TWO = """void=0 AND organisation_code IN (SELECT organisation_code FROM account WHERE void=0 GROUP BY 1 HAVING count(*) > 1)
             AND organisation_code<>(SELECT value FROM setting WHERE key='workspace.org_code')"""
_SEEN = f"""SELECT v.record_id, v.record_type, c.org_code, r.author FROM version v JOIN card c ON c.device_id=v.device
    LEFT JOIN progress g ON g.version_id=v.version_id AND g.review='reviewed'
    LEFT JOIN review r ON r.record_id=g.review_id AND r.void=0
    WHERE v.version_id IN ({{versions}}) AND v.record_type NOT IN ({ABOUT_OTHERS})
    AND NOT EXISTS (SELECT 1 FROM version_parent q WHERE q.parent_id=v.version_id)
    AND c.org_code IN (SELECT organisation_code FROM account WHERE {_OF_TWO})"""


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
    by = touched(workspace, act, record_ids)
    mine = {record_id: each.kind for record_id, each in by.items() if each.mine}
    unknown = {record_id: each.kind for record_id, each in by.items() if each.unknown}
    for found, of in ((AccountProblem.SECOND_PERSON, mine), (AccountProblem.AUTHOR_UNKNOWN, unknown)):
        for record_id, kind in of.items():
            title = workspace.read.titles(kind, [record_id]).get(record_id, record_id)
            return found.problem(act=act.text, count=len(of), title=title, who=others_who_may(workspace, act))
    return None


@dataclass(slots=True)
class Touched:
    """Who wrote what nobody has decided about yet of one record: marks of accounts, and whether who is signed in is one of them,
    somebody of this unit, or somebody of this unit nobody knows."""

    kind: str
    marks: set[str] = field(default_factory=set)
    mine: bool = False
    ours: bool = False
    unknown: bool = False


def touched(workspace: Workspace, act: Act, record_ids: Sequence[str]) -> dict[str, Touched]:
    """Return by record_id who touched records since the last decision, for an act that decides about them."""
    my_mark = mark_of(workspace.identity.signature)
    known = {mark for (mark,) in workspace.read.sql("SELECT mark FROM account")}
    found: dict[str, Touched] = {}
    for kind, record_id, author, of_our_unit in workspace.read.sql(_TOUCHED, (json.dumps(list(record_ids)), act.value)):
        mark, each = mark_of(author), found.setdefault(record_id, Touched(kind))
        each.marks.update({mark} - {""})
        each.mine = each.mine or bool(mark) and mark == my_mark
        each.ours = each.ours or bool(of_our_unit)
        each.unknown = each.unknown or bool(of_our_unit) and mark not in known
    return found


def left_to_others(workspace: Workspace, act: Act, record_ids: Sequence[str]) -> frozenset[str]:
    """Return those records about which who is signed in may not decide, as ``problem_of`` says why."""
    if act not in TWO_PERSONS or not workspace.has_accounts or not needs_two(workspace):
        return frozenset()
    return frozenset(r for r, each in touched(workspace, act, record_ids).items() if each.mine or each.unknown)


def unseen(workspace: Workspace, versions: str, *values: object) -> dict[str, str]:
    """Return, of versions that came from units where two persons decide, those no second person there has looked at: type by
    record_id. Whoever sends reviews what others entered, so the word travels with the package.

    Args:
        versions: SELECT of version ids, with its ``values``.
    """
    roles = {
        (org, mark): AccountRole(role)
        for org, mark, role in workspace.read.sql(f"SELECT organisation_code, mark, role FROM account WHERE {_OF_TWO}")
    }
    if not roles:
        return {}
    rows = workspace.read.sql(_SEEN.format(versions=versions), values)
    wrote = touched(workspace, Act.ACCEPT, [record_id for record_id, *_ in rows])
    found = {}
    for record_id, kind, org, reviewer in rows:
        marks = wrote[record_id].marks if record_id in wrote else set()
        role = roles.get((org, mark_of(reviewer or "")))
        seen = role is not None and may(Act.REVIEW, role, Route.PACKAGE) and mark_of(reviewer) not in marks
        if marks and not seen:
            found[record_id] = kind
    return found


def roles_held(workspace: Workspace) -> dict[str, set[AccountRole]]:
    """Return by mark every role an account known here has had: what it wrote in one of them stays right after another."""
    found: dict[str, set[AccountRole]] = {}
    for mark, role in workspace.read.sql(
        "SELECT DISTINCT a.mark, json_extract(v.fields, '$.role') FROM account a JOIN version v USING (record_id)"
    ):
        found.setdefault(mark, set()).add(AccountRole(role))
    return found


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
