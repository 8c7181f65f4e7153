"""`ttune`, also `python -m tui`: the studio, or one command of the command line."""

import sys

from tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
