"""The server as a stranger uses it: a process of its own, tokens by command, requests over a socket."""

import json
import re
import socket
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from vidfactory import terminal
from vidfactory.cli import app
from vidfactory_tests.command import Command


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@pytest.mark.usefixtures("socket_enabled")
def test_a_stranger_orders_a_video_and_asks_after_it(tmp_path: Path) -> None:
    command, port = Command(tmp_path), free_port()
    token = command("tokens", "new", "stranger").stdout.strip()
    server = command.start("serve", "--port", str(port))
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}/v1", headers={"authorization": f"Bearer {token}"}
        ) as client:
            wait_for(client)
            order = {"query": "GOOG", "key": "finance-by-socket"}
            placed = client.post("/videos", json=order, headers={"idempotency-key": "1"})
            told = client.get(placed.headers["location"].removeprefix("/v1"))
            refused = client.get("/videos", headers={"authorization": "Bearer other"})
    finally:
        server.terminate()
        _, log = server.communicate(timeout=60)
    assert (placed.status_code, told.json()["state"], refused.status_code) == (201, "ordered", 401)
    assert "server" not in placed.headers
    lines = [json.loads(line)["said"] for line in log.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines if line["path"] != "/v1/health"] == [201, 200, 401]
    assert token not in log
    assert (tmp_path / "studio" / "waiting" / "finance-by-socket").is_file()


def wait_for(client: httpx.Client) -> None:
    """Until the server answers; it takes as long as it takes to start."""
    while True:
        try:
            assert client.get("/health").json() == {"status": "ok"}
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


@pytest.fixture
def _own_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folder in (("STUDIO", "studio"), ("LOCAL", "studio"), ("INBOX", "inbox")):
        monkeypatch.setenv(f"VIDFACTORY_{name}", str(tmp_path / folder))
    monkeypatch.setattr(terminal.out, "width", 200)


@pytest.mark.usefixtures("_own_studio")
def test_tokens_are_made_shown_and_taken_back_by_command() -> None:
    assert "There is no token" in run("tokens", "list")[1]
    code, said = run("tokens", "new", "shop", "--read-only", "--per-minute", "7")
    assert code == 0
    assert re.match(r"vidfactory_shop_[0-9a-f]{64}\n", said)
    listed = run("tokens", "list")[1]
    assert re.search(r"shop\s.*read\s.*all\s.*7\s", listed)
    assert said.split()[0] not in listed
    assert run("tokens", "revoke", "shop")[0] == 0
    assert run("tokens", "revoke", "shop")[0] == 2
    assert run("tokens", "new", "Shop")[0] == 2
    assert run("tokens", "new", "other", "--channel", "nobody")[0] == 2


@pytest.mark.usefixtures("_own_studio")
def test_a_server_for_everybody_wants_a_token_first() -> None:
    assert run("serve", "--host", "0.0.0.0")[0] == 2  # noqa: S104 - refused
