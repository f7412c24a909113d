"""The login: a person's consent, a private file, and tokens that are fresh whatever the clock says."""

import datetime as dt
import json
import logging
import stat
import sys
import traceback
import webbrowser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vidfactory.errors import BadInput, Permanent, VidfactoryError
from vidfactory.providers import youtube_publisher
from vidfactory.providers.youtube_publisher import login_of
from vidfactory_tests.providers.publishers import calls_in, kit_of, log_in, on_channel, release_in
from vidfactory_tests.providers.test_youtube_publisher import OPEN, PUT, Channel
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import CutInside, Fault, Refused, Status
from vidfactory_tests.servers.services.youtube import CLIENT, failure
from vidfactory_tests.servers.wire import Answer, Request
from vidfactory_tests.test_secrets import GOOD, WITNESS, found_in, said_aloud

BROWSER = """
import subprocess, sys, urllib.request
if len(sys.argv) == 2:  # whoever opened it waits for this process, so another one looks
    subprocess.Popen([sys.executable, __file__, sys.argv[1], "look"])
else:
    urllib.request.urlopen(sys.argv[1]).read()
"""
PLANTED_CLIENT, DEAD_TOKEN = "planted-client-71c0", "planted-dead-token-aa3f"


@pytest.fixture
def services(loopback: None) -> Iterator[FakeServices]:
    """YouTube whose keys are planted, and which repeats those that it refuses."""
    with FakeServices(key=GOOD) as running:
        youtube = said_aloud(running.services["youtube"])
        routes = tuple(replace(each, refuse=echo) if each.operation == OPEN else each for each in youtube.routes)
        running.services["youtube"] = replace(youtube, routes=routes)
        yield running


def echo(request: Request) -> Answer:
    """A refusal that repeats the token."""
    return failure(400, f"badRequest: {request.headers['authorization']}")


@pytest.fixture
def channel(services: FakeServices, tmp_path: Path) -> Channel:
    log_in(tmp_path / "private", services, client_secret=PLANTED_CLIENT)
    return Channel(services, tmp_path)


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's browser that goes where it is sent, and a consent that is asked for without https."""
    script = tmp_path / "browser.py"
    script.write_text(BROWSER)
    monkeypatch.setenv("BROWSER", f"{sys.executable} {script} %s")
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def client_file(services: FakeServices, folder: Path) -> Path:
    """What Google's console gives for an installed application."""
    content = {
        "client_id": CLIENT,
        "client_secret": PLANTED_CLIENT,
        "auth_uri": f"{services.url('youtube')}/consent",
        "token_uri": f"{services.url('youtube')}/token",
        "redirect_uris": ["http://localhost"],
    }
    file = folder / "downloaded.json"
    file.write_text(json.dumps({"installed": content}))
    return file


def modes(file: Path) -> tuple[int, int]:
    return stat.S_IMODE(file.parent.stat().st_mode), stat.S_IMODE(file.stat().st_mode)


# --- consent -------------------------------------------------------------------------------------


def test_who_allowed_it_once_can_publish(services: FakeServices, tmp_path: Path, browser: None) -> None:
    secrets = str(client_file(services, tmp_path))
    kit = kit_of("youtube", services, tmp_path / "private", calls_in(tmp_path / "studio"), client_secrets=secrets)
    with pytest.raises(Permanent, match=r"there is no login\. Log in: vidfactory youtube login"):
        youtube_publisher.provide(kit)
    file = login_of(kit).consent()
    assert modes(file) == (0o700, 0o600)
    Channel(services, tmp_path).publish()
    assert len(on_channel(services)) == 1


def test_who_did_not_allow_it_is_told_so(services: FakeServices, tmp_path: Path, browser: None) -> None:
    services.next("youtube", Refused(), operation="consent")
    kit = kit_of("youtube", services, tmp_path / "private", client_secrets=str(client_file(services, tmp_path)))
    with pytest.raises(VidfactoryError, match=r"Google gave no login .*Log in: vidfactory youtube login"):
        login_of(kit).consent()
    assert not login_of(kit).file.exists()


@pytest.mark.parametrize("content", [None, "no JSON", '{"web": {}}'])
def test_a_client_that_cannot_be_used_is_named(services: FakeServices, tmp_path: Path, content: str | None) -> None:
    kit = kit_of("youtube", services, tmp_path)
    if content is not None:
        (tmp_path / "client_secret.json").write_text(content)
    with pytest.raises(BadInput, match=r"client_secret\.json: the OAuth client cannot be read.*desktop app"):
        login_of(kit).consent()


def test_each_service_has_a_login_of_its_own(services: FakeServices, tmp_path: Path) -> None:
    names = ("youtube", "cooking")
    first, second = (login_of(kit_of(name, services, tmp_path)) for name in names)
    assert first.file != second.file
    assert second.command == "vidfactory youtube login --service cooking"


