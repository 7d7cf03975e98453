"""The first module that runs, installed or not: starts the command line, and lets no failure end in a bare trace.

Nothing but the standard library is imported at the top, so that a damaged installation still says what is wrong with it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from station_app import failing


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code, or 1 with one sentence on standard error."""
    try:
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
