"""Processes of our own in which a C library runs, so that a crash in it takes nothing else down.

Belongs here: running one and typing how it fails. Does not belong here: what it is asked.
"""

import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from vidfactory.errors import Permanent, Transient


def run_child(script: ModuleType, request: bytes, timeout_s: float) -> bytes:
    """What `script` writes to its standard output, run under this interpreter with `request` on its standard input.

    Raises `Transient` when it takes longer than `timeout_s`, `Permanent` when it crashes or says that it failed.
    """
    name = script.__name__.rpartition(".")[2]
    command = [sys.executable, "-I", str(Path(str(script.__file__)))]
    try:
        child = subprocess.run(command, input=request, capture_output=True, timeout=timeout_s, check=False)  # noqa: S603 - our own script
    except subprocess.TimeoutExpired as timeout:
        raise Transient(f"it took longer than {timeout_s:.0f} s", where=name, remedy="Try again") from timeout
    if child.returncode < 0:
        raise Permanent(f"it crashed with {signal.Signals(-child.returncode).name}", where=name)
    if child.returncode:
        raise Permanent(
            f"it failed: {child.stderr.decode(errors='replace').strip()}",
            where=name,
            remedy="Install the project's requirements again",
        )
    return child.stdout
