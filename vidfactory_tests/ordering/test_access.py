"""Who may come in over HTTP, how often, and what strangers are told."""

import json
import logging
import re

import pytest
from starlette.requests import Request

from vidfactory.definitions import studio_of
from vidfactory.errors import BadInput, StorageRefused, StorageUnavailable
from vidfactory.ordering.access import LOOKED_UP_S, REMEMBERED_S, Door, Turns
from vidfactory.ordering.guard import access_log
from vidfactory.ordering.problems import Problem
from vidfactory.ordering.server import open_door
from vidfactory.ordering.tokens import SCOPES, Token, Tokens
from vidfactory.storage import objects
from vidfactory.storage.order_book import OrderBook
from vidfactory_tests.ordering.counter import CHANNEL, NOW, OTHER, PUBLISHED, WAITING, Counter

ADDRESSES = (
    ("GET", "/v1/channels"),
    ("GET", "/v1/videos"),
    ("POST", "/v1/videos"),
    ("GET", f"/v1/videos/{WAITING}"),
    ("POST", f"/v1/videos/{WAITING}/cancel"),
    ("GET", f"/v1/videos/{WAITING}/quote"),
    ("GET", f"/v1/videos/{WAITING}/package"),
    ("GET", f"/v1/videos/{WAITING}/package/video.mp4"),
    ("HEAD", f"/v1/videos/{WAITING}/package/video.mp4"),
)


def test_nobody_comes_in_without_a_token(desk: Counter) -> None:
    wrong = ("", "Bearer", "Bearer ", "Bearer x", f"Basic {desk.token}", desk.token, f"Bearer {desk.token}x")
    for method, address in ADDRESSES:
        for given in wrong:
            answer = desk.client().request(method, address, headers={"authorization": given})
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), (method, address, given)
    assert desk.client("x").get("/v1/health").status_code == 200


def test_every_address_is_looked_at_here(desk: Counter) -> None:
    described = desk.client().get("/openapi.json").json()["paths"]
    known = {re.sub(r"finance-waiting", "{key}", address).replace("video.mp4", "{name}") for _, address in ADDRESSES}
    assert known == set(described) - {"/v1/health"}


def test_a_token_that_reads_does_not_order(desk: Counter) -> None:
    reader = desk.client(desk.new_token("reader", scopes=("read",)))
    orders = desk.client(desk.new_token("orders", scopes=("order",)))
    assert reader.get("/v1/videos").status_code == 200
    assert reader.post("/v1/videos", json={"query": "x"}).status_code == 403
    assert reader.post(f"/v1/videos/{WAITING}/cancel").status_code == 403
    assert orders.get("/v1/videos").status_code == 403
    assert OrderBook(desk.store.studio).waiting() == []


def test_a_token_of_one_channel_sees_and_orders_for_that_alone(desk: Counter) -> None:
    own = desk.client(desk.new_token("own", channels=(CHANNEL,)))
    assert [each["key"] for each in own.get("/v1/videos").json()["videos"]] == [WAITING]
    assert [each["id"] for each in own.get("/v1/channels").json()["channels"]] == [CHANNEL]
    for path in ("", "/quote", "/package", "/package/video.mp4"):
        assert own.get(f"/v1/videos/{PUBLISHED}{path}").status_code == 404
    assert own.post(f"/v1/videos/{PUBLISHED}/cancel").status_code == 404
    assert own.post("/v1/videos", json={"query": "x", "channel": OTHER}).status_code == 403
    assert own.post("/v1/videos", json={"query": "x"}).json()["remedy"] == f"Name one of them: {CHANNEL}"
    assert own.post("/v1/videos", json={"query": "x", "channel": CHANNEL}).status_code == 201


def test_a_new_token_is_known_within_a_second(desk: Counter) -> None:
    seconds = [0.0]
    tokens = Tokens(studio_of(desk.settings))
    door = Door(tokens, lambda: seconds[0])
    with pytest.raises(Problem):
        door.enter(_request(), "nobody's", "read")
    secret = tokens.make("mine", NOW, scopes=SCOPES, channels=(), per_minute=10)
    seconds[0] = LOOKED_UP_S
    assert door.enter(_request(), secret, "read").name == "mine"


def test_a_token_that_is_taken_back_is_known_no_more(desk: Counter) -> None:
    seconds = [0.0]
    tokens = Tokens(studio_of(desk.settings))
    secret = tokens.make("mine", NOW, scopes=SCOPES, channels=(), per_minute=10)
    door, request = Door(tokens, lambda: seconds[0]), _request()
    assert door.enter(request, secret, "read").name == "mine"
    tokens.revoke("mine")
    seconds[0] = REMEMBERED_S
    with pytest.raises(Problem) as caught:
        door.enter(request, secret, "read")
    assert caught.value.status == 401


def _request() -> Request:
    return Request({"type": "http", "headers": []})


