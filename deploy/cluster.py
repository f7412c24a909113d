"""A studio of several machines on one, without containers: `make cluster`.

It starts what a real one has: PostgreSQL, Redis, an object store with the S3 API, Dagster's code server, web server and
daemon, and workers that share nothing but the store, each with a folder of its own. All of it listens on 127.0.0.1
alone. All state lies in data/cluster, which can be thrown away; logs are in data/cluster/logs.

Belongs here: processes, in which order they start, whether they are well, and their end. Does not belong here: what
they do, which their settings say, and containers (`compose.yaml`).
"""

import argparse
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from deploy.swift import configure

PROJECT = Path(__file__).resolve().parent.parent
STATE = PROJECT / "data" / "cluster"
SWIFT = PROJECT / ".venv-swift"
BUCKET = "studio"
DATABASE = USER = "studio"
READY_WITHIN_S = 180.0
END_WITHIN_S = 15.0
START_AGAIN_S = 3.0
DEBIAN = {"initdb": "postgresql", "redis-server": "redis-server"}
NAMES = ("dagster", "screen", "orders", "proxy", "postgres", "redis", "code", "account", "container", "object")
"""What listens on a port: the first on the first port, and so on."""
BENEATH = ("postgres", "redis", "account", "container", "object", "proxy")
"""What the studio leans on."""


class Trouble(Exception):
    """What the person has to mend first."""


