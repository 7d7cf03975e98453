; The setup's steps. Registers R0-R9 are free between calls; texts use R0 (version), R5-R7 (disk, MB needed, MB free).

!macro Log TEXT
  ; $TEMP\GrasslandStation-setup.log, UTF-16: a line for each decision.
  Push $9
  FileOpen $9 "$TEMP\${ID}-setup.log" a
  FileSeek $9 0 END
  FileWriteUTF16LE /BOM $9 "${TEXT}$\r$\n"
  FileClose $9
  Pop $9
!macroend
!define Log "!insertmacro Log"

; Says why and ends the setup with an exit code.
!macro Refuse CODE TEXT
  ${Log} "${TEXT} (${CODE})"
  ${If} $Restart = 1
    System::Call 'user32::MessageBoxW(p 0, w "${TEXT}", w "${PRODUCT}", i 0x10030)' ; not silenced by /S
    Call OpenAgain
  ${Else}
    MessageBox MB_OK|MB_ICONSTOP "${TEXT}" /SD IDOK
  ${EndIf}
  SetErrorLevel ${CODE}
  Quit
!macroend
!define Refuse "!insertmacro Refuse"

; The same where another folder may help: with a window the page stays.
!macro RefuseFolder CODE TEXT
  ${If} ${Silent}
  ${OrIf} $Installed != ""
    ${Refuse} ${CODE} "${TEXT}"
  ${EndIf}
  MessageBox MB_OK|MB_ICONEXCLAMATION "${TEXT}"
  Abort
!macroend
!define RefuseFolder "!insertmacro RefuseFolder"

; After an update that the program itself began: the new version, or the old one when the update was refused.
Function OpenAgain
  ${If} $Restart = 1
  ${AndIf} ${FileExists} "$INSTDIR\${PROGRAM}\${EXE}"
    Exec '"$INSTDIR\${PROGRAM}\${EXE}"'
  ${EndIf}
FunctionEnd

; Waits up to two minutes until a process has ended; one that is not there any more has.
Function WaitForProcess ; number
  Exch $R0
  System::Call 'kernel32::OpenProcess(i 0x100000, i 0, i R0) p.R0'
  ${If} $R0 P<> 0
    System::Call 'kernel32::WaitForSingleObject(p R0, i 120000)'
    System::Call 'kernel32::CloseHandle(p R0)'
  ${EndIf}
  Pop $R0
FunctionEnd

; The folder in a quoted "/D=FOLDER", which NSIS does not know: silently installing elsewhere than asked would be worse.
Function QuotedFolder ; command line -> folder or ""
  Exch $R0
  Push $R1
  Push $R2
  StrCpy $R1 0
  ${Do}
    StrCpy $R2 $R0 4 $R1
    ${If} $R2 == '"/D='
      IntOp $R1 $R1 + 4
      StrCpy $R0 $R0 "" $R1
      StrCpy $R1 0
      ${Do}
        StrCpy $R2 $R0 1 $R1
        ${If} $R2 == '"'
        ${OrIf} $R2 == ""
          StrCpy $R0 $R0 $R1
          ${ExitDo}
        ${EndIf}
        IntOp $R1 $R1 + 1
      ${Loop}
      ${ExitDo}
    ${ElseIf} $R2 == ""
      StrCpy $R0 ""
      ${ExitDo}
    ${EndIf}
    IntOp $R1 $R1 + 1
  ${Loop}
  Pop $R2
  Pop $R1
  Exch $R0
FunctionEnd

Function VersionOf ; program folder -> "1.2.3.0" or ""
  Exch $R0
  Push $R1
  Push $R2
  Push $R3
  ClearErrors
  GetDLLVersion "$R0\${EXE}" $R1 $R2
  ${If} ${Errors}
    StrCpy $R0 ""
  ${Else}
    IntOp $R0 $R1 >> 16
    IntOp $R0 $R0 & 0xFFFF
    IntOp $R1 $R1 & 0xFFFF
    IntOp $R3 $R2 >> 16
    IntOp $R3 $R3 & 0xFFFF
    IntOp $R2 $R2 & 0xFFFF
    StrCpy $R0 "$R0.$R1.$R3.$R2"
  ${EndIf}
  Pop $R3
  Pop $R2
  Pop $R1
  Exch $R0
FunctionEnd

Function RefuseOlder
  Push "$INSTDIR\${PROGRAM}"
  Call VersionOf
  Pop $R0
  ${If} $R0 != ""
    ${VersionCompare} "$R0" "${VERSION4}" $R1
    ${If} $R1 = 1
      ${Refuse} 11 "$(NewerInstalled)"
    ${EndIf}
  ${EndIf}
FunctionEnd

