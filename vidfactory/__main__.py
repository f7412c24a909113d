"""The command's door.

It says in one line what keeps the studio from opening at all, such as a wrong setting, and starts the server
that steps are forked from while the rest of the command is still being imported.
"""

import gc
import multiprocessing
import sys
from multiprocessing import forkserver

from vidfactory import PRELOADS
from vidfactory.errors import VidfactoryError

MAKING = frozenset({"make", "demo", "--make"})
"""Words of a command that makes a video."""


def main() -> None:
    if MAKING.intersection(sys.argv[1:]):
        multiprocessing.set_forkserver_preload([PRELOADS])
        forkserver.ensure_running()
    gc.disable()  # imports make few cycles, and sweeping them takes a quarter of their time
    try:
        from vidfactory.cli import app  # noqa: PLC0415  -- loading it reads the settings
    except VidfactoryError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(2)
    gc.freeze()
    gc.enable()
    app()


if __name__ == "__main__":
    main()
