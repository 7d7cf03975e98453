<#
Grassland Station (草原站): one command from a fresh Windows machine to a running program or a finished test run.

  powershell -ExecutionPolicy Bypass -File installer\bootstrap.ps1 run  [ARGUMENTS for grassland-station]
  powershell -ExecutionPolicy Bypass -File installer\bootstrap.ps1 test [ARGUMENTS for pytest]
  powershell -ExecutionPolicy Bypass -File installer\bootstrap.ps1 setup

NOT YET PROVEN ON A REAL WINDOWS. It was written beside bootstrap.sh, keeps to what Windows PowerShell 5.1 knows, and
its grammar was checked; nobody has run it. Windows 10 1809 or newer, 64 bit (Qt 6 does not run on Windows 7 or 8).

Settings by environment, all optional: GRASSLAND_VENV, GRASSLAND_PYTHON, GRASSLAND_TEST_WORKERS as in bootstrap.sh.
This file is UTF-8 with a byte order mark: without it Windows PowerShell 5.1 reads the Chinese sentences wrongly.
#>
# No param() block: arguments such as -k or --out are meant for pytest and grassland-station, not for PowerShell.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# --- words ----------------------------------------------------------------------------------------------------------

function Say([string]$Chinese, [string]$English) { Write-Host "- $Chinese"; Write-Host "  $English" }
function Warn([string]$Chinese, [string]$English) { Write-Host "! $Chinese" -ForegroundColor Yellow; Write-Host "  $English" -ForegroundColor Yellow }
function Stop-Here([string]$Chinese, [string]$English) {
    Write-Host "x $Chinese" -ForegroundColor Red
    Write-Host "  $English" -ForegroundColor Red
    exit 1
}
function Show-Usage {
    Write-Host '草原站 / Grassland Station'
    Write-Host ''
    Write-Host '用法 / usage: powershell -ExecutionPolicy Bypass -File installer\bootstrap.ps1 COMMAND'
    Write-Host '  run    安装所需内容并打开培训站点 / set up everything and open the program on a training station'
    Write-Host '  test   安装所需内容并运行全部检查与测试 / set up everything and run all checks and tests'
    Write-Host '  setup  只安装，不运行 / set up everything, run nothing'
}

# --- surroundings ---------------------------------------------------------------------------------------------------

$Command = if ($args.Count -gt 0) { [string]$args[0] } else { '' }
$Rest = @()
if ($args.Count -gt 1) { $Rest = @($args[1..($args.Count - 1)]) }

try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding($false) } catch { }
$env:PYTHONUTF8 = '1'
$env:PIP_DISABLE_PIP_VERSION_CHECK = '1'
foreach ($name in 'PYTHONHOME', 'PYTHONPATH', 'PIP_USER', 'PIP_TARGET', 'PIP_PREFIX') {
    if (Test-Path "Env:$name") { Remove-Item "Env:$name" }
}

$Root = Split-Path -Parent (Split-Path -Parent $MyInvocation.MyCommand.Path)
$Venv = if ($env:GRASSLAND_VENV) { [IO.Path]::GetFullPath($env:GRASSLAND_VENV) } else { Join-Path $Root '.venv' }
$VenvPython = Join-Path $Venv 'Scripts\python.exe'
$Config = Join-Path $Venv 'pyvenv.cfg'
$Stamp = Join-Path $Venv '.grassland-setup'
$Project = Join-Path $Root 'pyproject.toml'

function Assert-Windows {
    $version = [Environment]::OSVersion.Version
    if ($version.Major -lt 10 -or ($version.Major -eq 10 -and $version.Build -lt 17763)) {
        Stop-Here "需要 Windows 10 1809 或更新版本，本机为 $version；Windows 7、8 不能运行。" "Windows 10 1809 or newer is needed, this is $version; Windows 7 and 8 cannot run the program."
    }
    if (-not [Environment]::Is64BitOperatingSystem) {
        Stop-Here '需要 64 位 Windows。' 'A 64-bit Windows is needed.'
    }
}