; An open window holds a named note (station_app/ui/handover.py). A command has none, but has python311.dll mapped, and
; Windows lets nobody write to it then. A virus scanner may hold the file for a moment.
!macro Closing UN
Function ${UN}IsRunning ; -> 0|1
  Push $R0
  Push $R1
  Push $R2
  StrCpy $R2 0
  ${Do}
    System::Call 'kernel32::OpenMutexW(i 0x100000, i 0, w "GrasslandStationRunning") p.R0'
    ${If} $R0 P<> 0
      System::Call 'kernel32::CloseHandle(p R0)'
      StrCpy $R0 1
      ${ExitDo}
    ${EndIf}
    System::Call 'kernel32::CreateFileW(w "$INSTDIR\${PROGRAM}\python311.dll", i 0x40000000, i 5, p 0, i 3, i 0, p 0) p.R0 ?e'
    Pop $R1
    ${If} $R0 != -1
      System::Call 'kernel32::CloseHandle(p R0)'
      StrCpy $R0 0
      ${ExitDo}
    ${EndIf}
    ${If} $R1 <> 32
      StrCpy $R0 0
      ${ExitDo}
    ${EndIf}
    StrCpy $R0 1
    IntOp $R2 $R2 + 1
    ${If} $R2 >= 5
      ${ExitDo}
    ${EndIf}
    Sleep 300
  ${Loop}
  Pop $R2
  Pop $R1
  Exch $R0
FunctionEnd

Function ${UN}WaitUntilClosed
  Push $R8
  ${Do}
    Call ${UN}IsRunning
    Pop $R8
    ${If} $R8 = 0
      ${ExitDo}
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDRETRY again${UN}
      ${Log} "$(Running) (10)"
      SetErrorLevel 10
      Quit
    again${UN}:
  ${Loop}
  Pop $R8
FunctionEnd

; Removes what the list in $PLUGINSDIR names below a folder, then the folder if nothing is left.
Function ${UN}RemoveByList ; folder
  Exch $R0
  Push $R1
  Push $R2
  Push $R3
  ClearErrors
  FileOpen $R1 "$PLUGINSDIR\files.lst" r
  ${IfNot} ${Errors}
    ${Do}
      FileRead $R1 $R2
      ${If} ${Errors}
        ${ExitDo}
      ${EndIf}
      StrCpy $R2 $R2 -2 ; the line's end
      StrCpy $R3 $R2 1 -1
      ${If} $R3 == "\"
        StrCpy $R2 $R2 -1
        RMDir "$R0\$R2"
      ${Else}
        Delete "$R0\$R2"
      ${EndIf}
      ClearErrors
    ${Loop}
    FileClose $R1
  ${EndIf}
  RMDir "$R0"
  ClearErrors
  Pop $R3
  Pop $R2
  Pop $R1
  Pop $R0
FunctionEnd
!macroend
!insertmacro Closing ""
!insertmacro Closing "un."

; Removes a version by the list it brought itself.
Function RemoveListed ; folder
  Exch $R0
  Delete "$PLUGINSDIR\files.lst"
  CopyFiles /SILENT "$R0\files.lst" "$PLUGINSDIR\files.lst"
  Push "$R0"
  Call RemoveByList
  ClearErrors
  Pop $R0
FunctionEnd

; Files in the program's folder that no list names belong to somebody: they are kept under a name that says so.
Function KeepWhatIsLeft ; version
  Exch $R0
  Push $R1
  ${If} ${FileExists} "$INSTDIR\${PROGRAM}.old\*.*"
    StrCpy $R1 ""
    ${Do}
      ${IfNot} ${FileExists} "$INSTDIR\left-from-$R0$R1\*.*"
        ${ExitDo}
      ${EndIf}
      StrCpy $R1 "$R1+"
    ${Loop}
    Rename "$INSTDIR\${PROGRAM}.old" "$INSTDIR\left-from-$R0$R1"
    ${Log} "kept files that are not ours: $INSTDIR\left-from-$R0$R1"
  ${EndIf}
  Pop $R1
  Pop $R0
FunctionEnd

Function RenameWithPatience ; from, to -> 0|1
  Exch $R1
  Exch
  Exch $R0
  Push $R2
  StrCpy $R2 0
  ${Do}
    ClearErrors
    Rename "$R0" "$R1"
    ${IfNot} ${Errors}
      StrCpy $R0 1
      ${ExitDo}
    ${EndIf}
    IntOp $R2 $R2 + 1
    ${If} $R2 >= 40 ; a virus scanner looks at 4000 new files
      StrCpy $R0 0
      ${ExitDo}
    ${EndIf}
    Sleep 500
  ${Loop}
  Pop $R2
  Exch
  Pop $R1
  Exch $R0
FunctionEnd

; --- room and rights ------------------------------------------------------------------------------------------------------

