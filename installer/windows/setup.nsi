; The Windows setup: per user, no administrator, Chinese and English, upgrade in place, uninstall that keeps data.
; Built by build.sh, which gives:
;   -DVERSION=0.1.0 -DVERSION4=0.1.0.0 -DFILES=FILES.nsh -DLIST=files.lst -DICON=x.ico -DPICTURE=x.bmp -DOUT=x-setup.exe
;
; For administrators:  setup.exe /S [/NODESKTOP] [/D=FOLDER]
; For the program's own updates:  /S /WAITPID=number /RESTART   waits until that process has ended, and opens the program
; again; what goes wrong is then said in a box in spite of /S.
; Exit codes: 0 done, 1 cancelled, 2 damaged setup, 10 the program is running, 11 a newer version is installed,
; 12 not enough disk, 13 folder cannot be written, 14 path too long, 15 Windows too old, 16 installed in another folder,
; 17 a file could not be written (the old version is still there), 18 another setup is running. Reasons stand in
; %TEMP%\GrasslandStation-setup.log.
;
; A new version is written beside the old one and takes its place by one rename: whatever goes wrong before, the old
; version still runs; whatever the old one had and the new one has not, is gone. Files that are not ours are kept.

Unicode true
Target amd64-unicode
ManifestSupportedOS Win10
ManifestDPIAware true
ManifestLongPathAware true
RequestExecutionLevel user
CRCCheck force
!ifdef FAST
  SetCompressor /SOLID zlib
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 32
!endif
SetDateSave on
SetOverwrite on
AllowSkipFiles off

!include MUI2.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include Win\COM.nsh
!include Win\Propkey.nsh

!define ID "GrasslandStation"
!define EXE "GrasslandStation.exe"
!define PRODUCT "草原站 Grassland Station"
!define PUBLISHER "The Grassland Station authors"
!define PROGRAM "program"
!define SETTINGS "Software\${ID}"
!define ARP "Software\Microsoft\Windows\CurrentVersion\Uninstall\${ID}"
!define LINK "${PRODUCT}.lnk"
!define MARGIN_KB 51200
!define NEEDED_BUILD 17763

!include "${FILES}"

Name "$(ProductName)"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${ID}"
BrandingText "${PRODUCT} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${VERSION4}"
VIFileVersion "${VERSION4}"
!macro Facts LANGUAGE DESCRIPTION
  VIAddVersionKey /LANG=${LANGUAGE} "ProductName" "${PRODUCT}"
  VIAddVersionKey /LANG=${LANGUAGE} "ProductVersion" "${VERSION}"
  VIAddVersionKey /LANG=${LANGUAGE} "FileVersion" "${VERSION}"
  VIAddVersionKey /LANG=${LANGUAGE} "FileDescription" "${DESCRIPTION}"
  VIAddVersionKey /LANG=${LANGUAGE} "CompanyName" "${PUBLISHER}"
  VIAddVersionKey /LANG=${LANGUAGE} "LegalCopyright" "MIT License"
!macroend
!insertmacro Facts 2052 "草原站安装程序"
!insertmacro Facts 1033 "Grassland Station setup"

Var Installed     ; folder of the registered installation, or empty
Var Restart       ; 1: open the program when done, and say what went wrong, though silent
Var ShellLink     ; a path handed to MakeLink

; --- pages ----------------------------------------------------------------------------------------------------------------

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${PICTURE}"
!define MUI_UNWELCOMEFINISHPAGE_BITMAP "${PICTURE}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_CUSTOMFUNCTION_GUIINIT OnWindow

!define MUI_WELCOMEPAGE_TITLE "$(WelcomeTitle)"
!define MUI_WELCOMEPAGE_TEXT "$(WelcomeText)"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_COMPONENTS
!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhenInstalled
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE LeaveFolder
!define MUI_DIRECTORYPAGE_TEXT_TOP "$(FolderText)"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}\${EXE}"
!define MUI_FINISHPAGE_RUN_TEXT "$(RunText)"
!define MUI_FINISHPAGE_TITLE "$(FinishTitle)"
!define MUI_FINISHPAGE_TEXT "$(FinishText)"
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!insertmacro MUI_PAGE_FINISH

!define MUI_UNCONFIRMPAGE_TEXT_TOP "$(UninstallText)"
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "$(RemovedTitle)"
!define MUI_FINISHPAGE_TEXT "$(DataIsKept)"
!insertmacro MUI_UNPAGE_FINISH

!insertmacro MUI_LANGUAGE "SimpChinese"
!insertmacro MUI_LANGUAGE "English"
SetFont /LANG=2052 "Microsoft YaHei UI" 9
SetFont /LANG=1033 "Segoe UI" 9

!include setup_texts.nsh
!include setup_parts.nsh

; --- installing -----------------------------------------------------------------------------------------------------------

