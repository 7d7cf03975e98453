"""Everything that can be wrong with an update file or with applying it: code, what happened and what to do."""

from __future__ import annotations

from station_app.domain.problems import Severity
from station_app.exchange.package.codes import Coded

_E = Severity.ERROR


class Found(Coded):
    """Problems of update files (UPD)."""

    # --- the file ----------------------------------------------------------------------------------------------------
    UNREADABLE = (
        "UPD-001",
        _E,
        "打不开更新文件（{path}）：{why}。请检查 U 盘或文件夹是否还在，再试一次。",
        "The update file cannot be opened ({path}): {why}. Check that the stick or folder is still there and try again.",
    )
    DAMAGED = (
        "UPD-002",
        _E,
        "更新文件不完整或已损坏（{detail}）。请重新拷贝；仍然不行时请向提供文件的单位重新索取。",
        "The update file is cut short or damaged ({detail}). Copy it again; if that fails ask for it once more.",
    )
    NOT_AN_UPDATE = (
        "UPD-003",
        _E,
        "这不是本程序的更新文件（{detail}）。请选择名称为 GrasslandStation-版本.gsupdate 的文件。",
        "This is not an update file of this program ({detail}). Choose a file called GrasslandStation-VERSION.gsupdate.",
    )
    TOO_LARGE = (
        "UPD-004",
        _E,
        "更新文件里的“{name}”大得不正常，不予读取。请向提供文件的单位核实。",
        "“{name}” in the update file is larger than an update can be and is not read. Ask whoever gave you the file.",
    )
    BAD_MANIFEST = (
        "UPD-005",
        _E,
        "更新文件的清单 update.json 不合规定（{what}）。请向提供文件的单位重新索取。",
        "The list update.json of the update file does not keep to its format ({what}). Ask for the file once more.",
    )
    NEWER_FORMAT = (
        "UPD-006",
        _E,
        "这个更新文件的格式（{found}）比本程序认识的（{known}）新，不能由本程序安装。请直接运行新版本的安装程序。",
        "The format of this update file ({found}) is newer than this program knows ({known}). Run the installer of the "
        "new version itself.",
    )

    # --- who made it -------------------------------------------------------------------------------------------------
    BAD_SIGNATURE = (
        "UPD-010",
        _E,
        "更新文件的签名与内容不符（{why}），文件可能被改动过，没有安装任何内容。请向提供文件的单位重新索取。",
        "The signature of the update file does not fit its content ({why}); it may have been changed. Nothing was "
        "installed; ask for the file once more.",
    )
    FOREIGN_KEY = (
        "UPD-011",
        _E,
        "更新文件由不认识的密钥签名（{fingerprint}），没有安装任何内容。请只使用发布单位提供的更新文件。",
        "The update file is signed by a key that is not known here ({fingerprint}). Nothing was installed; use only files "
        "of the publisher.",
    )
    WITHDRAWN_KEY = (
        "UPD-012",
        _E,
        "给更新文件签名的密钥（{fingerprint}）已作废或不在有效期内，没有安装任何内容。请向发布单位索取新的更新文件。",
        "The key that signed the update file ({fingerprint}) was withdrawn or is not valid now. Nothing was installed; ask "
        "the publisher for a new file.",
    )
    NO_RELEASE_KEY = (
        "UPD-013",
        _E,
        "本程序里没有发布密钥（{path}），无法核对更新文件。从安装包安装的程序带有密钥；请用新版本的安装包直接安装。",
        "This copy of the program holds no release key ({path}), so no update file can be checked. Installed copies have "
        "one; install the new version from its own package.",
    )

    # --- does it fit -------------------------------------------------------------------------------------------------
    OLDER = (
        "UPD-020",
        _E,
        "更新文件是 {version}，比现在的 {here} 旧，不会安装。数据可能已是新格式；要退回旧版本请先看帮助中的“恢复备份”。",
        "The update file is {version}, older than {here} which runs here, and is not installed. Data may have the newer "
        "format already; to go back, read about restoring a backup first.",
    )
    SAME = (
        "UPD-021",
        _E,
        "现在运行的就是 {version}，不需要更新。",
        "{version} is what runs here already; there is nothing to update.",
    )
    TOO_NEW = (
        "UPD-022",
        _E,
        "{version} 要求先有 {minimum} 或更新的版本，现在是 {here}。请先安装 {minimum}，再装这一个。",
        "{version} needs {minimum} or newer to begin with; {here} runs here. Install {minimum} first, then this one.",
    )
    WORKSPACE_TOO_OLD = (
        "UPD-023",
        _E,
        "{version} 只能升级数据格式 {minimum} 及以后的工作站，本机是格式 {found}。请先安装中间的版本并打开一次工作站。",
        "{version} upgrades workspaces from format {minimum} on; here it is format {found}. Install a version in between "
        "and open the workspace once with it.",
    )
    OTHER_PLATFORM = (
        "UPD-024",
        _E,
        "更新文件里没有适合这台电脑的安装包（本机：{here}；文件里有：{there}）。请索取适合本机的更新文件。",
        "The update file holds nothing for this machine (here: {here}; in the file: {there}). Ask for one that fits.",
    )
    FROM_SOURCE = (
        "UPD-025",
        _E,
        "本程序是从源代码运行的（{root}），不能用更新文件更新。请更新源代码，或改用安装包。",
        "This program runs from its source ({root}) and cannot be updated by a file. Update the source, or install it.",
    )

    # --- doing it ----------------------------------------------------------------------------------------------------
    NO_ROOM = (
        "UPD-030",
        _E,
        "磁盘空间不够（{folder}）：需要约 {needed} MB，剩余 {free} MB。请腾出空间后再更新；没有改动任何内容。",
        "Not enough room on the disk ({folder}): about {needed} MB are needed, {free} MB are free. Make room and try "
        "again; nothing was changed.",
    )
    CANNOT_WRITE = (
        "UPD-031",
        _E,
        "无法写入（{path}）：{why}。请检查磁盘空间和权限后重试；没有改动已安装的程序。",
        "Cannot write ({path}): {why}. Check room and permissions and try again; the installed program was not touched.",
    )
    FOLDER_EXISTS = (
        "UPD-032",
        _E,
        "新版本要放的位置已有同名内容（{path}）。如果那就是新版本，请直接从那里启动；否则请先移走它再更新。",
        "There is something at the place of the new version already ({path}). If it is the new version, start it from "
        "there; otherwise move it away first.",
    )
    NO_PROGRAM = (
        "UPD-033",
        _E,
        "安装包“{name}”里没有找到程序，没有使用它。请向提供文件的单位核实。",
        "No program was found in “{name}”; it was not used. Ask whoever gave you the file.",
    )
    CANNOT_START = (
        "UPD-034",
        _E,
        "安装程序没有启动（{path}）：{why}。安装包已核对，可以自己双击它安装。",
        "The installer did not start ({path}): {why}. The file was checked; you may start it yourself.",
    )
