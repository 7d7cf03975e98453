"""Everything that can be wrong with a package, a card or a receipt: code, how grave, what happened and what to do.

ERROR refuses the package as a whole, HOLD sets single versions aside until a person decides, WARN and INFO are shown.
Codes are stable; help, tests and other rooms refer to them.
"""

from __future__ import annotations

from enum import Enum

from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text

_E, _H, _W, _I = Severity.ERROR, Severity.HOLD, Severity.WARN, Severity.INFO


class Coded(Enum):
    """Base of the lists of problems: (code, severity, Chinese sentence, English sentence)."""

    @property
    def code(self) -> str:
        return str(self.value[0])

    @property
    def severity(self) -> Severity:
        found: Severity = self.value[1]
        return found

    def text(self, **values: object) -> Text:
        """Return the sentence with its placeholders filled."""
        return Text(self.value[2], self.value[3]).format(**values)

    def problem(self, place: str = "", **values: object) -> Problem:
        """Return the finding at ``place`` (file, row)."""
        return Problem(self.code, self.severity, self.text(**values), place=place)

    def error(self, place: str = "", **values: object) -> UserError:
        """Return the exception that stops the step."""
        return UserError(self.code, self.text(**values), problems=(self.problem(place, **values),))


class Found(Coded):
    """Problems of packages (PKG) and receipts (RCP)."""

    # --- the file ----------------------------------------------------------------------------------------------------
    DAMAGED = (
        "PKG-001",
        _E,
        "这个包不完整或已损坏({detail})。请重新拷贝；仍然不行时请对方重新发送。",
        "The package is cut short or damaged ({detail}). Copy it again; if that fails ask for it to be sent again.",
    )
    FOREIGN_NAME = (
        "PKG-002",
        _E,
        "包里有不该有的文件“{name}”，整个包不予接收。请用本程序生成的原包重新发送。",
        "The package holds a file that does not belong there: “{name}”. Nothing was taken in; send the package as the "
        "program built it.",
    )
    DUPLICATE_NAME = (
        "PKG-003",
        _E,
        "包里有重名的文件“{name}”，整个包不予接收。请用本程序生成的原包重新发送。",
        "The package holds “{name}” twice (or under names that look the same). Nothing was taken in; send the package as "
        "the program built it.",
    )
    NOT_A_FILE = (
        "PKG-004",
        _E,
        "包里的“{name}”不是普通文件(链接、文件夹、加密或特殊压缩)，整个包不予接收。请重新发送原包。",
        "“{name}” in the package is no plain file (a link, folder, encrypted or unknown compression). Nothing was taken "
        "in; send the original package.",
    )
    TOO_LARGE = (
        "PKG-005",
        _E,
        "包里的“{name}”过大({size}，上限 {limit})，不予读取。请分批打包后再发送。",
        "“{name}” in the package is too large ({size}, limit {limit}) and is not read. Pack and send in smaller portions.",
    )
    SUSPICIOUS_RATIO = (
        "PKG-006",
        _E,
        "包里的“{name}”压缩比异常，像是压缩炸弹，不予解开。请向发送单位核实。",
        "“{name}” in the package is compressed beyond reason, like a zip bomb, and is not unpacked. Ask the sender.",
    )
    PART_MISSING = (
        "PKG-007",
        _E,
        "包里缺少“{name}”。这不是本程序生成的上报包，或文件被改动过。请重新发送原包。",
        "“{name}” is missing from the package: it is not one of ours, or was changed. Send the original package.",
    )
    REPACKED = (
        "PKG-008",
        _E,
        "这个包被重新压缩或夹带了别的内容，不是原样的上报包。请发送程序生成的原文件，不要解压再压缩。",
        "The package was packed again or carries something between its files. Send the file as the program wrote it, "
        "without unpacking it.",
    )
    UNREADABLE = (
        "PKG-009",
        _E,
        "打不开文件({path}):{why}。请检查 U 盘或网络文件夹是否还在。",
        "The file cannot be opened ({path}): {why}. Check that the stick or network folder is still there.",
    )

    # --- the manifest ------------------------------------------------------------------------------------------------
    BAD_JSON = (
        "PKG-010",
        _E,
        "包的清单 datapackage.json 不是规范的 JSON({why})。请重新发送原包。",
        "The manifest datapackage.json is not proper JSON ({why}). Send the original package.",
    )
    BAD_MANIFEST = (
        "PKG-011",
        _E,
        "包的清单内容不合规定：{what}。请重新发送原包；仍出现时请把包交给技术支持。",
        "The manifest does not keep to the format: {what}. Send the original package; if it happens again give it to "
        "support.",
    )
    NEWER_FORMAT = (
        "PKG-012",
        _E,
        "这个包由更新的程序({program})生成，本程序还读不懂({what})。请先更新本程序再接收，包不会失效。",
        "The package was built by a newer program ({program}) and cannot be read yet ({what}). Update this program, then "
        "take it in; the package stays valid.",
    )
    NOT_LISTED = (
        "PKG-013",
        _E,
        "包里的“{name}”不在清单中，整个包不予接收。请重新发送原包。",
        "“{name}” is in the package but not in its manifest. Nothing was taken in; send the original package.",
    )
    LISTED_MISSING = (
        "PKG-014",
        _E,
        "清单中的“{name}”不在包里，包不完整。请重新发送原包。",
        "“{name}” is in the manifest but not in the package. Send the original package.",
    )
    HASH_DIFFERS = (
        "PKG-015",
        _E,
        "“{name}”的内容与清单记载的长度或校验值不符，内容被改动或损坏。请重新发送原包。",
        "“{name}” does not have the length or hash its manifest says: it was changed or damaged. Send the original package.",
    )
    SCHEMA_DIFFERS = (
        "PKG-016",
        _E,
        "“{name}”的表头或字段类型与规定不符({what})。请核对双方程序版本后重新发送。",
        "The columns of “{name}” are not as agreed ({what}). Compare the program versions of both sides and send again.",
    )
    RENAMED = (
        "PKG-017",
        _W,
        "文件名“{name}”与包内记载的“{expected}”不同，按包内记载处理。",
        "The file is called “{name}” but says inside that it is “{expected}”; what is inside counts.",
    )

    # --- the signature -----------------------------------------------------------------------------------------------
    BAD_SIGNATURE = (
        "PKG-020",
        _E,
        "签名与内容不符({why})，包在签名后被改动过。请不要接收，联系发送单位重新发送。",
        "The signature does not fit the content ({why}): the package was changed after signing. Do not take it in; ask the "
        "sender to send it again.",
    )
    UNKNOWN_KEY = (
        "PKG-021",
        _E,
        "签名密钥({fingerprint})不在已登记的单位中。请先核对并登记该单位的身份卡，再接收。",
        "The signing key ({fingerprint}) belongs to no registered unit. Check and register the sender's card first.",
    )
    REVOKED_KEY = (
        "PKG-022",
        _E,
        "签名密钥({fingerprint})已停用。请联系发送单位，用新登记的设备重新打包。",
        "The signing key ({fingerprint}) was revoked. Ask the sender to pack again on a registered device.",
    )
    WRONG_NAMESPACE = (
        "PKG-023",
        _E,
        "签名不是为上报包作出的(用途“{namespace}”)。请重新发送原包。",
        "The signature was not made for packages (namespace “{namespace}”). Send the original package.",
    )
    NOT_THE_DEVICE = (
        "PKG-024",
        _E,
        "包自称来自设备 {claimed}，却由设备 {signer} 签名，不予接收。请向发送单位核实。",
        "The package says it comes from device {claimed} but was signed by device {signer}. Nothing was taken in; ask the "
        "sender.",
    )
    KEY_NOT_VALID = (
        "PKG-025",
        _E,
        "签名密钥({fingerprint})现在不在有效期内，或不许用于上报包。请核对身份卡和本机时钟。",
        "The signing key ({fingerprint}) is not valid now or not for packages. Check the card and this machine's clock.",
    )
    SIGNER_NOT_CHECKED = (
        "PKG-026",
        _W,
        "签名与内容相符，但没有给出登记名单，不能确认签名人({fingerprint})是谁。",
        "The signature fits the content, but without a list of allowed signers nobody knows whose key {fingerprint} is.",
    )
    NO_DEVICE_KEY = (
        "PKG-030",
        _E,
        "读不了本机的签名密钥({path})。请从备份恢复 keys 文件夹；实在没有时新建工作站，并把新的身份卡交给县里。",
        "The signing key of this device cannot be read ({path}). Restore the keys folder from a backup; failing that, make "
        "a new workspace and hand its card to the county.",
    )
    BAD_SIGNERS_FILE = (
        "PKG-031",
        _E,
        "读不了签名人名单({path}):{why}。请从县里重新取得这份名单。",
        "The list of allowed signers cannot be read ({path}): {why}. Get the list from the county again.",
    )

    # --- the content -------------------------------------------------------------------------------------------------
    BROKEN_TABLE = (
        "PKG-040",
        _E,
        "表中此行不是规范的 CSV({why})。请重新发送原包。",
        "This row of the table is not proper CSV ({why}). Send the original package.",
    )
    WRONG_TYPE = (
        "PKG-041",
        _E,
        "“{column}”的内容不是{kind}。包由不合规的程序生成，请联系发送单位。",
        "“{column}” does not hold a {kind}. The package was built by a faulty program; tell the sender.",
    )
    OUT_OF_BOUNDS = (
        "PKG-042",
        _H,
        "“{column}”的值缺失、超出允许范围或不在代码表中，此版本暂存待查。请核对双方程序版本，或请站里更正后再报。",
        "“{column}” is missing, beyond its bounds or no known code; this version is set aside. Compare program versions, "
        "or have the station correct and send it again.",
    )
    WRONG_VERSION_ID = (
        "PKG-043",
        _E,
        "此行内容与其版本编号不符，内容被改动过。请重新发送原包。",
        "The content of this row does not match its version id: it was changed. Send the original package.",
    )
    WRONG_ORDER = (
        "PKG-044",
        _E,
        "此行重复，或没有按时间和编号排列。请重新发送原包。",
        "This row is there twice, or rows are not ordered by clock and id. Send the original package.",
    )
    STRAY_LINE = (
        "PKG-045",
        _E,
        "明细行不属于任何记录，或行号不连续。请重新发送原包。",
        "A line belongs to no record, or line numbers are not consecutive. Send the original package.",
    )
    NOT_THEIRS_TO_AUTHOR = (
        "PKG-046",
        _H,
        "“{type}”不由{role}填写，此版本暂存，不入库。请向发送单位核实；确需更改时由有权单位填写。",
        "{type} is not authored by a {role}; this version is set aside, not applied. Ask the sender; a change must come from "
        "who may author it.",
    )
    NOT_THEIRS_TO_PASS_ON = (
        "PKG-047",
        _H,
        "此版本出自设备 {device}，本机没有登记它，或不应由该单位转交，暂存不入库。请先登记该设备的身份卡。",
        "This version comes from device {device}, which is not registered here or not for this sender to pass on. It is set "
        "aside; register the card of that device first.",
    )
    UNKNOWN_TYPE = (
        "PKG-048",
        _H,
        "本程序还不认识“{type}”这类记录，版本暂存。请更新本程序，更新后再处理暂存。",
        "This program does not know records called “{type}” yet; their versions are set aside. Update the program, then "
        "look at what was set aside again.",
    )
    COUNTS_DIFFER = (
        "PKG-049",
        _E,
        "“{type}”清单记载 {stated} 个版本，实有 {counted} 个。请重新发送原包。",
        "The manifest says {stated} versions of “{type}”, there are {counted}. Send the original package.",
    )
    TOTALS_DIFFER = (
        "PKG-050",
        _E,
        "控制总数“{name}”清单为 {stated}，按内容计算为 {counted}。请重新发送原包。",
        "The control total “{name}” is {stated} in the manifest but {counted} by the content. Send the original package.",
    )
    ATTACHMENT_MISSING = (
        "PKG-051",
        _W,
        "附件 {name} 不在包里(发送单位也没有找到)。其余内容不受影响；请站里补上附件。",
        "Attachment {name} is not in the package (the sender did not find it either). All else is unaffected; ask the "
        "station for it.",
    )

    # --- the chain ---------------------------------------------------------------------------------------------------
    GAP = (
        "PKG-055",
        _W,
        "缺少设备 {device} 的第 {missing} 号包。这个包可以先接收；请向该单位索要缺少的包。",
        "Package {missing} of device {device} has not arrived. This one can be taken in; ask the sender for the missing one.",
    )
    REPEAT = (
        "PKG-056",
        _I,
        "这个包已经接收过({received})，不会重复入库。",
        "This package was taken in before ({received}) and is not taken in twice.",
    )
    FORKED = (
        "PKG-057",
        _E,
        "设备 {device} 的第 {sequence} 号包已收到过内容不同的另一个，不予接收。可能是工作站文件夹被复制到两台"
        "电脑使用，或恢复过旧备份；请该站停用其中一份，并与县里核对。",
        "Another package number {sequence} with different content already arrived from device {device}. The workspace "
        "folder may have been copied to a second machine or put back from an old copy; have the station stop using one "
        "of them, and compare with the county.",
    )
    NOT_FOR_US = (
        "PKG-058",
        _E,
        "这个包是发给设备 {recipient} 的，本机是 {device}。请转交给对应的单位。",
        "This package is meant for device {recipient}; this is {device}. Hand it to the right unit.",
    )
    FROM_OURSELVES = (
        "PKG-059",
        _E,
        "这是本机自己生成的包，不用接收。请把它交给县里。",
        "This package was built on this very device; there is nothing to take in. Hand it to the county.",
    )

    # --- building ----------------------------------------------------------------------------------------------------
    NOTHING_TO_SEND = (
        "PKG-060",
        _E,
        "没有需要上报的新内容。已打包的内容可在“上报”页重新导出。",
        "There is nothing new to send. What was packed before can be written again on the Exchange page.",
    )
    NAME_TAKEN = (
        "PKG-061",
        _E,
        "文件夹里已有同名但内容不同的文件({path})。请把它移走或另选文件夹。",
        "There is a different file of that name already ({path}). Move it away or choose another folder.",
    )
    CANNOT_WRITE = (
        "PKG-062",
        _E,
        "写不了包({path}):{why}。请检查磁盘空间和 U 盘后重试，数据没有变化。",
        "The package cannot be written ({path}): {why}. Check space and stick and try again; no data changed.",
    )
    OWN_CHECK_FAILED = (
        "PKG-063",
        _E,
        "刚生成的包没有通过自检({detail})，已丢弃，没有上报任何内容。请把这条提示交给技术支持。",
        "The package just built did not pass its own check ({detail}) and was thrown away; nothing was sent. Show this "
        "message to support.",
    )
    NO_SUCH_PACKAGE = (
        "PKG-064",
        _E,
        "本机没有生成过第 {sequence} 号包。请在“上报”页查看已有的包。",
        "This device never built package {sequence}. The Exchange page lists what there is.",
    )
    BUILT_MEANWHILE = (
        "PKG-065",
        _E,
        "打包期间另有一个包刚刚生成。请再打包一次。",
        "Another package was finished while this one was being built. Pack once more.",
    )
    UNKNOWN_RECIPIENT = (
        "PKG-066",
        _E,
        "没有登记设备 {device} 的身份卡，不能给它打包。请先登记身份卡。",
        "The card of device {device} is not registered, so nothing can be packed for it. Register its card first.",
    )
    CANNOT_REPEAT = (
        "PKG-067",
        _E,
        "第 {sequence} 号包按日志重写后与原包不符({name})，没有写出。请运行“检查”，并把结果交给技术支持。",
        "Package {sequence}, written again from the journal, differs from the original ({name}) and was not written. Run "
        "the check and show its result to support.",
    )

    DOES_NOT_ADD_UP = (
        "PKG-068",
        _E,
        "入库后清点不符(包内 {stated}，入库 {here}，暂存 {held})，已全部退回，数据没有变化。请运行“检查”。",
        "The count after taking the package in does not add up (package {stated}, journal {here}, set aside {held}). "
        "Everything was rolled back; run the check.",
    )

    JOURNAL_DAMAGED = (
        "PKG-069",
        _E,
        "日志中的版本 {version} 与其编号不符，数据文件有损坏，没有打包。请运行“检查”，并从备份恢复。",
        "Version {version} in the journal does not match its id: the data file is damaged, nothing was packed. Run the "
        "check and restore from a backup.",
    )

    # --- cards -------------------------------------------------------------------------------------------------------
    BAD_CARD = (
        "PKG-070",
        _E,
        "这不是完好的身份卡({path}):{why}。请对方重新导出身份卡。",
        "This is not a sound card ({path}): {why}. Ask the other side to export its card again.",
    )
    OWN_CARD = (
        "PKG-071",
        _E,
        "这是本机自己的身份卡。请把它交给对方，再登记对方的身份卡。",
        "This is this device's own card. Hand it to the other side and register theirs.",
    )
    CARD_REVOKED = (
        "PKG-072",
        _E,
        "设备 {device} 的身份卡已在 {when} 停用。确认要重新启用时，请在“设备”中先恢复它。",
        "The card of device {device} was revoked on {when}. If it is to be used again, reinstate it under Devices first.",
    )
    NO_SUCH_CARD = (
        "PKG-073",
        _E,
        "没有登记过设备 {device} 的身份卡。请查看已登记的设备。",
        "No card of device {device} is registered. Look at the list of devices.",
    )
    NOT_A_COLLEAGUE = (
        "PKG-074",
        _E,
        "这个包由“{name}”签发，不是本单位另一台电脑打给本机的包。请让同事用“打包给同事”重新打包。",
        "This package was signed by “{name}” and is not one that another laptop of this organisation made for this one. Ask "
        "your colleague to use “Package for a colleague”.",
    )

    DOES_NOT_AGREE = (
        "PKG-075",
        _H,
        "{record}“{title}”：{why}此版本暂存，不入库；请站里改正后重报。",
        "{record} “{title}”: {why} This version is set aside; the station corrects it and sends it again.",
    )
    WRONG_MONEY = (
        "PKG-076",
        _E,
        "有 {count} 处金额、面积或笔数对不上，没有打包：{some}。请按提示改正(批次合计可“重新合计”)，或作废有问题的批次，再打包。",
        "{count} amounts, areas or counts do not add up, so nothing was packed: {some}. Correct them as shown (the totals of a "
        "batch can be worked out anew), or void the batch concerned; then pack.",
    )

    # --- receipts ----------------------------------------------------------------------------------------------------
    NOT_FROM_ABOVE = (
        "RCP-001",
        _E,
        "这个包由“{name}”签发，不是上级单位，不能作为回执。请向县里索取回执。",
        "This package was signed by “{name}”, which is no unit above this one, so it is no receipt. Ask the county.",
    )
    NOT_OUR_PACKAGE = (
        "RCP-002",
        _H,
        "回执所指的第 {sequence} 号包与本机打过的包不一致，此回执暂存。请与县里核对该包。",
        "The receipt is about a package {sequence} this device did not build; it is set aside. Compare that package with "
        "the county.",
    )
    NAMES_STRANGE_VERSIONS = (
        "RCP-003",
        _H,
        "回执里有 {count} 个版本不在所指的包中，此回执暂存。请与县里核对。",
        "The receipt names {count} versions that were not in its package; it is set aside. Compare with the county.",
    )
    OFFER_AGAIN = (
        "RCP-004",
        _W,
        "县里缺少已送过的第 {missing} 号包(可能恢复过备份)。下次打包时会再次送出，请一并交给县里。",
        "The county lacks package {missing} sent before (it may have restored a backup). It is written again with the next "
        "package; hand it over too.",
    )
    SENDER_RESTORED = (
        "RCP-005",
        _W,
        "上级单位的第 {sequence} 号包与以前收到的不同，它可能恢复过旧备份。内容已照常核对；请提醒上级核对数据。",
        "The unit above sent another package number {sequence} than before; it may have been put back from an old copy. Its "
        "content was checked as always; remind it to compare its data.",
    )