Function FreeMegabytes ; folder that need not exist yet -> MB free for this user
  Exch $R0
  Push $R1
  Push $R2
  ${Do}
    ${If} ${FileExists} "$R0\*.*"
      ${ExitDo}
    ${EndIf}
    ${GetParent} "$R0" $R1
    ${If} $R1 == ""
      ${ExitDo}
    ${EndIf}
    StrCpy $R0 $R1
  ${Loop}
  System::Call 'kernel32::GetDiskFreeSpaceExW(w "$R0\", *l .R1, p 0, p 0) i.R2'
  ${If} $R2 = 0
    StrCpy $R0 1000000 ; unknown: writing will tell
  ${Else}
    System::Int64Op $R1 / 1048576
    Pop $R0
  ${EndIf}
  Pop $R2
  Pop $R1
  Exch $R0
FunctionEnd

; The new version is written beside the old one, and the setup unpacks through the folder for temporary files.
Function CheckSpace
  IntOp $R6 ${FILES_KB} + ${MARGIN_KB}
  IntOp $R6 $R6 / 1024
  StrCpy $R5 $TEMP 3
  Push "$TEMP"
  Call FreeMegabytes
  Pop $R7
  ${If} $R7 < $R6
    ${Refuse} 12 "$(NoSpace)"
  ${EndIf}
  StrCpy $R4 $INSTDIR 3
  ${If} $R4 == $R5
    IntOp $R6 $R6 * 2
  ${EndIf}
  StrCpy $R5 $R4
  Push "$INSTDIR"
  Call FreeMegabytes
  Pop $R7
  ${If} $R7 < $R6
    ${RefuseFolder} 12 "$(NoSpace)"
  ${EndIf}
FunctionEnd

Function CheckWritable
  StrCpy $R2 0
  ${IfNot} ${FileExists} "$INSTDIR\*.*"
    StrCpy $R2 1
  ${EndIf}
  ClearErrors
  CreateDirectory "$INSTDIR"
  FileOpen $R1 "$INSTDIR\.write-test" w
  ${If} ${Errors}
    ${If} $R2 = 1
      RMDir "$INSTDIR"
    ${EndIf}
    ${RefuseFolder} 13 "$(NotWritable)"
  ${EndIf}
  FileClose $R1
  Delete "$INSTDIR\.write-test"
FunctionEnd