# Run a program without letting its error stream become PowerShell errors; its exit code is in $LASTEXITCODE.
function Invoke-Program([string]$Program, [object[]]$Arguments) {
    $before = $ErrorActionPreference
    $ErrorActionPreference = 'Continue'
    try { & $Program @Arguments | Out-Host } finally { $ErrorActionPreference = $before }
}

function Test-Program([string]$Program, [object[]]$Arguments) {
    $before = $ErrorActionPreference
    $ErrorActionPreference = 'Continue'
    try {
        & $Program @Arguments 2>&1 | Out-Null
        return ($LASTEXITCODE -eq 0)
    } catch {
        return $false
    } finally {
        $ErrorActionPreference = $before
    }
}

# --- Python -----------------------------------------------------------------------------------------------------------
# No double quotes inside: Windows PowerShell does not pass them on to programs.

$Fits = 'import sys, venv, ensurepip; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32))'

# The command that starts a fitting Python, as a list of words; empty when there is none. The Store's stand-in
# python.exe, which only opens the Store, fails the test like any other program that is not a Python.
function Find-Python {
    $tries = @()
    if ($env:GRASSLAND_PYTHON) { $tries += , @($env:GRASSLAND_PYTHON) }
    foreach ($version in '3.13', '3.12', '3.11') { $tries += , @('py', "-$version") }
    $tries += , @('python')
    $tries += , @('python3')
    foreach ($words in $tries) {
        if (-not (Get-Command $words[0] -ErrorAction SilentlyContinue)) { continue }
        $arguments = @($words | Select-Object -Skip 1) + @('-c', $Fits)
        if (Test-Program $words[0] $arguments) { return , @($words) }
    }
    return , @()
}

# --- virtual environment ----------------------------------------------------------------------------------------------

function Get-Fingerprint {
    $hash = (Get-FileHash -Algorithm SHA256 -LiteralPath $Project).Hash
    $version = & $VenvPython -c 'import sys; print(sys.version_info[0], sys.version_info[1])'
    return "$hash|$version|$Venv|$Root"
}

function Install-Environment([string]$Extras) {
    $had = ''
    $mark = ''
    if ((Test-Path -LiteralPath $Venv) -and -not (Test-Path -LiteralPath $Config) -and @(Get-ChildItem -LiteralPath $Venv -Force).Count -gt 0) {
        Stop-Here "$Venv 已存在，但不是虚拟环境。请移开它，或用 GRASSLAND_VENV 指定其他位置。" "$Venv exists but is not a virtual environment. Move it away, or choose another place with GRASSLAND_VENV."
    }
    if (Test-Path -LiteralPath $Stamp) {
        $lines = @(Get-Content -LiteralPath $Stamp -Encoding UTF8)
        if ($lines.Count -ge 2) { $had = $lines[0]; $mark = $lines[1] }
    }
    if (Test-Path -LiteralPath $Config) {
        $moved = $mark -and -not $mark.EndsWith("|$Venv|$Root")
        if ($moved -or -not (Test-Program $VenvPython @('-c', $Fits))) {
            Say '虚拟环境已失效（位置或 Python 变了），重新建立。' 'The virtual environment no longer fits (moved, or its Python is gone); making it anew.'
            Remove-Item -LiteralPath $Venv -Recurse -Force
            $had = ''
            $mark = ''
        }
    }
    if ($had -eq 'dev') { $Extras = 'dev' }   # once with the test tools, always with them
    if ((Test-Path -LiteralPath $Config) -and $had -eq $Extras -and $mark -eq (Get-Fingerprint)) { return }

    if (-not (Test-Path -LiteralPath $Config)) {
        $python = Find-Python
        if ($python.Count -eq 0) {
            Stop-Here '没有找到 64 位 Python 3.11、3.12 或 3.13。请从 python.org 安装（勾选“Add python.exe to PATH”），或执行：winget install --id Python.Python.3.13 --scope user，然后重新打开窗口再运行。' 'No 64-bit Python 3.11, 3.12 or 3.13 was found. Install one from python.org (tick "Add python.exe to PATH"), or run: winget install --id Python.Python.3.13 --scope user; then open a new window and run again.'
        }
        Say "正在建立虚拟环境：$Venv" "Making a virtual environment: $Venv"
        Invoke-Program $python[0] (@($python | Select-Object -Skip 1) + @('-m', 'venv', $Venv))
        if ($LASTEXITCODE -ne 0) {
            if (Test-Path -LiteralPath $Venv) { Remove-Item -LiteralPath $Venv -Recurse -Force }
            Stop-Here '虚拟环境没有建成，原因见上。' 'The virtual environment could not be made; the reason stands above.'
        }
    }
    Say '正在安装程序及其依赖（首次约 300 MB，需要几分钟）……' 'Installing the program and what it depends on (about 300 MB the first time, some minutes) ...'
    $target = $Root
    if ($Extras -eq 'dev') { $target = $Root + '[dev]' }
    Invoke-Program $VenvPython @('-m', 'pip', 'install', '-q', '-e', $target)
    if ($LASTEXITCODE -ne 0) {
        Stop-Here '安装没有完成，原因见上。请检查网络（或用 PIP_FIND_LINKS 指定离线安装包文件夹）和磁盘空间后重新运行；路径过长时请把程序放到较短的文件夹（如 C:\grassland）。' 'The installation did not finish; the reason stands above. Check the network (or name a folder of wheels with PIP_FIND_LINKS) and the free space, then run again; if a path was too long, put the program into a short folder such as C:\grassland.'
    }
    $text = $Extras + "`n" + (Get-Fingerprint) + "`n"
    [IO.File]::WriteAllText("$Stamp.new", $text, (New-Object System.Text.UTF8Encoding($false)))
    Move-Item -LiteralPath "$Stamp.new" -Destination $Stamp -Force
}