def test_the_studio_keeps_no_token(desk: Counter) -> None:
    kept = b"".join(objects.get(path) or b"" for path in desk.store.studio.tokens.iterdir())
    assert desk.token.encode() not in kept
    assert desk.token.rpartition("_")[2].encode() not in kept
    assert re.fullmatch(r"vidfactory_everything_[0-9a-f]{64}", desk.token)


@pytest.mark.parametrize("name", ["", "Shop", "a b", "../x", "a_b", "-a", "a" * 41])
def test_a_token_has_a_plain_name(desk: Counter, name: str) -> None:
    with pytest.raises(BadInput, match="names no token"):
        desk.new_token(name)


def test_a_name_is_given_once(desk: Counter) -> None:
    desk.new_token("shop")
    with pytest.raises(BadInput, match="there is a token of this name"):
        desk.new_token("shop")
    with pytest.raises(BadInput, match="there is no such token"):
        Tokens(studio_of(desk.settings)).revoke("nobody")


def test_who_asks_too_often_waits(desk: Counter) -> None:
    hasty = desk.client(desk.new_token("hasty", per_minute=3))
    answers = [hasty.get("/v1/channels") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 20
    assert desk.client().get("/v1/channels").status_code == 200


def test_turns_come_back_with_time() -> None:
    seconds = [100.0]
    turns = Turns(lambda: seconds[0])
    token = Token(name="a", sha256="0" * 64, scopes=SCOPES, per_minute=6, at=NOW)
    assert [turns.take(token) for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    seconds[0] += 4
    assert turns.take(token) == pytest.approx(6)
    seconds[0] += 6
    assert turns.take(token) == 0
    seconds[0] += 3600
    assert [turns.take(token) for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]


@pytest.mark.usefixtures("socket_enabled")
def test_strangers_reach_no_studio_without_tokens(desk: Counter) -> None:
    for host in ("0.0.0.0", "::", "10.0.0.1", "example.com"):  # noqa: S104 - refused, or not this machine's
        empty = desk.settings.model_copy(update={"studio": str(desk.folder / "empty")})
        with pytest.raises(BadInput, match="there is no token"):
            open_door(empty, host, 0)
    with open_door(desk.settings.model_copy(update={"studio": str(desk.folder / "empty")}), "127.0.0.1", 0) as door:
        assert door.getsockname()[0] == "127.0.0.1"
        with pytest.raises(BadInput, match="nobody can listen there"):
            open_door(desk.settings, "127.0.0.1", door.getsockname()[1])


def test_every_answer_is_guarded_and_numbered(desk: Counter) -> None:
    for address in ("/v1/health", "/v1/nothing", "/openapi.json", f"/v1/videos/{PUBLISHED}/package/video.mp4"):
        answer = desk.client().get(address, headers={"origin": "https://elsewhere.example"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
        assert "access-control-allow-origin" not in answer.headers
    assert desk.client().get("/v1/videos").headers["cache-control"] == "no-store"
    named = desk.client().get("/v1/health", headers={"x-request-id": "mine-12345"})
    assert named.headers["x-request-id"] == "mine-12345"
    wrong = desk.client().get("/v1/health", headers={"x-request-id": "a\tb<script>"})
    assert re.fullmatch("[0-9a-f]{32}", wrong.headers["x-request-id"])


@pytest.mark.parametrize("address", ["/docs", "/redoc", "/", "/v1", "/v1/", "/v1/videos/", "//v1/videos"])
def test_there_is_nothing_at_other_addresses(desk: Counter, address: str) -> None:
    answer = desk.client().get(address, follow_redirects=False)
    assert answer.status_code in {307, 404}
    assert "<html" not in answer.text


def test_an_address_says_which_methods_it_takes(desk: Counter) -> None:
    answer = desk.client().delete("/v1/videos")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_the_log_has_a_line_for_each_request_and_no_secrets(desk: Counter, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=access_log.name):
        desk.client().get("/v1/videos?channel=daily-markets", headers={"idempotency-key": "secret-key"})
        desk.client("wrong-secret").post("/v1/videos", json={"query": "secret query"})
    first, second = (json.loads(record.getMessage()) for record in caplog.records if record.name == access_log.name)
    assert (first["method"], first["path"], first["status"], first["token"]) == ("GET", "/v1/videos", 200, "everything")
    assert first["bytes"] > 0
    assert (second["status"], second["token"]) == (401, "")
    assert desk.token not in caplog.text
    assert "secret" not in caplog.text


def test_the_studios_own_trouble_is_told_without_details(desk: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble(error: Exception) -> None:
        def fails(*_: object) -> None:
            raise error

        monkeypatch.setattr(OrderBook, "waiting", fails)

    for error, status in (
        (StorageUnavailable("it was away", where="s3://secret/studio"), 503),
        (StorageRefused("no rights", where="s3://secret/studio", remedy="Set AWS_SECRET"), 500),
        (RuntimeError("s3://secret/studio"), 500),
    ):
        trouble(error)
        for address in ("/v1/videos", "/v1/health"):
            answer = desk.client().get(address)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            assert "secret" not in answer.text.lower()
            assert answer.json()["request"] == answer.headers["x-request-id"]