; --- links and registry (this user's only) --------------------------------------------------------------------------------

; A link that names our application id: the task bar puts window and pinned link together.
Function MakeLink ; path of the link
  Pop $ShellLink
  ; The program begins in the person's folder: what it opens (a workbook) begins there too, and Windows would not let us
  ; replace a folder that such a program still stands in.
  SetOutPath "$PROFILE"
  CreateShortcut "$ShellLink" "$INSTDIR\${PROGRAM}\${EXE}"
  SetOutPath "$INSTDIR"
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P<> 0
    ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
    ${If} $1 P<> 0
      ${IPersistFile::Load} $1 '("$ShellLink", 2)'
      ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
      ${If} $2 P<> 0
        System::Call 'oleaut32::SysAllocString(w "${ID}") p.r3'
        System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r4'
        System::Call '*${SYSSTRUCT_PROPVARIANT}(${VT_BSTR},,&i8 $3)p.r5'
        ${IPropertyStore::SetValue} $2 '($4,$5)'
        System::Call 'oleaut32::SysFreeString(p r3)'
        System::Free $4
        System::Free $5
        ${IPropertyStore::Commit} $2 ""
        ${IUnknown::Release} $2 ""
        ${IPersistFile::Save} $1 '("$ShellLink", 1)'
      ${EndIf}
      ${IUnknown::Release} $1 ""
    ${EndIf}
    ${IUnknown::Release} $0 ""
  ${EndIf}
FunctionEnd

!macro FileType NAME WORDS
  WriteRegStr HKCU "Software\Classes\${ID}.${NAME}" "" "${WORDS}"
  WriteRegStr HKCU "Software\Classes\${ID}.${NAME}" "AppUserModelID" "${ID}"
  WriteRegStr HKCU "Software\Classes\${ID}.${NAME}\DefaultIcon" "" "$INSTDIR\${PROGRAM}\${EXE},0"
  WriteRegStr HKCU "Software\Classes\${ID}.${NAME}\shell\open\command" "" '"$INSTDIR\${PROGRAM}\${EXE}" "%1"'
!macroend

; A command in the menu of files with a certain name; what opens them by double click stays as it is.
!macro MenuCommand EXTENSION CONDITION
  WriteRegStr HKCU "Software\Classes\SystemFileAssociations\${EXTENSION}\shell\${ID}" "MUIVerb" "$(OpenVerb)"
  WriteRegStr HKCU "Software\Classes\SystemFileAssociations\${EXTENSION}\shell\${ID}" "Icon" "$INSTDIR\${PROGRAM}\${EXE},0"
  WriteRegStr HKCU "Software\Classes\SystemFileAssociations\${EXTENSION}\shell\${ID}" "AppliesTo" '${CONDITION}'
  WriteRegStr HKCU "Software\Classes\SystemFileAssociations\${EXTENSION}\shell\${ID}\command" "" '"$INSTDIR\${PROGRAM}\${EXE}" "%1"'
!macroend

Function Register
  WriteRegStr HKCU "${SETTINGS}" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${SETTINGS}" "Version" "${VERSION}"

  WriteRegStr HKCU "${ARP}" "DisplayName" "${PRODUCT}"
  WriteRegStr HKCU "${ARP}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${ARP}" "Publisher" "${PUBLISHER}"
  WriteRegStr HKCU "${ARP}" "DisplayIcon" "$INSTDIR\${PROGRAM}\${EXE},0"
  WriteRegStr HKCU "${ARP}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${ARP}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKCU "${ARP}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
  WriteRegDWORD HKCU "${ARP}" "EstimatedSize" ${FILES_KB}
  WriteRegDWORD HKCU "${ARP}" "NoModify" 1
  WriteRegDWORD HKCU "${ARP}" "NoRepair" 1

  ; Win+R and "start" know the program by name.
  WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\${EXE}" "" "$INSTDIR\${PROGRAM}\${EXE}"

  ; Updates and the marker of a workspace are ours. A package is a zip: others keep its double click, we are offered.
  !insertmacro FileType "Update" "$(UpdateType)"
  !insertmacro FileType "Package" "$(PackageType)"
  !insertmacro FileType "Workspace" "$(WorkspaceType)"
  WriteRegStr HKCU "Software\Classes\.gsupdate" "" "${ID}.Update"
  WriteRegStr HKCU "Software\Classes\.gsupdate" "Content Type" "application/x-grassland-update"
  WriteRegStr HKCU "Software\Classes\.gstation" "" "${ID}.Workspace"
  WriteRegStr HKCU "Software\Classes\.gstation" "Content Type" "application/x-grassland-workspace"
  WriteRegStr HKCU "Software\Classes\.zip\OpenWithProgids" "${ID}.Package" ""
  !insertmacro MenuCommand ".zip" 'System.FileName:~<"GSP_"'
  !insertmacro MenuCommand ".json" 'System.FileName:~<"GSC_"'
  WriteRegStr HKCU "Software\Classes\Applications\${EXE}" "FriendlyAppName" "${PRODUCT}"
  WriteRegStr HKCU "Software\Classes\Applications\${EXE}\SupportedTypes" ".zip" ""
  WriteRegStr HKCU "Software\Classes\Applications\${EXE}\SupportedTypes" ".gstation" ""
  WriteRegStr HKCU "Software\Classes\Applications\${EXE}\SupportedTypes" ".gsupdate" ""
  WriteRegStr HKCU "Software\Classes\Applications\${EXE}\shell\open\command" "" '"$INSTDIR\${PROGRAM}\${EXE}" "%1"'
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
FunctionEnd

Function un.Unregister
  DeleteRegKey HKCU "${ARP}"
  DeleteRegKey HKCU "${SETTINGS}"
  DeleteRegKey HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\${EXE}"
  DeleteRegKey HKCU "Software\Classes\${ID}.Update"
  DeleteRegKey HKCU "Software\Classes\${ID}.Package"
  DeleteRegKey HKCU "Software\Classes\${ID}.Workspace"
  DeleteRegKey HKCU "Software\Classes\Applications\${EXE}"
  DeleteRegKey HKCU "Software\Classes\SystemFileAssociations\.zip\shell\${ID}"
  DeleteRegKey HKCU "Software\Classes\SystemFileAssociations\.json\shell\${ID}"
  DeleteRegValue HKCU "Software\Classes\.zip\OpenWithProgids" "${ID}.Package"
  ReadRegStr $0 HKCU "Software\Classes\.gsupdate" ""
  ${If} $0 == "${ID}.Update"
    DeleteRegKey HKCU "Software\Classes\.gsupdate"
  ${EndIf}
  ReadRegStr $0 HKCU "Software\Classes\.gstation" ""
  ${If} $0 == "${ID}.Workspace"
    DeleteRegKey HKCU "Software\Classes\.gstation"
  ${EndIf}
  DeleteRegKey /ifempty HKCU "Software\Classes\SystemFileAssociations\.zip\shell"
  DeleteRegKey /ifempty HKCU "Software\Classes\SystemFileAssociations\.zip"
  DeleteRegKey /ifempty HKCU "Software\Classes\SystemFileAssociations\.json\shell"
  DeleteRegKey /ifempty HKCU "Software\Classes\SystemFileAssociations\.json"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
FunctionEnd
