"""What people see of a channel's trends, and what they are told when they ask wrongly."""

import datetime as dt
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vidfactory import commands_trends, terminal
from vidfactory.cli import app
from vidfactory.definitions import studio_of
from vidfactory.settings import Settings
from vidfactory.storage.order_book import OrderBook
from vidfactory_tests.sensors.recorded import as_posts, recorded
from vidfactory_tests.sensors.test_trending import posts_of, publish, settings_of


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two stories of this hour for the channel `wire`; prices are asked for only when a video is made."""
    channels = {"wire": posts_of("wire", videos_per_day=1), "quiet": {}, "dear": DEAR}
    found = settings_of(tmp_path, channels, providers={"market": ("yfinance",)})
    now = dt.datetime.now(tz=dt.UTC)
    moments = [now - dt.timedelta(minutes=minutes) for minutes in (20, 30)]
    publish(tmp_path, "wire", as_posts(recorded(1, moments, lambda _: 100, 0), now))
    monkeypatch.setattr(commands_trends, "read_settings", lambda: found)
    monkeypatch.setattr(terminal.out, "width", 160)
    return found


DEAR = {"providers": {"trends": "x"}, "sources": {"queries": ["a"]}, "budget": {"day_usd": 0}}


def said(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["trends", *arguments])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_the_topics_are_shown_with_what_would_become_of_them_and_nothing_is_ordered(settings: Settings) -> None:
    shown = said("wire")
    assert "account ada" in shown
    assert "every 10 min" in shown
    assert "free" in shown
    assert "1 of 1 topics are ordered" in shown
    assert "Order them with --order" in shown
    assert OrderBook(studio_of(settings)).waiting() == []


def test_what_is_ordered_is_named_and_waits_to_be_started(settings: Settings) -> None:
    shown = said("wire", "--order")
    (key,) = OrderBook(studio_of(settings)).waiting()
    assert f"Ordered {key}" in shown
    assert "Nothing is ordered now: 1 of 1 topics are ordered" in said("wire", "--order")


def test_a_source_that_cannot_be_paid_shows_its_price(settings: Settings) -> None:
    shown = said("dear")
    assert "never" in shown
    assert "$0.15" in shown
    assert "Raise budget.day_usd in channels/dear.yaml" in shown


@pytest.mark.parametrize(
    ("channel", "complaint"),
    [("nope", "there is no channel 'nope'. There are: wire, quiet, dear"), ("quiet", "it names no sources")],
)
def test_a_channel_that_cannot_be_asked_is_told(settings: Settings, channel: str, complaint: str) -> None:
    assert complaint in said(channel, code=2)
