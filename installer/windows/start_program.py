"""What the Windows launchers run: the command line of the program, with an answer even where there is no console."""

from __future__ import annotations

import io
import os
import sys

MESSAGE_LIMIT = 2000


def show(text: str) -> None:
    """Show a message box; the window of the program never opened, or is gone."""
    import ctypes

    title = "草原站 Grassland Station"
    icon_error, to_front = 0x10, 0x10000
    ctypes.windll.user32.MessageBoxW(None, text, title, icon_error | to_front)  # type: ignore[attr-defined]


def failure_text(code: int, said: str) -> str:
    """Return what a person without a console is told: what the program said last, and what to do."""
    last = said.strip()[-MESSAGE_LIMIT:]
    return (
        (f"{last}\n\n" if last else "")
        + f"程序没有正常结束（代码 {code}）。已保存的数据不受影响。请重新打开；若再次出现，请把此窗口拍下，交技术支持。\n"
        f"The program did not end as it should (code {code}). What was saved is safe. Open it again; if this comes back, "
        "send a picture of this window to support."
    )


def main() -> int:
    """Run the program and return its exit code."""
    said: io.StringIO | None = None
    if sys.stdout is None or sys.stderr is None:  # the launcher without a console
        said = io.StringIO()
        sys.stdout = sys.stdout or said
        sys.stderr = sys.stderr or said
    code: object = 1
    try:
        from station_app.cli import main as command_line

        code = command_line(sys.argv[1:])
    except SystemExit as end:
        code = end.code
    except Exception:
        import traceback

        traceback.print_exc()
    number = code if isinstance(code, int) else 0 if code is None else 1
    if number and said is not None and os.environ.get("GRASSLAND_QUIET") != "1":
        show(failure_text(number, said.getvalue()))
    return number


if __name__ == "__main__":
    sys.exit(main())
