/* The two programs a person starts: GrasslandStation.exe (window, no console) and grassland-station.exe (commands).
 *
 * Both do what python.exe does - hand the command line to Py_Main of the Python beside them - under our own name, icon and
 * version, so that the task bar, the firewall and the antivirus show who is running. Everything else is in Python.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <shellapi.h>
#include <shobjidl.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define PATH_ROOM 32768
#define NO_RUNTIME 3 /* exit code; 0 to 2 are the program's own */

typedef int(__cdecl *py_main)(int, wchar_t **);

static wchar_t path[PATH_ROOM];
static wchar_t message[PATH_ROOM + 1024];

static int complain(const wchar_t *zh, const wchar_t *en, DWORD error)
{
    _snwprintf(message, sizeof message / sizeof *message - 1,
               L"%ls\n%ls\n\n%ls\nWindows error %lu", zh, en, path, error);
#ifdef CONSOLE
    HANDLE out = GetStdHandle(STD_ERROR_HANDLE);
    DWORD written;
    if (!WriteConsoleW(out, message, (DWORD)wcslen(message), &written, NULL)) {
        char bytes[4096];
        int length = WideCharToMultiByte(CP_UTF8, 0, message, -1, bytes, sizeof bytes, NULL, NULL);
        if (length > 1)
            WriteFile(out, bytes, (DWORD)length - 1, &written, NULL);
    }
#else
    MessageBoxW(NULL, message, L"草原站 Grassland Station", MB_ICONERROR | MB_SETFOREGROUND);
#endif
    return NO_RUNTIME;
}

#ifndef CONSOLE
/* Whatever the program opens stands in its folder; a workbook left open must not keep an update from replacing ours. */
static void leave_own_folder(size_t own)
{
    static wchar_t here[PATH_ROOM], home[PATH_ROOM];
    DWORD length = GetCurrentDirectoryW(PATH_ROOM, here);
    if (length == 0 || length >= PATH_ROOM || _wcsnicmp(here, path, own) != 0)
        return;
    length = GetEnvironmentVariableW(L"USERPROFILE", home, PATH_ROOM);
    if (length > 0 && length < PATH_ROOM)
        SetCurrentDirectoryW(home);
}
#endif

static int run(void)
{
    DWORD length = GetModuleFileNameW(NULL, path, PATH_ROOM - 64);
    wchar_t *name = wcsrchr(path, L'\\');
    if (length == 0 || length >= PATH_ROOM - 64 || name == NULL)
        return complain(L"找不到程序所在的文件夹。", L"The program's own folder cannot be found.", GetLastError());
#ifndef CONSOLE
    leave_own_folder((size_t)(name - path));
#endif
    wcscpy(name + 1, L"python311.dll");

    /* Libraries come from our folder and from Windows, never from the folder a document was opened in. */
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    HMODULE python = LoadLibraryExW(path, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    if (python == NULL)
        return complain(L"程序文件不完整，无法启动。请重新安装；数据不受影响。",
                        L"The program's files are incomplete and it cannot start. Install it again; the data is safe.",
                        GetLastError());
    py_main start = (py_main)(void *)GetProcAddress(python, "Py_Main");
    int count = 0;
    wchar_t **given = CommandLineToArgvW(GetCommandLineW(), &count);
    wchar_t **arguments = given ? calloc((size_t)count + 8, sizeof *arguments) : NULL;
    if (start == NULL || arguments == NULL)
        return complain(L"程序文件已损坏。请重新安装；数据不受影响。",
                        L"The program's files are damaged. Install it again; the data is safe.", GetLastError());

    /* UTF-8 everywhere, no bytecode written, the program's first module; then what the person gave. */
    static wchar_t *first[] = {L"-X", L"utf8", L"-B", L"-m", L"station_app.start"};
    int used = 0;
    arguments[used++] = given[0];
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        arguments[used++] = first[i];
    for (int i = 1; i < count; i++)
        arguments[used++] = given[i];
    SetCurrentProcessExplicitAppUserModelID(L"" APP_ID);
    return start(used, arguments);
}

#ifdef CONSOLE
int wmain(void)
{
    return run();
}
#else
int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, wchar_t *line, int show)
{
    (void)instance, (void)previous, (void)line, (void)show;
    return run();
}
#endif
