"""Messages to webhooks: signed as the standard says, tried again where that helps, and never with the secret shown."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest
import stamina
from pydantic import SecretStr
from standardwebhooks import Webhook as Reader

from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.settings import Alarms, Settings, Webhook
from vidfactory.webhooks import post, webhook_of
from vidfactory_tests.listener import Listener
from vidfactory_tests.servers.fixtures import loopback

__all__ = ["loopback"]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the example of the standard
CONTENT = {"video": "finance-demo", "said": "fertig für heute"}


@pytest.fixture
def listener(loopback: None) -> Iterator[Listener]:
    with Listener.at_work() as server, stamina.set_testing(testing=True, attempts=4):
        yield server


def hook(address: str, secret: str | None = SECRET) -> Webhook:
    return Webhook.model_validate({"address": address, "key_name": "HOOK_SECRET", "key": secret})


def tell(webhook: Webhook, number: str = "msg-1") -> None:
    post(webhook, number, "alarm.raised", CONTENT, dt.datetime.now(tz=dt.UTC))


def test_a_message_is_read_and_believed_by_the_standards_own_reader(listener: Listener) -> None:
    tell(hook(listener.address))
    ((headers, body),) = listener.got
    message = Reader(SECRET).verify(body, headers)
    assert (message["type"], message["data"]) == ("alarm.raised", CONTENT)
    assert headers["webhook-id"] == "msg-1"
    forged = json.dumps({**json.loads(body), "type": "alarm.cleared"}).encode()
    with pytest.raises(Exception, match="No matching signature"):
        Reader(SECRET).verify(forged, headers)


@pytest.mark.parametrize("status", [500, 503, 408, 425, 429])
def test_a_busy_webhook_is_tried_again_with_the_same_number(listener: Listener, status: int) -> None:
    listener.statuses = [status, status]
    tell(hook(listener.address))
    assert [headers["webhook-id"] for headers, _ in listener.got] == ["msg-1"] * 3


def test_four_tries_are_enough(listener: Listener) -> None:
    listener.statuses = [500] * 9
    with pytest.raises(Transient, match="answered 500"):
        tell(hook(listener.address))
    assert len(listener.got) == 4


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_a_refusal_is_final_and_shows_no_secrets(listener: Listener, status: int) -> None:
    listener.statuses = [status]
    with pytest.raises(Permanent, match=f"answered {status}") as caught:
        tell(hook(listener.address))
    assert len(listener.got) == 1
    assert "planted-token" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.usefixtures("loopback")
def test_nobody_at_the_address_is_worth_another_try() -> None:
    with (
        stamina.set_testing(testing=True, attempts=2),
        pytest.raises(Transient, match="cannot be reached: ConnectError"),
    ):
        tell(hook("http://127.0.0.1:9/"))


@pytest.mark.parametrize("secret", [None, "", "whsec_", "whsec_x"])
def test_without_a_usable_secret_nothing_is_sent(listener: Listener, secret: str | None) -> None:
    with pytest.raises(BadInput, match="HOOK_SECRET"):
        tell(hook(listener.address, secret))
    assert not listener.got


def test_an_unknown_webhook_is_named_with_those_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    settings = Settings(webhooks={"desk": {"address": "https://example.com/x", "key_name": "HOOK_SECRET"}})  # type: ignore[dict-item]
    assert webhook_of(settings, "desk").key == SecretStr(SECRET)
    with pytest.raises(BadInput, match=r"no webhook 'pager'.*there are: desk"):
        webhook_of(settings, "pager")
    with pytest.raises(ValueError, match="no webhook 'pager'"):
        Settings(alarms=Alarms(webhook="pager"))
