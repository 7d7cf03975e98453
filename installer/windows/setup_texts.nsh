; Every sentence of the setup, in both languages; Chinese first.

!macro Words NAME ZH EN
  LangString ${NAME} ${LANG_SIMPCHINESE} "${ZH}"
  LangString ${NAME} ${LANG_ENGLISH} "${EN}"
!macroend
!define Words "!insertmacro Words"

${Words} ProgramName "草原站程序（必需）" "The program (needed)"
${Words} DesktopName "桌面快捷方式" "A link on the desktop"
${Words} ProductName "草原站" "Grassland Station"
${Words} WelcomeTitle "草原站 ${VERSION}" "Grassland Station ${VERSION}"
${Words} FinishTitle "安装完成" "Installed"
${Words} FinishText \
  "草原站 ${VERSION} 已装好。开始菜单中有“草原站”。" \
  "Grassland Station ${VERSION} is ready. It is in the start menu."
${Words} RunText "打开草原站" "Open Grassland Station"
${Words} WelcomeText \
  "将为当前用户安装草原站 ${VERSION}，不需要管理员权限。$\r$\n$\r$\n已有旧版本时会在原处升级，工作站数据和设置都保留。$\r$\n$\r$\n继续之前，请先关闭草原站。" \
  "This installs Grassland Station ${VERSION} for the current user; no administrator is needed.$\r$\n$\r$\nAn older version is upgraded where it is; workspaces and settings are kept.$\r$\n$\r$\nPlease close Grassland Station first."
${Words} FolderText \
  "请选择安装文件夹。这里只放程序；工作站数据在别处，卸载时不会删除。" \
  "Choose the folder for the program. Workspaces are kept elsewhere and are not removed by the uninstaller."
${Words} WritingFiles "正在写入程序文件……" "Writing the program's files..."
${Words} UninstallText \
  "只移除程序。工作站数据不会删除，仍在：$\r$\n$LOCALAPPDATA\grassland-station$\r$\n或您自己选择的文件夹。" \
  "Only the program is removed. Workspaces stay in$\r$\n$LOCALAPPDATA\grassland-station$\r$\nor in the folders you chose."
${Words} RemovedTitle "程序已移除" "The program is removed"
${Words} DataIsKept \
  "工作站数据没有删除，仍在：$\r$\n$\r$\n$LOCALAPPDATA\grassland-station$\r$\n和您自己选择的文件夹。$\r$\n$\r$\n再次安装后，可以从那里打开。" \
  "Workspaces were not removed. They are in$\r$\n$\r$\n$LOCALAPPDATA\grassland-station$\r$\nand in the folders you chose.$\r$\n$\r$\nInstalled again, the program opens them from there."

; --- refusals: what is wrong, what to do
${Words} Running \
  "草原站正在运行。请保存并关闭它（包括正在执行的命令），然后点“重试”。" \
  "Grassland Station is running. Save, close it (commands too), then press Retry."
${Words} SetupRuns "另一个安装程序正在运行。请等它结束。" "Another setup is running. Wait until it has ended."
${Words} WindowsTooOld \
  "需要 64 位 Windows 10 1809 或更新版本。本机的 Windows 太旧，不能运行草原站。" \
  "64-bit Windows 10 1809 or newer is needed. This Windows is too old for Grassland Station."
${Words} NewerInstalled \
  "已安装更新的版本 $R0，这个安装程序是 ${VERSION}。没有改动任何内容。$\r$\n如果确实要用旧版本：先卸载现有版本（数据保留），再安装；升级过的工作站请用升级前的备份打开。" \
  "A newer version, $R0, is installed; this setup holds ${VERSION}. Nothing was changed.$\r$\nTo go back on purpose: uninstall first (data is kept), then install; open upgraded workspaces from their backup before the upgrade."
${Words} InstalledElsewhere \
  "草原站已安装在 $Installed。请不要指定其他文件夹，它会在原处升级；要换地方，请先卸载（数据保留）。" \
  "Grassland Station is installed in $Installed. Do not name another folder: it is upgraded there. To move it, uninstall first (data is kept)."
${Words} PathTooLong \
  "文件夹的路径太长：$\r$\n$INSTDIR$\r$\n请选择更短的路径，例如 D:\草原站。" \
  "The folder's path is too long:$\r$\n$INSTDIR$\r$\nChoose a shorter one, for example D:\GrasslandStation."
${Words} NoSpace \
  "磁盘空间不足：$R5 还需要 $R6 MB 可用空间，现有 $R7 MB。请清理磁盘，或选择其他磁盘上的文件夹。" \
  "Not enough disk: $R5 needs $R6 MB free and has $R7 MB. Make room, or choose a folder on another disk."
${Words} NotWritable \
  "无法写入这个文件夹：$\r$\n$INSTDIR$\r$\n它可能是只读的，或需要管理员权限。请选择其他文件夹，例如默认的文件夹。" \
  "This folder cannot be written:$\r$\n$INSTDIR$\r$\nIt may be read-only or need an administrator. Choose another folder, such as the default one."
${Words} CannotReplace \
  "无法替换程序文件，可能有程序（如杀毒软件或打开的文件夹窗口）正在使用它们。原来的版本没有改动。请稍后再试，或重启电脑后再安装。" \
  "The program's files cannot be replaced; something (an antivirus program, an open folder window) is using them. The old version is untouched. Try again later, or after a restart."
${Words} WriteFailed \
  "程序文件没有写完，已全部撤回；原来的版本没有改动。" \
  "The program's files could not all be written and were taken back; the old version is untouched."

; --- file types
${Words} UpdateType "草原站更新文件" "Grassland Station update"
${Words} PackageType "草原站上报包" "Grassland Station package"
${Words} WorkspaceType "草原站工作站" "Grassland Station workspace"
${Words} OpenVerb "用草原站打开" "Open with Grassland Station"