Section "$(ProgramName)"
  SectionIn RO
  Call WaitUntilClosed
  ${Log} "to $INSTDIR"
  SetDetailsPrint textonly
  DetailPrint "$(WritingFiles)"
  SetDetailsPrint none

  ; A setup that was cut off between the two renames: the old version comes back first.
  ${IfNot} ${FileExists} "$INSTDIR\${PROGRAM}\*.*"
  ${AndIf} ${FileExists} "$INSTDIR\${PROGRAM}.old\${EXE}"
    Rename "$INSTDIR\${PROGRAM}.old" "$INSTDIR\${PROGRAM}"
  ${EndIf}
  RMDir /r "$INSTDIR\${PROGRAM}.new"
  !insertmacro WriteFiles "$INSTDIR\${PROGRAM}.new"
  SetOutPath "$INSTDIR"

  StrCpy $R3 ""
  ${If} ${FileExists} "$INSTDIR\${PROGRAM}\*.*"
    Push "$INSTDIR\${PROGRAM}"
    Call VersionOf
    Pop $R3
    Push "$INSTDIR\${PROGRAM}.old"
    Call RemoveListed
    Push "$INSTDIR\${PROGRAM}"
    Push "$INSTDIR\${PROGRAM}.old"
    Call RenameWithPatience
    Pop $0
    ${If} $0 != 1
      RMDir /r "$INSTDIR\${PROGRAM}.new"
      ${Refuse} 10 "$(CannotReplace)"
    ${EndIf}
  ${EndIf}
  Push "$INSTDIR\${PROGRAM}.new"
  Push "$INSTDIR\${PROGRAM}"
  Call RenameWithPatience
  Pop $0
  ${If} $0 != 1
    Rename "$INSTDIR\${PROGRAM}.old" "$INSTDIR\${PROGRAM}"
    RMDir /r "$INSTDIR\${PROGRAM}.new"
    ${Refuse} 10 "$(CannotReplace)"
  ${EndIf}
  ${If} $R3 != ""
    ${Log} "replaced $R3"
    Push "$INSTDIR\${PROGRAM}.old"
    Call RemoveListed
    Push "$R3"
    Call KeepWhatIsLeft
  ${EndIf}

  WriteUninstaller "$INSTDIR\Uninstall.exe"
  Call Register
  Push "$SMPROGRAMS\${LINK}"
  Call MakeLink
  ${Log} "installed ${VERSION}"
SectionEnd

Section "$(DesktopName)" DesktopSection
  Push "$DESKTOP\${LINK}"
  Call MakeLink
SectionEnd

; --- before anything is written -------------------------------------------------------------------------------------------

Function .onInit
  InitPluginsDir
  Delete "$TEMP\${ID}-setup.log"
  ${Log} "setup ${VERSION}"
  ${GetParameters} $R0
  StrCpy $Restart 0
  ClearErrors
  ${GetOptions} $R0 "/RESTART" $R1
  ${IfNot} ${Errors}
    StrCpy $Restart 1
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/WAITPID=" $R1
  ${IfNot} ${Errors}
    Push $R1
    Call WaitForProcess
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/NODESKTOP" $R1
  ${IfNot} ${Errors}
    !insertmacro UnselectSection ${DesktopSection}
  ${EndIf}

  System::Call 'kernel32::CreateMutexW(p 0, i 1, w "${ID}Setup") p.r0 ?e'
  Pop $0
  ${If} $0 = 183
    ${Refuse} 18 "$(SetupRuns)"
  ${EndIf}
  ${WinVerGetBuild} $0
  ${IfNot} ${AtLeastWin10}
  ${OrIf} $0 < ${NEEDED_BUILD}
    ${Refuse} 15 "$(WindowsTooOld)"
  ${EndIf}

  ReadRegStr $Installed HKCU "${SETTINGS}" "InstallDir"
  ${IfNot} ${FileExists} "$Installed\${PROGRAM}\${EXE}"
    StrCpy $Installed ""
  ${EndIf}
  Push "$CMDLINE"
  Call QuotedFolder
  Pop $R1
  ${If} $R1 != ""
    StrCpy $INSTDIR $R1
  ${EndIf}
  ${If} $Installed != ""
    ${If} $INSTDIR != "$LOCALAPPDATA\Programs\${ID}" ; a folder was named
    ${AndIf} $INSTDIR != $Installed
      ${Refuse} 16 "$(InstalledElsewhere)"
    ${EndIf}
    StrCpy $INSTDIR $Installed
  ${EndIf}
  Call RefuseOlder
  ${If} ${Silent}
    Call LeaveFolder
  ${EndIf}
FunctionEnd

Function OnWindow
  ; A dialog of its own task bar button, in front.
  System::Call 'user32::SetForegroundWindow(p $HWNDPARENT)'
FunctionEnd

Function SkipWhenInstalled
  ${If} $Installed != ""
    Call LeaveFolder
    Abort
  ${EndIf}
FunctionEnd

; What the folder must allow. In silent mode a refusal ends the setup, otherwise the page stays.
Function LeaveFolder
  Call RefuseOlder
  StrLen $0 "$INSTDIR\${PROGRAM}.new\"
  IntOp $0 $0 + ${FILES_DEEPEST}
  ${If} $0 > 258
    ${RefuseFolder} 14 "$(PathTooLong)"
  ${EndIf}
  Call WaitUntilClosed
  Call CheckSpace
  Call CheckWritable
FunctionEnd

Function .onInstSuccess
  Call OpenAgain
FunctionEnd

Function .onInstFailed
  RMDir /r "$INSTDIR\${PROGRAM}.new"
  RMDir "$INSTDIR"
  ${Refuse} 17 "$(WriteFailed)"
FunctionEnd

; --- removing -------------------------------------------------------------------------------------------------------------

Function un.onInit
  InitPluginsDir
  Call un.WaitUntilClosed
FunctionEnd

Section "Uninstall"
  Call un.WaitUntilClosed
  SetDetailsPrint none
  SetOutPath "$TEMP" ; a folder that somebody stands in cannot be removed
  ; This version's list is in the uninstaller, so that a damaged installation can be removed too.
  File "/oname=$PLUGINSDIR\files.lst" "${LIST}"
  Push "$INSTDIR\${PROGRAM}"
  Call un.RemoveByList
  Push "$INSTDIR\${PROGRAM}.new"
  Call un.RemoveByList
  Push "$INSTDIR\${PROGRAM}.old"
  Call un.RemoveByList
  Delete "$SMPROGRAMS\${LINK}"
  Delete "$DESKTOP\${LINK}"
  Call un.Unregister
  Delete "$INSTDIR\Uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd
