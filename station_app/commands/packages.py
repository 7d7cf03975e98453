"""Commands about packages, their receipts, and the cards by which machines know one another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.commands import comparing
from station_app.commands.command import WORKSPACE, argument, command, refuse_keys, workspace_command
from station_app.county import quarantine, receive
from station_app.domain.problems import UserError
from station_app.exchange.package import build, cards, colleagues, handover, receipts, verify, view
from station_app.exchange.package.handover import LOST, REPLACED
from station_app.services import checking

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.workspace import Workspace

CONFIRM_UNLIKELY = argument(
    "--confirm-unlikely",
    action="store_true",
    help="go on with what is unlikely or entered twice / 确认不寻常的数和重复登记",
)
FILE, OUT = argument("file", type=Path), argument("--out", type=Path, required=True)


@workspace_command(
    "package",
    "生成上报包。",
    OUT,
    argument("--to", default=None, metavar="DEVICE", help="another laptop of this station, or one below / 给哪台设备"),
    argument("--whole", action="store_true", help="with --to: all its unit ever sent, after a loss / 全部交还"),
    argument("--again", type=int, default=None, metavar="NUMBER", help="a package built before / 重写第几号包"),
    CONFIRM_UNLIKELY,
    argument(
        "--confirm-unverified",
        action="store_true",
        help="send schemes on unverified coefficients / 确认用未核实系数上报",
    ),
)
def run_package(workspace: Workspace, args: argparse.Namespace, out: Output) -> int | None:
    """Pack what has not been packed yet, signed; or write a package built before once more, the same bytes."""
    if args.again is not None:
        args.out.mkdir(parents=True, exist_ok=True)
        path = build.rewrite_package(workspace, args.again, args.out)
        out.say("上报包已重新写出：{path}", "Package written again: {path}", path=path)
        return 0
    held = [] if args.to else checking.confirm_unverified(workspace, confirmed=args.confirm_unverified)
    for each in held:
        out.problem(each)
    if held:
        out.say(
            "要上报的方案用了未核实的系数。看过以后加上 --confirm-unverified 再打包。",
            "What is to be sent rests on unverified coefficients. Look at them, then add --confirm-unverified.",
        )
        return 1
    comparison = build.compare_package(workspace, recipient=args.to, everything=args.whole, context=out.progress())
    if not comparing.may_go_on(out, comparison, confirmed=args.confirm_unlikely):
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    built = build.build_package(workspace, args.out, recipient=args.to, everything=args.whole, context=out.progress())
    out.put(sequence=built.sequence, totals=built.totals)
    out.say(
        "上报包已生成并签名：{path}({versions} 个版本)",
        "Package built and signed: {path} ({versions} versions)",
        path=built.path,
        versions=built.versions,
    )
    return 0


@command(
    "verify",
    "检查上报包。",
    FILE,
    argument("--allowed-signers", type=Path, default=None, help="OpenSSH register of known keys / 已知公钥表"),
)
def run_verify(args: argparse.Namespace, out: Output) -> int:
    """Check a package without a workspace."""
    report = verify.verify_package(args.file, args.allowed_signers)
    for problem in report.problems:
        out.problem(problem)
    out.put(ok=report.ok, counts=report.counts, totals=report.totals, signer=report.signer)
    if report.ok:
        out.say("包完好，签名有效。", "The package is sound and its signature valid.")
    else:
        out.say("包没有通过检查。", "The package did not pass.")
    return 0 if report.ok else 1


@command("package-csv", "把上报包里的记录写成 CSV 表。", FILE, OUT)
def run_package_csv(args: argparse.Namespace, out: Output) -> None:
    """Write the tables of a package as CSV files, with a descriptor that stock tools read."""
    files = view.write_view(args.file, args.out)
    out.put(files=[str(path) for path in files])
    out.say(f"已写出 {len(files)} 个文件。", f"{len(files)} files written.")


@workspace_command("receive", "县级：接收上报包。", argument("files", type=Path, nargs="+"), OUT, CONFIRM_UNLIKELY)
def run_receive(workspace: Workspace, args: argparse.Namespace, out: Output) -> int:
    """County: take packages in and write signed receipts."""
    failed = 0
    args.out.mkdir(parents=True, exist_ok=True)
    for file in args.files:
        try:
            plan = receive.plan_receive(workspace, file)
            for problem in plan.problems:
                out.problem(problem)
            if plan.ok and not comparing.may_go_on(out, plan.comparison, confirmed=args.confirm_unlikely):
                failed += 1
                continue
            received = receive.apply_receive(workspace, plan, args.out)
            for problem in received.problems[len(plan.problems) :]:
                out.problem(problem)
        except UserError as error:
            failed += 1
            out.error(error)
            continue
        out.result.setdefault("receipts", []).append(
            {"package": file.name, "receipt": received.receipt_path, "counts": received.counts}
        )
        out.say(
            f"{file.name}：已接收，回执 {received.receipt_path}",
            f"{file.name}: received, receipt {received.receipt_path}",
        )
    return 1 if failed else 0


@workspace_command("take", "并入本单位另一台电脑的包。", FILE, CONFIRM_UNLIKELY)
def run_take(workspace: Workspace, args: argparse.Namespace, out: Output) -> int:
    """Merge a package made by another laptop of this organisation."""
    plan = colleagues.plan_taking(workspace, args.file, out.progress())
    for problem in plan.problems:
        out.problem(problem)
    if plan.ok and not comparing.may_go_on(out, plan.comparison, confirmed=args.confirm_unlikely):
        return 1
    taken = colleagues.take_in(workspace, args.file, plan=plan, context=out.progress())
    out.put(counts=taken.counts, repeat=taken.repeat, conflicts=taken.conflicts)
    listed = ", ".join(f"{k} {v}" for k, v in sorted(taken.counts.items())) or "0"
    out.say(f"已并入同事的记录：{listed}", f"The colleague's records were taken in: {listed}")
    return 0


@workspace_command("apply-receipt", "站级：导入回执。", FILE)
def run_apply_receipt(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Station: take a county's signed receipt."""
    applied = receipts.apply_receipt(workspace, args.file)
    for problem in applied.problems:
        out.problem(problem)
    out.put(counts=applied.counts, repeat=applied.repeat, offered_again=applied.offered_again)
    if applied.repeat:
        out.say("这份回执以前已经导入过，没有改变。", "This receipt had been applied before; nothing changed.")
        return
    listed = ", ".join(f"{k} {v}" for k, v in sorted(applied.counts.items()))
    out.say(f"回执有效：{listed}", f"The receipt is valid: {listed}")
    if applied.offered_again:
        numbers = ", ".join(map(str, applied.offered_again))
        out.say(
            f"县里缺第 {numbers} 号包，下次打包时会重新生成。",
            f"The county lacks packages {numbers}; the next build writes them again.",
        )


@workspace_command("card", "导出身份卡。", OUT)
def run_card(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Write this workspace's card: who it is and its public key, for the other side."""
    args.out.mkdir(parents=True, exist_ok=True)
    out.say(
        "身份卡：{path}。请用可靠的途径交给对方。",
        "Card: {path}. Hand it to the other side by a way both trust.",
        path=cards.export_card(workspace, args.out),
    )


@workspace_command(
    "accept-card",
    "登记对方身份卡。",
    FILE,
    argument(
        "--fingerprint",
        default="",
        help="as the other side reads it to you, where the card changes what is known / 与对方核对过的指纹",
    ),
)
def run_accept_card(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Take the other side's card, so that its signature is known here; what it changes of what is known has to be compared."""
    card = cards.accept_card(workspace, args.file, fingerprint=args.fingerprint)
    out.put(device=card.device_id, org=card.org_code, role=card.role.value, fingerprint=card.key.fingerprint)
    out.say("已登记该单位的身份卡。", "The card is registered.")


@workspace_command(
    "revoke-card",
    "停用或恢复对方身份卡。",
    argument("device", help="as coverage prints it / 设备编号"),
    argument("--last", type=int, default=0, metavar="NUMBER", help="its packages up to this one count / 认到第几号包"),
    argument(
        "--why", choices=("revoked", "lost", "left"), default="revoked", help="left: to another county / 停用缘由"
    ),
    argument("--reason", default="", help="goes on record and down to its unit / 原因"),
    argument("--reinstate", action="store_true", help="trust it again / 恢复"),
)
def run_revoke_card(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Stop trusting a machine: packages that have not arrived are refused, but those up to --last; or trust it again."""
    if args.reinstate:
        cards.reinstate_card(workspace, args.device)
        out.say("已恢复设备 {device}。", "Machine {device} is trusted again.", device=args.device)
    else:
        cards.revoke_card(workspace, args.device, last=args.last, reason=args.reason, why=cards.Why(args.why))
        out.say("已停用设备 {device}。", "Machine {device} is trusted no more.", device=args.device)


@command(
    "replace-key",
    "换一把新的签名钥匙。",
    WORKSPACE,
    argument("--lost", action="store_true", help="the old key is gone or in other hands / 旧钥匙丢失或可能外泄"),
)
def run_replace_key(args: argparse.Namespace, out: Output) -> None:
    """Give this workspace a new key: the old one signs that it hands over, and the next package says so. With --lost it says
    nothing, and the county registers the new card after the fingerprint was read to it."""
    refuse_keys(args, out)
    device = handover.replace_key(args.workspace, lost=args.lost)
    out.put(device=device)
    out.say(LOST if args.lost else REPLACED, device=device)


@workspace_command("signers", "导出已登记的公钥。", OUT, looks=True)
def run_signers(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Write the keys known here as OpenSSH reads them, so that others can check packages without this program."""
    args.out.mkdir(parents=True, exist_ok=True)
    out.say("已写好：{path}", "Written: {path}", path=cards.write_allowed_signers(workspace, args.out))


@workspace_command(
    "quarantine",
    "县级：搁置的记录。",
    argument("--reconsider", action="store_true", help="apply what may be applied by now / 重新判断"),
    argument("--put-away", default="", metavar="VERSION", help="keep one refused, out of sight / 收起一条"),
)
def run_quarantine(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """List what was set aside and why; apply what may be applied by now, or put one away for good."""
    if args.reconsider:
        out.say("已并入 {applied} 条。", "Applied: {applied}.", applied=quarantine.reconsider(workspace))
    if args.put_away:
        package = next((q.package_sha256 for q in quarantine.set_aside(workspace) if q.version_id == args.put_away), "")
        quarantine.close(workspace, args.put_away, package)
    waiting = quarantine.set_aside(workspace)
    out.put(waiting=[
        {"version": q.version_id, "type": q.record_type, "package": q.package_name, "code": q.reason_code,
         "reason": q.reason.to(out.language)} for q in waiting
    ])  # fmt: skip
    for each in waiting:
        line = f"{each.version_id}  {each.package_name}  {each.reason_code}"
        out.say(f"{line} {each.reason.zh}", f"{line} {each.reason.en}")
    out.say(f"搁置 {len(waiting)} 条", f"{len(waiting)} set aside")
