"""The first module that runs, installed or not: starts the command line, and lets no failure end in a bare trace.

Nothing but the standard library is imported at the top, so that a damaged installation still says what is wrong with it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from station_app import failing


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code, or 1 with one sentence on standard error."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        if list(given[:1]) == ["--read-tables"]:  # a large file, for another process of ours
            from station_app.exchange.excel.reader import read_here
            from station_app.exchange.excel.reading.own_process import serve

            return serve(Path(given[1]), read_here)
        from station_app.commands.cli import main as command_line

        return command_line(arguments)
    except ImportError as error:
        return failing.fail(*failing.import_failure(error), error=error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        return failing.fail(*failing.fault(error), error=error)


if __name__ == "__main__":
    sys.exit(main())