# --- tokens --------------------------------------------------------------------------------------


def test_a_token_is_fetched_once_and_kept_for_oneself_alone(channel: Channel) -> None:
    channel.publish()
    channel.publish(channel.release(b"another"))
    assert channel.sent("token") == 1
    assert modes(channel.folder / "private" / "youtube.login.json") == (0o700, 0o600)


@pytest.mark.parametrize("jump", [dt.timedelta(days=-400), dt.timedelta(days=400)])
def test_a_clock_that_jumped_does_no_harm(channel: Channel, jump: dt.timedelta) -> None:
    expiry = (dt.datetime.now(tz=dt.UTC) + jump).isoformat().replace("+00:00", "Z")
    log_in(channel.folder / "private", channel.services, token=DEAD_TOKEN, expiry=expiry)
    channel.publish()
    assert channel.video["bytes"]
    assert channel.sent("token") == 1


def test_a_token_that_runs_out_in_the_middle_is_renewed(channel: Channel) -> None:
    channel.meets(PUT, None, None, Status(401))
    channel.publish()
    assert channel.video["bytes"]
    assert (channel.sent(OPEN), channel.sent("token")) == (1, 2)


def test_a_busy_token_endpoint_is_waited_for(channel: Channel) -> None:
    channel.meets("token", Status(503))
    channel.publish()
    assert channel.video["bytes"]


def test_a_revoked_login_says_how_to_log_in_and_loses_nothing(channel: Channel) -> None:
    channel.meets(PUT, None, None, Status(401))
    channel.meets("token", None, Refused())
    with pytest.raises(Permanent, match=r"takes the login no more.*Log in: vidfactory youtube login"):
        channel.publish()
    log_in(channel.folder / "private", channel.services)
    channel.publish()
    assert channel.video["bytes"]
    assert channel.sent(OPEN) == 1, "the session was gone on with"


def test_a_login_whose_fresh_tokens_are_refused_is_no_login(channel: Channel) -> None:
    channel.meets("channels", Status(401), Status(401))
    with pytest.raises(Permanent, match="takes the login no more"):
        channel.publish()


# --- the file ------------------------------------------------------------------------------------


def test_a_login_that_others_may_read_is_not_used(channel: Channel) -> None:
    file = channel.folder / "private" / "youtube.login.json"
    file.chmod(0o644)
    with pytest.raises(Permanent, match=r"others on this machine may read the login.*chmod 600"):
        channel.publish()
    assert not channel.services.served


@pytest.mark.parametrize("content", ["", "{", "[]", '{"refresh_token": "planted"}'])
def test_a_damaged_login_is_named_and_not_repeated(channel: Channel, content: str) -> None:
    file = channel.folder / "private" / "youtube.login.json"
    file.write_text(content)
    with pytest.raises(Permanent, match=r"the login in .* (cannot be read|is not whole)\. Log in") as failed:
        channel.publish()
    assert "planted" not in "".join(traceback.format_exception(failed.value)).replace("planted-", "")


# --- secrets -------------------------------------------------------------------------------------

TROUBLE: tuple[tuple[str, tuple[Fault | None, ...]], ...] = (
    ("channels", (Status(401), Status(401))),
    ("token", (Refused(),)),
    ("token", (Status(503), Status(503), Status(503), Status(503))),
    (OPEN, (Refused(),)),
    (PUT, (None, CutInside(10), Status(401), None, Status(400))),
    ("thumbnail", (Refused(),)),
    ("captions", (Refused(),)),
    ("captions", ()),
)


def test_the_login_stands_in_its_file_and_nowhere_else(
    channel: Channel, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for operation, faults in TROUBLE:
        log_in(channel.folder / "private", channel.services, client_secret=PLANTED_CLIENT, token=DEAD_TOKEN)
        channel.services.switches.clear()
        channel.meets(operation, *faults)
        release = release_in(channel.folder / "packed", f"{operation} {len(told)}".encode())
        try:
            told.append(repr(channel.publish(release)))
        except VidfactoryError as error:
            told.append("".join(traceback.format_exception(error)))
    (channel.folder / "studio" / "witness.txt").write_text(WITNESS)
    secrets = [GOOD, PLANTED_CLIENT, DEAD_TOKEN]
    assert found_in(channel.folder, [WITNESS]) == ["studio/witness.txt"]
    assert found_in(channel.folder, secrets) == ["private/youtube.login.json"]
    printed = capfd.readouterr()
    written = "".join([*told, printed.out, printed.err, caplog.text])
    assert [secret for secret in secrets if secret in written] == []
    kit = kit_of("youtube", channel.services, channel.folder / "private")
    assert not any(secret in repr((kit, youtube_publisher.provide(kit), login_of(kit))) for secret in secrets)
    assert "upload_id" not in "".join(record.getMessage() for record in caplog.records if "vidfactory" in record.name)
