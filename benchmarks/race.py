"""Starts contestants in processes of their own, one at a time, and weighs what they hold."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, NamedTuple

import psutil

SAMPLED_EVERY_S = 0.1
ROOT = Path(__file__).parent.parent
_CONTESTANT = "from {module} import main; main()"
"""Not as a module: multiprocessing would import that once more in every process that the renderer starts."""


class ContestantFailed(Exception):
    """A contestant ended with an error; its own words are in the text."""


Seconds = dict[str, float]
"""What a contestant printed: seconds by what it did."""


def run(entry: str, folder: Path, **settings: Any) -> Seconds:
    """Run an entry of `contestant.py`, whose files come to lie in `folder`, emptied before."""
    return json.loads(_finished(_start(entry, folder, settings)))


def run_weighed(
    entry: str, folder: Path, *, module: str = "benchmarks.contestant", **settings: Any
) -> tuple[Seconds, int]:
    """The same with an entry of any `module`, and the most memory that its whole process tree held, in bytes, looked at
    every tenth of a second.
    """
    contestant = _start(entry, folder, settings, module)
    with ThreadPoolExecutor(max_workers=1) as beside:
        printed = beside.submit(_finished, contestant)
        peak = 0
        while not printed.done():
            peak = max(peak, tree_bytes(contestant.process.pid))
            time.sleep(SAMPLED_EVERY_S)
    return json.loads(printed.result()), peak


def run_moviepy(python: Path, storyboard: Path, film: Path, *options: str) -> Seconds:
    command = [str(python), str(ROOT / "benchmarks" / "moviepy_film.py"), str(storyboard), str(film), *options]
    return json.loads(_finished(_begun(command)))


class _Contestant(NamedTuple):
    process: "subprocess.Popen[str]"
    errors: IO[str]


def _start(entry: str, folder: Path, settings: dict[str, Any], module: str = "benchmarks.contestant") -> _Contestant:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    job = {"entry": entry, "folder": str(folder), **settings}
    return _begun([sys.executable, "-c", _CONTESTANT.format(module=module), json.dumps(job)])


def _begun(command: list[str]) -> _Contestant:
    errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed when the contestant has finished
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)  # noqa: S603
    return _Contestant(process, errors)


def _finished(contestant: _Contestant) -> str:
    with contestant.errors as errors:
        printed, _ = contestant.process.communicate()
        errors.seek(0)
        if contestant.process.returncode:
            raise ContestantFailed(errors.read())
    return printed


def tree_bytes(pid: int) -> int:
    """Memory of a process and all its descendants in bytes: on Linux the proportional set size, which counts
    a page that several processes share once in all; elsewhere each process's own pages.
    """
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(map(_held_bytes, family))


def _held_bytes(process: psutil.Process) -> int:
    try:
        held = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(held, "pss", held.uss))
