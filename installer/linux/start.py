"""What the frozen Linux program runs."""

from __future__ import annotations

import os
import sys


def restore_library_path() -> None:
    """Give programs that we start (file manager, browser) their own libraries back, not those of the bundle.

    Ours are found already: the loader read the variable when this process began.
    """
    before = os.environ.get("LD_LIBRARY_PATH_ORIG")
    if before:
        os.environ["LD_LIBRARY_PATH"] = before
    else:
        os.environ.pop("LD_LIBRARY_PATH", None)


if __name__ == "__main__":
    restore_library_path()
    from station_app.start import main

    sys.exit(main())