@dataclass
class Program:
    """One process of the cluster. `is_ready` says whether it does its work."""

    name: str
    command: list[str]
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    ends_with: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = False

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Cluster:
    """All processes. `environment` is added to that of those that make videos."""

    def __init__(
        self,
        state: Path = STATE,
        first_port: int = 3000,
        workers: int = 2,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.state = state
        self.ports = {name: first_port + number for number, name in enumerate(NAMES)}
        self.own = dict(environment or {})
        state.mkdir(parents=True, exist_ok=True)
        self.secrets = _kept_secrets(state / "secrets.json")
        self.workers = workers
        self.programs: dict[str, Program] = {}

    def environment(self, machine: str) -> dict[str, str]:
        """What a process of the studio is told, that runs on the machine of this name."""
        home = self.state / "machines" / machine
        redis = f"redis://:{self.secrets['redis']}@127.0.0.1:{self.ports['redis']}/0"
        port, password = str(self.ports["postgres"]), self.secrets["postgres"]
        return {
            **{
                name: text
                for name, text in os.environ.items()
                if not name.startswith(("VIDFACTORY_", "AWS_", "DAGSTER_"))
            },
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            "DAGSTER_HOME": str(home / "dagster"),
            "VIDFACTORY_LOCAL": str(home),
            "VIDFACTORY_INBOX": str(home / "inbox"),
            "VIDFACTORY_STUDIO": f"s3://{BUCKET}/films",
            "VIDFACTORY_BUCKET": BUCKET,
            "VIDFACTORY_EXECUTOR": "celery",
            "VIDFACTORY_BROKER": redis,
            "VIDFACTORY_DATABASE_HOST": "127.0.0.1",
            "VIDFACTORY_DATABASE_PORT": port,
            "VIDFACTORY_DATABASE_NAME": DATABASE,
            "VIDFACTORY_DATABASE_USER": USER,
            "VIDFACTORY_DATABASE_PASSWORD": password,
            "VIDFACTORY_LIMITS": f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}",
            "VIDFACTORY_CODE_HOST": "127.0.0.1",
            "VIDFACTORY_CODE_PORT": str(self.ports["code"]),
            "AWS_ENDPOINT_URL": self.address("proxy"),
            "AWS_ACCESS_KEY_ID": f"{USER}:admin",
            "AWS_SECRET_ACCESS_KEY": self.secrets["s3"],
            "AWS_DEFAULT_REGION": "us-east-1",
            **self.own,
        }

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self) -> None:
        """Everything, in order, each when that before it is ready. Trouble for what is in the way."""
        self._check_ports()
        self.programs = {program.name: program for program in self._programs(self.workers)}
        for name in BENEATH:
            self.up(name)
        self.run_module("code", "deploy.bucket", [])
        for program in self.programs.values():
            if program.name not in BENEATH:
                _lay_out(Path(self.environment(program.name)["DAGSTER_HOME"]))
        self.run("code", ["prepare"])
        for name in self.programs:
            self.up(name)

    def run(self, machine: str, arguments: list[str]) -> str:
        """What `vidfactory` with these arguments prints on a machine. Trouble where it fails."""
        return self._said(machine, ["-m", "vidfactory", *arguments])

    def run_module(self, machine: str, module: str, arguments: list[str]) -> str:
        """What a module of Python prints on a machine."""
        return self._said(machine, ["-m", module, *arguments])

    def _said(self, machine: str, arguments: list[str]) -> str:
        known = self.environment(machine)
        _lay_out(Path(known["DAGSTER_HOME"]))
        done = subprocess.run(
            [sys.executable, *arguments], cwd=PROJECT, env=known, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Trouble(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def up(self, name: str) -> None:
        """Start a program where it does not run, and wait until it is ready."""
        program = self.programs[name]
        program.wanted = True
        if not program.is_running:
            self._launch(program)
        deadline = time.monotonic() + READY_WITHIN_S
        while not program.is_ready():
            if not program.is_running:
                raise Trouble(f"{name} ended at once; its log ends so:\n{self.tail(name)}")
            if time.monotonic() > deadline:
                raise Trouble(f"{name} is not ready after {READY_WITHIN_S:.0f} s; its log ends so:\n{self.tail(name)}")
            time.sleep(0.2)

    def down(self, name: str, how: signal.Signals | None = None) -> None:
        """End a program and all that it started, and do not start it again."""
        program = self.programs[name]
        program.wanted = False
        if program.process is None:
            return
        _signal(program, how or program.ends_with)
        try:
            program.process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            _signal(program, signal.SIGKILL)
            program.process.wait()
        if program.user is None:
            _signal(program, signal.SIGKILL)  # what it left behind in its group
        (self.state / "run" / f"{name}.pid").unlink(missing_ok=True)

    def look_after(self) -> list[str]:
        """Start again what has ended of itself, as containers would be; the names of it."""
        gone = [program for program in self.programs.values() if program.wanted and not program.is_running]
        for program in gone:
            self._launch(program)
        return [program.name for program in gone]

    def end(self) -> None:
        """Everything: the studio's own processes at once, then what they lean on."""
        for program in self.programs.values():
            if program.is_running and program.name not in BENEATH:
                _signal(program, program.ends_with)
        for name in reversed(self.programs):
            self.down(name)

    def tail(self, name: str, lines: int = 15) -> str:
        log = self.state / "logs" / f"{name}.log"
        return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def _launch(self, program: Program) -> None:
        for folder in ("logs", "run"):
            (self.state / folder).mkdir(exist_ok=True)
        with (self.state / "logs" / f"{program.name}.log").open("ab") as log:
            program.process = subprocess.Popen(
                program.command,
                cwd=PROJECT if program.user is None else "/",
                env={**program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=program.user,
                group=pwd.getpwnam(program.user).pw_gid if program.user else None,
                extra_groups=[] if program.user else None,
                start_new_session=True,
            )
        (self.state / "run" / f"{program.name}.pid").write_text(str(program.process.pid), encoding="utf-8")

    def _check_ports(self) -> None:
        for name, port in self.ports.items():
            with socket.socket() as door:
                door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    door.bind(("127.0.0.1", port))
                except OSError as error:
                    raise Trouble(
                        f"port {port}, which {name} needs, is taken ({error.strerror}). "
                        "If a cluster runs already: make cluster-stop; else choose other ports: make cluster PORT=4000"
                    ) from error

    def _programs(self, workers: int) -> list[Program]:
        return [self._postgres(), self._redis(), *self._swift(), *self._dagster(), *self._workers(workers)]

    def _postgres(self) -> Program:
        tools, data, port = _postgres_tools(), self.state / "postgres", self.ports["postgres"]
        user = _database_user(self.state)
        if not (data / "PG_VERSION").exists():
            _initialise_postgres(tools, data, user, self.secrets["postgres"])
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "300",
            "fsync": "on",
            "synchronous_commit": "on",
        }
        command = [str(tools / "postgres"), "-D", str(data), "-p", str(port)]
        asked = [str(tools / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
        return Program(
            "postgres",
            [*command, *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))],
            lambda: subprocess.run(asked, check=False).returncode == 0,
            {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            user=user,
            ends_with=signal.SIGINT,  # ends those who are connected; SIGTERM would wait for them
        )

    def _redis(self) -> Program:
        folder, port = self.state / "redis", self.ports["redis"]
        folder.mkdir(exist_ok=True)
        settings = folder / "redis.conf"
        place = f"bind 127.0.0.1\nport {port}\ndir {folder}\nrequirepass {self.secrets['redis']}\n"
        settings.write_text(f'{place}appendonly yes\nsave ""\n', encoding="utf-8")
        settings.chmod(0o600)
        return Program(
            "redis",
            [_found("redis-server"), str(settings)],
            lambda: _pong(port, self.secrets["redis"]),
            {"PATH": os.environ["PATH"]},
        )

    def _swift(self) -> list[Program]:
        _install_swift()
        commands = configure(self.state / "swift", SWIFT / "bin", self.ports, f"{USER}:admin", self.secrets["s3"])
        return [
            Program(name, command, partial(_answers, f"{self.address(name)}/healthcheck"), {"PATH": os.environ["PATH"]})
            for name, command in commands.items()
        ]

    def _dagster(self) -> list[Program]:
        workspace = str(PROJECT / "deploy" / "workspace.yaml")
        here = ["-h", "127.0.0.1", "-p"]
        python = [sys.executable, "-m"]
        code = [*python, "dagster", "api", "grpc", *here, str(self.ports["code"]), "-m", "vidfactory.definitions"]
        web = [*python, "dagster_webserver", *here, str(self.ports["dagster"]), "-w", workspace]
        daemon = [*python, "dagster._daemon", "run", "-w", workspace]
        orders = [*python, "vidfactory", "serve", "--port", str(self.ports["orders"])]
        screen = [*python, "vidfactory", "screen", "--port", str(self.ports["screen"])]
        return [
            Program("code", code, lambda: _listens(self.ports["code"]), self.environment("code")),
            Program(
                "dagster", web, lambda: _answers(f"{self.address('dagster')}/server_info"), self.environment("dagster")
            ),
            Program("daemon", daemon, self._daemon_is_well, self.environment("daemon")),
            Program(
                "orders", orders, lambda: _answers(f"{self.address('orders')}/v1/health"), self.environment("orders")
            ),
            Program("screen", screen, lambda: _listens(self.ports["screen"]), self.environment("screen")),
        ]

    def _workers(self, count: int) -> list[Program]:
        made = []
        for number in range(1, count + 1):
            name = f"worker{number}"
            pulse = self.state / "machines" / name / "worker.alive"
            share = str(max(1, (os.cpu_count() or 1) // count))
            command = [sys.executable, "-m", "vidfactory", "worker", "--name", name, "--steps", "2"]
            environment = {"VIDFACTORY_RENDER_WORKERS": share, **self.environment(name)}
            made.append(Program(name, command, partial(_is_fresh, pulse), environment))
        return made

    def _daemon_is_well(self) -> bool:
        """As Dagster's own page says it."""
        asked = json.dumps(
            {"query": "{ instance { daemonHealth { allDaemonStatuses { required healthy } } } }"}
        ).encode()
        request = Request(  # noqa: S310  -- of this machine
            f"{self.address('dagster')}/graphql", asked, {"Content-Type": "application/json"}
        )
        try:
            with urlopen(request, timeout=5) as answer:  # noqa: S310  -- of this machine
                daemons = json.load(answer)["data"]["instance"]["daemonHealth"]["allDaemonStatuses"]
        except OSError:
            return False
        return all(daemon["healthy"] for daemon in daemons if daemon["required"])


def _lay_out(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "deploy" / "dagster.yaml", home / "dagster.yaml")


def _kept_secrets(file: Path) -> dict[str, str]:
    """The passwords of this cluster, made up when it is first started."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({name: secrets.token_hex(16) for name in ("postgres", "redis", "s3")}), "utf-8")
    known: dict[str, str] = json.loads(file.read_text("utf-8"))
    return known


def _signal(program: Program, number: signal.Signals) -> None:
    """To the whole group, but to PostgreSQL's first process alone, which ends its others in order."""
    assert program.process is not None
    try:
        if program.user is None and program.name != "postgres":
            os.killpg(program.process.pid, number)
        else:
            program.process.send_signal(number)
    except ProcessLookupError:
        return


def _found(program: str) -> str:
    """The path of a Debian program, which is installed where it is missing."""
    for _ in range(2):
        if path := shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin"):
            return path
        _install_debian()
    raise Trouble(f"{program} is not there after its installation")


def _postgres_tools() -> Path:
    """The folder of PostgreSQL's own programs; Debian keeps them off the path, the newest version last."""
    for _ in range(2):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        if found:
            return found[-1].parent
        if path := shutil.which("initdb"):
            return Path(path).resolve().parent
        _install_debian()
    raise Trouble("PostgreSQL is not there after its installation")


def _install_debian() -> None:
    packages = list(DEBIAN.values())
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Trouble(f"PostgreSQL and Redis are needed. On Debian: sudo apt-get install {' '.join(packages)}")
    print(f"Installing {', '.join(packages)} ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["/usr/bin/apt-get", "-qq"]
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run([*apt, *arguments], env=quiet, check=True, stdout=subprocess.DEVNULL)


def _install_swift() -> None:
    if (SWIFT / ".ready").exists():
        return
    print("Installing OpenStack Swift into .venv-swift ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(SWIFT)], check=True)
    pip = [str(SWIFT / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(PROJECT / "deploy" / "requirements-s3.txt")], check=True)
    (SWIFT / ".ready").touch()


def _database_user(state: Path) -> str | None:
    """Who runs PostgreSQL, which refuses to be root: Debian's user of it there, else whoever starts the cluster."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError as error:
        raise Trouble(
            "PostgreSQL refuses to run as root, and there is no user postgres: start it as another"
        ) from error
    for folder in (state, *state.parents):
        if not folder.stat().st_mode & 0o001:
            raise Trouble(
                f"the user postgres may not enter {folder}: chmod o+x it, "
                "or name another folder: python -m deploy.cluster --state FOLDER start"
            )
    return "postgres"


def _initialise_postgres(tools: Path, data: Path, user: str | None, password: str) -> None:
    """An empty database for the studio's user, who must say the password."""
    data.mkdir(mode=0o700, exist_ok=True)
    secret = data.parent / "postgres.password"
    secret.touch(mode=0o600)
    secret.write_text(password, "utf-8")
    if user:
        shutil.chown(data, user, user)
        shutil.chown(secret, user, user)
    settings = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8"]
    alone = [str(tools / "postgres"), "--single", "-D", str(data), "postgres"]
    try:
        _run_as(user, [str(tools / "initdb"), "-D", str(data), *settings])
        _run_as(user, alone, f"CREATE DATABASE {DATABASE};\n")
    except subprocess.CalledProcessError as error:
        shutil.rmtree(data)
        raise Trouble(f"PostgreSQL could not be set up in {data}: {error}") from error
    finally:
        secret.unlink()


def _run_as(user: str | None, command: list[str], said: str = "") -> None:
    subprocess.run(
        command,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        cwd="/",
        input=said.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _pong(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as door:
            door.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
            return b"+PONG" in door.makefile("rb").read()
    except OSError:
        return False


def _answers(address: str) -> bool:
    """Whether a web server answers there, whatever it says: Swift's rings know no such page."""
    try:
        with urlopen(Request(address), timeout=2):  # noqa: S310  -- of this machine
            return True
    except HTTPError:
        return True
    except OSError:
        return False


def _is_fresh(pulse: Path) -> bool:
    return pulse.exists() and time.time() - pulse.stat().st_mtime < END_WITHIN_S


def _running(state: Path) -> int | None:
    """The process of a cluster that was started from this folder, if it still runs."""
    file = state / "cluster.pid"
    if not file.exists():
        return None
    number = int(file.read_text("utf-8"))
    try:
        said = Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return None
    return number if b"deploy.cluster" in said or b"deploy.proof" in said else None


def stop(state: Path) -> str:
    """End a cluster that was started elsewhere, and what a killed one left behind."""
    number = _running(state)
    if number is not None:
        os.kill(number, signal.SIGTERM)
        for _ in range(600):
            if _running(state) is None:
                return "ended"
            time.sleep(0.1)
        raise Trouble(f"the cluster (process {number}) does not end")
    left = [file for file in (state / "run").glob("*.pid") if _end_left_behind(int(file.read_text("utf-8")), state)]
    for file in (state / "run").glob("*.pid"):
        file.unlink()
    return f"ended what was left of it: {', '.join(file.stem for file in left)}" if left else "no cluster runs"


def _end_left_behind(number: int, state: Path) -> bool:
    """End the process group of a process if that is one of this cluster's."""
    try:
        said = Path(f"/proc/{number}/environ").read_bytes() + Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False
    if str(state).encode() not in said:
        return False
    os.killpg(number, signal.SIGTERM if b"postgres" not in said else signal.SIGINT)
    return True


def serve(state: Path, first_port: int, workers: int) -> None:
    """Start everything and look after it until Ctrl-C, or `stop` from elsewhere."""
    if _running(state) is not None:
        raise Trouble("a cluster of this folder runs already. End it: make cluster-stop")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    cluster = Cluster(state, first_port, workers)
    (state / "cluster.pid").write_text(str(os.getpid()), encoding="utf-8")
    try:
        begun = time.monotonic()
        cluster.start()
        print(f"The studio is open after {time.monotonic() - begun:.0f} s, with {workers} workers.")
        print(f"Dagster         {cluster.address('dagster')}")
        print(f"Screening room  {cluster.address('screen')}")
        print(f"Orders          {cluster.address('orders')}/v1")
        print(f"Object store    {cluster.address('proxy')} (its keys are in {state / 'secrets.json'})")
        print(f"Logs            {state / 'logs'}")
        print("A command in it: make in-cluster DO='new finance'. Its end: Ctrl-C, or make cluster-stop", flush=True)
        while True:
            for name in cluster.look_after():
                print(f"{name} had ended and was started again", flush=True)
            time.sleep(START_AGAIN_S)
    except KeyboardInterrupt:
        print("Ending ...", flush=True)
    finally:
        cluster.end()
        (state / "cluster.pid").unlink(missing_ok=True)


def become(state: Path, first_port: int, arguments: list[str]) -> NoReturn:
    """Turn into a `vidfactory` command on a machine of a cluster that runs."""
    if _running(state) is None:
        raise Trouble("no cluster runs here. Start it: make cluster")
    known = Cluster(state, first_port).environment("person")
    _lay_out(Path(known["DAGSTER_HOME"]))
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, "-m", "vidfactory", *arguments], known)  # noqa: S606  -- this very interpreter


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.cluster", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["start", "stop", "run"], help="run: a vidfactory command on the cluster")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parser.add_argument("--state", type=Path, default=STATE, help="the folder of everything that it keeps")
    parser.add_argument("--port", type=int, default=3000, help="the first of its ten ports")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    try:
        if options.what == "stop":
            print(stop(options.state.resolve()))
        elif options.what == "run":
            become(options.state.resolve(), options.port, options.arguments)
        else:
            serve(options.state.resolve(), options.port, options.workers)
    except Trouble as trouble:
        sys.exit(f"Error: {trouble}")


if __name__ == "__main__":
    main()
