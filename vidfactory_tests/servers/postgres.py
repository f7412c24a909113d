"""A PostgreSQL server of one's own for tests, where Debian's programs are installed.

Belongs here: starting and stopping it. Does not belong here: what is kept in it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLACES = (Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"))
USER = "postgres"
SETTINGS = "-c fsync=off -c listen_addresses='' -c shared_buffers=8MB -c max_connections=40"


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`; None where there is none, or where nobody may run them."""
    found = [path.parent for place in _PLACES for path in sorted(place.glob("**/bin/initdb"))]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).parent)
    if not found or (os.getuid() == 0 and shutil.which("runuser") is None):
        return None
    return found[-1]


class Postgres:
    """A server that listens on a socket in `folder` alone."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self._folder, self._bin = folder, bin_folder
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8")

    @property
    def address(self) -> str:
        return f"postgresql://{USER}:planted-password@/postgres?host={self._folder}"

    def start(self) -> None:
        options = f"{SETTINGS} -k {self._folder}"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End all connections and stop."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        as_user = ["runuser", "-u", USER, "--"] if os.getuid() == 0 else []
        done = subprocess.run(
            [*as_user, str(self._bin / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # which the server inherits, and would keep open
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            timeout=120,
            check=False,
        )
        if done.returncode:
            log = self._folder / "log"
            raise RuntimeError(f"{program} failed: {log.read_text() if log.exists() else done.returncode}")


@contextmanager
def running_postgres(bin_folder: Path) -> Iterator[Postgres]:
    """A server from the beginning of the block to its end."""
    # Not below pytest's folders, which no other user may enter; and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="vf-pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, USER)
    try:
        server = Postgres(folder, bin_folder)
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