# --- commands -----------------------------------------------------------------------------------------------------------

function Start-Program {
    $program = Join-Path $Venv 'Scripts\grassland-station.exe'
    if ($Rest.Count -gt 0) {
        Invoke-Program $program $Rest
    } else {
        Say '正在打开培训站点（数据为示例）。' 'Opening the program on a training station (invented data).'
        Invoke-Program $program @('--training')
    }
    exit $LASTEXITCODE
}

function Start-Tests {
    $env:QT_QPA_PLATFORM = 'offscreen'
    $workers = if ($env:GRASSLAND_TEST_WORKERS) { $env:GRASSLAND_TEST_WORKERS } else { '2' }
    $status = 0
    Set-Location -LiteralPath $Root
    Say 'ruff：检查写法' 'ruff: style'
    Invoke-Program $VenvPython @('-m', 'ruff', 'check', '.')
    if ($LASTEXITCODE -ne 0) { $status = $LASTEXITCODE }
    Say 'mypy：检查类型' 'mypy: types'
    Invoke-Program $VenvPython @('-m', 'mypy')
    if ($LASTEXITCODE -ne 0 -and $status -eq 0) { $status = $LASTEXITCODE }
    if ($status -ne 0) { Warn 'ruff 或 mypy 有问题（见上），仍继续测试。' 'ruff or mypy found something (above); the tests go on.' }
    Say 'pytest：运行测试' 'pytest: tests'
    Invoke-Program $VenvPython (@('-m', 'pytest', '-n', $workers, '--dist', 'loadfile', '-m', 'not bench') + $Rest)
    if ($LASTEXITCODE -ne 0 -and $status -eq 0) { $status = $LASTEXITCODE }
    exit $status
}

switch ($Command) {
    'run' { Assert-Windows; Install-Environment 'run'; Start-Program }
    'test' { Assert-Windows; Install-Environment 'dev'; Start-Tests }
    'setup' {
        Assert-Windows
        Install-Environment 'dev'
        Say '已就绪。启动：installer\bootstrap.ps1 run' 'Ready. Start: installer\bootstrap.ps1 run'
    }
    { $_ -in 'help', '--help', '-h' } { Show-Usage }
    default { Show-Usage; exit 2 }
}
