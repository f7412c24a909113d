"""Orders: everything that a person can get wrong is found before anything is made or changed."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import wavfile

from vidfactory.errors import BadInput
from vidfactory.orders import (
    accept,
    bring_recording,
    check,
    check_with,
    checked_finance_order,
    checked_key,
    order_changed,
    place,
    placed_order,
    read_order,
    suggested_key,
    wishes_now,
)
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.schema.brief import Decisions, FinanceBrief, FinanceOrder
from vidfactory.schema.channel import Channel, ChannelBudget, Hours
from vidfactory.schema.crew import Wishes
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio
from vidfactory_tests.conftest import SAMPLES

TODAY = dt.date(2026, 1, 1)
POSTS = SAMPLES / "posts.json"
AT_HAND = BundledMarket()
SETTINGS = Settings(
    profile="offline", channels={"daily": Channel(voice="house", seconds=75, aspect="16:9", publisher="youtube")}
)


def accepted(studio: Studio, order: FinanceOrder, today: dt.date) -> FinanceBrief:
    """The brief of an order, with what its channel decides."""
    return accept(order, SETTINGS.decided(order), "finance-a", studio.workspace("finance-a", "brief"), today)


@pytest.mark.parametrize("key", ["finance-goog", "finance-goog-2008-10-10", "story-1", "finance-" + "a" * 72])
def test_a_good_key_passes(key: str) -> None:
    assert checked_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "finance",
        "../x",
        "finance-../x",
        "finance-a/b",
        "Finance-a",
        "finance--a",
        "-a",
        "a-",
        "finance-" + "a" * 73,
        "finance-ä",
        "finance-a\n",
        "finance-a b",
        "/etc-passwd",
    ],
)
def test_a_key_that_could_leave_its_folder_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match="video key"):
        checked_key(key)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("posts: [", r"order\.yaml.*line 1"),
        ("just words", "list of `name: value` lines"),
        ("", "it is empty. It is made of `name: value` lines"),
        ("title: x", r"order\.yaml: give either posts or a query"),
        ("posts: p.json\nquery: google", r"order\.yaml: give either posts or a query"),
        ("posts: p.json\nday: 2026-01-01", r"order\.yaml: a day goes with a query"),
        ("query: ''", r"order\.yaml, line 1, query: string should have at least 1 character"),
        (
            "query: google\nbudget_usd: -1",
            r"order\.yaml, line 2, budget_usd: input should be greater",
        ),
        ("query: google\nproviders: {singer: me}", r"order\.yaml, line 2, providers\.singer"),
        ("query: google\nproviders: {narrator: []}", r"order\.yaml, line 2, providers\.narrator"),
        ("posts: p.json\nsecond: 60", r"order\.yaml, line 2, second: there is no field 'second'. Did you mean seconds"),
        ("posts: p.json\nseconds: 500", r"order\.yaml, line 2, seconds: input should be less than or equal to 120"),
        ("posts: p.json\nformat: opera", r"order\.yaml, line 2, format"),
        ("posts: p.json\naspect: 4:3", r"order\.yaml, line 2, aspect: input should be '9:16', '16:9' or '1:1'"),
        (
            "posts: p.json\nquality: best",
            r"order\.yaml, line 2, quality: input should be 'social'",
        ),
        ("posts: p.json\nseconds: 1:00", r"order\.yaml, line 2, seconds"),
        ("1: x", r"order\.yaml, line 1, 1: there is no field '1'. There are: channel"),
        ("posts: p.json\nsource: x", r"order\.yaml, line 2, source: there is no field 'source'"),
        ("query: a\nquery: b", r"order\.yaml, line 2: query stands there twice, first on line 1"),
        ("query: &a google\ntitle: *a", r"order\.yaml, line 2: anchors and aliases"),
        ("query: a\n\ttitle: b", r"order\.yaml, line 2: there is a tab"),
        ("[" * 5000, r"order\.yaml, line 1: it has more than 20 levels"),
    ],
)
def test_a_wrong_order_is_named_with_its_line_or_field(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        read_order(write(tmp_path / "order.yaml", text))


def test_a_missing_order_says_how_to_order(studio: Studio) -> None:
    with pytest.raises(BadInput, match="vidfactory new finance"):
        placed_order(studio, "finance-none")


def test_a_folder_is_no_order(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_order(tmp_path)


def test_a_title_of_other_letters_gives_a_key_from_what_the_video_is_about() -> None:
    order = FinanceOrder(posts=POSTS, title="日本")
    assert suggested_key(order, check(order, TODAY, AT_HAND), TODAY).startswith("finance-goog-2008-10-")


def test_a_key_of_another_format_is_refused(studio: Studio) -> None:
    with pytest.raises(BadInput, match="begins with finance-"):
        place(studio, "story-a", FinanceOrder(posts=POSTS), TODAY)


def test_a_symbol_is_one_however_it_is_written() -> None:
    assert FinanceOrder(posts=POSTS, symbol=" $goog").symbol == "GOOG"


def test_files_are_looked_for_beside_the_order(tmp_path: Path) -> None:
    write(tmp_path / "mine.json", "[]")
    assert read_order(write(tmp_path / "order.yaml", "posts: mine.json")).posts == tmp_path / "mine.json"


@pytest.mark.parametrize("aspect", ["9:16", "16:9", "1:1", '"16:9"'])
def test_an_aspect_is_read_as_it_is_written(tmp_path: Path, aspect: str) -> None:
    order = read_order(write(tmp_path / "order.yaml", f"posts: p.json\naspect: {aspect}\nquality: draft\nseconds: 50"))
    assert (order.aspect, order.quality, order.seconds) == (aspect.strip('"'), "draft", 50)


def test_an_order_that_was_placed_is_read_back(studio: Studio) -> None:
    order = FinanceOrder(posts=POSTS, title="Gööd", seconds=50, aspect="16:9", quality="ultra")
    place(studio, "finance-a", order, TODAY)
    placed = placed_order(studio, "finance-a")
    assert placed.model_copy(update={"posts": POSTS}) == order
    assert placed.posts.read_bytes() == POSTS.read_bytes()


def test_two_orders_with_one_key_are_refused_and_the_first_stays(studio: Studio) -> None:
    path = place(studio, "finance-a", FinanceOrder(posts=POSTS, title="First"), TODAY)
    before = path.read_bytes()
    with pytest.raises(BadInput, match="already an order"):
        place(studio, "finance-a", FinanceOrder(posts=POSTS, title="Second"), TODAY)
    assert path.read_bytes() == before


def test_a_key_is_made_from_the_title_or_from_what_the_video_is_about() -> None:
    order = FinanceOrder(posts=POSTS)
    chosen = check(order, TODAY, AT_HAND)
    titled = order.model_copy(update={"title": "Google's WORST week!"})
    assert suggested_key(titled, chosen, TODAY) == "finance-google-s-worst-week"
    assert suggested_key(order, chosen, TODAY).startswith("finance-goog-2008-10-")
    assert suggested_key(FinanceOrder(query="$NVDA earnings"), None, TODAY) == "finance-nvda-earnings-2026-01-01"
    assert suggested_key(FinanceOrder(query="日本"), None, TODAY) == "finance-2026-01-01"
    assert suggested_key(FinanceOrder(posts=POSTS, symbol="TSLA"), None, TODAY) == "finance-tsla-2026-01-01"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"tweets": [', r"posts\.json, line 1"),
        ("[]", "no posts"),
        ('{"tweets": 3}', r"posts\.json"),
        ("nonsense", r"posts\.json, line 1"),
    ],
)
def test_posts_that_cannot_be_read_are_named(tmp_path: Path, content: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        check(FinanceOrder(posts=write(tmp_path / "posts.json", content)), TODAY, AT_HAND)


def post(text: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "text": text,
        "author": {"name": "Ann", "handle": "ann"},
        "engagement": {"likes": 10, "reposts": 2, "replies": 1, "views": 1000},
        "created_at": "2008-10-10T20:00:00Z",
        "url": "https://example.com/1",
        **changes,
    }


@pytest.mark.parametrize("text", ["Nothing about any company", "🚀🚀🚀", "$ZZZZ to the moon"])
def test_no_post_with_prices_is_said_with_the_reason(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "posts.json", json.dumps([post(text)]))
    with pytest.raises(BadInput, match="no post can be used"):
        check(FinanceOrder(posts=path), TODAY, AT_HAND)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script> $GOOG", "$GOOG \x07\x1b[31m red", "$GOOG " + "long " * 2000, "<b>$GOOG</b> 📉"]
)
def test_odd_posts_are_taken_as_text(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "posts.json", json.dumps([post(text)]))
    assert check(FinanceOrder(posts=path), TODAY, AT_HAND).symbols == ("GOOG",)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (["2008-10-09,300", "2008-10-10,nan"], "line 3"),
        (["2008-10-09,300", "2008-10-10,0"], "line 3"),
        (["2008-10-09,300", "2008-10-10,-4"], "line 3"),
        (["2008-10-09,300", "2008-10-10,"], "line 3"),
        (["2008-10-09,300", "tomorrow,310"], "line 3"),
        (["2008-10-09,300"], "1 price"),
        (["2008-10-09,300", "2008-10-09,310"], "two prices for 2008-10-09"),
        (["2008-09-01,300", "2008-09-02,301", "2008-10-09,310", "2008-10-10,311"], "between 2008-09-02 and 2008-10-09"),
        (["2026-06-01,300", "2026-06-02,310"], "2026"),
        (["2008-09-05,300", "2008-09-12,301", "2008-09-19,302"], "7 days apart, neither daily nor monthly"),
        (['2008-10-09,"332,00"', "2008-10-10,310"], "line 2"),
    ],
)
def test_prices_that_cannot_be_trusted_are_named(tmp_path: Path, rows: list[str], complaint: str) -> None:
    posts = write(tmp_path / "posts.json", json.dumps([post("$ABC falls")]))
    prices = write(tmp_path / "prices.csv", "\n".join(["Date,Close", *rows]) + "\n")
    with pytest.raises(BadInput, match=complaint) as caught:
        check(FinanceOrder(posts=posts, prices=prices, symbol="ABC"), TODAY, AT_HAND)
    assert "prices.csv" in str(caught.value)


def test_an_accepted_order_has_its_inputs_copied_in(studio: Studio) -> None:
    brief = accepted(studio, FinanceOrder(posts=POSTS, seconds=50, aspect="1:1", quality="draft"), TODAY)
    assert brief.posts.path.read_bytes() == POSTS.read_bytes()
    assert brief.posts.path.is_relative_to(studio.scratch)
    assert (brief.video, brief.seconds, brief.prices) == ("finance-a", 50, None)
    assert (brief.aspect, brief.quality) == ("1:1", "draft")


def test_a_changed_order_or_changed_posts_are_noticed(studio: Studio, tmp_path: Path) -> None:
    posts = write(tmp_path / "posts.json", POSTS.read_text(encoding="utf-8"))
    path = place(studio, "finance-a", FinanceOrder(posts=posts), TODAY)
    brief = accepted(studio, read_order(path), TODAY)
    assert not order_changed(studio, SETTINGS, "finance-a", brief)
    write(path, f"posts: {posts}\nseconds: 50\n")
    assert order_changed(studio, SETTINGS, "finance-a", brief)
    write(path, f"posts: {posts}\nseconds: 60\naspect: 9:16\n")
    assert not order_changed(studio, SETTINGS, "finance-a", brief)
    for wish in ("aspect: 16:9", "quality: high"):
        write(path, f"posts: {posts}\n{wish}\n")
        assert order_changed(studio, SETTINGS, "finance-a", brief)
    write(path, f"posts: {posts}\n")
    posts.write_text(posts.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert order_changed(studio, SETTINGS, "finance-a", brief)
    posts.unlink()
    assert not order_changed(studio, SETTINGS, "finance-a", brief), "the brief has its own copy"


def voice(path: Path, level: float = 0.3) -> Path:
    """A file of sound of two seconds and a half."""
    wavfile.write(path, 8_000, (level * np.sin(np.arange(20_000) / 5)).astype(np.float32))
    return path


def test_a_recording_goes_with_the_brief_under_the_ending_that_it_deserves(studio: Studio, tmp_path: Path) -> None:
    order = FinanceOrder(posts=POSTS, narration=voice(tmp_path / "me.mp3"))
    check(order, TODAY, AT_HAND)
    path = place(studio, "finance-a", order, TODAY)
    brief = accepted(studio, read_order(path), TODAY)
    assert (brief.narration.name, brief.narration.media_type) == ("narration.wav", "audio/wav")
    assert brief.narration.path.read_bytes() == (tmp_path / "me.mp3").read_bytes()
    assert not order_changed(studio, SETTINGS, "finance-a", brief)
    copy = placed_order(studio, "finance-a").narration
    voice(copy, level=0.2)
    assert order_changed(studio, SETTINGS, "finance-a", brief)
    copy.unlink()
    assert not order_changed(studio, SETTINGS, "finance-a", brief), "the brief has its own copy"


def test_a_recording_can_be_brought_to_a_video_that_was_ordered(studio: Studio, tmp_path: Path) -> None:
    wished = FinanceOrder(query="google", title="Gööd", providers={"narrator": ("piper",)})
    path = place(studio, "finance-a", wished, TODAY)
    before = read_order(path)
    brief = accepted(studio, before, TODAY)
    for name in ("first.wav", "second.wav"):
        bring_recording(studio, "finance-a", voice(tmp_path / name, level=len(name) / 40))
        after = placed_order(studio, "finance-a")
        assert after.narration.read_bytes() == (tmp_path / name).read_bytes()
        assert after.model_copy(update={"narration": None}) == before
        assert list((studio.briefs / "finance-a").iterdir()) == [after.narration], "the one before it goes"
        assert order_changed(studio, SETTINGS, "finance-a", brief)


def test_a_recording_that_cannot_be_used_leaves_the_order_as_it_was(studio: Studio, tmp_path: Path) -> None:
    path = place(studio, "finance-a", FinanceOrder(posts=POSTS), TODAY)
    before = path.read_bytes()
    with pytest.raises(BadInput, match="silent"):
        bring_recording(studio, "finance-a", voice(tmp_path / "me.wav", level=0))
    with pytest.raises(BadInput, match="no order"):
        bring_recording(studio, "finance-b", voice(tmp_path / "me.wav"))
    assert path.read_bytes() == before


def test_a_recording_is_looked_at_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"me\.wav.*silent"):
        check(FinanceOrder(posts=POSTS, narration=voice(tmp_path / "me.wav", level=0)), TODAY, AT_HAND)


def test_a_wrong_wish_on_the_command_line_is_named() -> None:
    with pytest.raises(BadInput, match="command line, seconds"):
        checked_finance_order("command line", {"posts": POSTS, "seconds": 10})


WISHES = """channel: daily
voice: calm_educator
budget_usd: 2.5
providers:
  narrator: piper
  trends: [x, rss]
takes: {narration: 2}
"""


def test_who_is_to_work_on_it_stands_beside_the_rest(tmp_path: Path) -> None:
    order = read_order(write(tmp_path / "order.yaml", f"query: google\n{WISHES}"))
    assert order.wishes == Wishes(
        channel="daily",
        voice="calm_educator",
        budget_usd=Decimal("2.5"),
        providers={"narrator": ("piper",), "trends": ("x", "rss")},
        takes={"narration": 2},
    )


def test_wishes_go_with_the_brief_and_a_change_of_them_is_noticed(studio: Studio, tmp_path: Path) -> None:
    order = read_order(write(tmp_path / "order.yaml", f"posts: {POSTS}\n{WISHES}"))
    path = place(studio, "finance-a", order, TODAY)
    assert read_order(path).wishes == order.wishes
    brief = accepted(studio, read_order(path), TODAY)
    providers = {**order.providers, "publisher": ("youtube",)}
    assert brief.wishes == order.wishes.model_copy(update={"budget_usd": None, "providers": providers})
    assert not order_changed(studio, SETTINGS, "finance-a", brief)
    write(path, path.read_text(encoding="utf-8").replace("narration: 2", "narration: 3"))
    assert order_changed(studio, SETTINGS, "finance-a", brief)


def test_a_query_is_for_the_day_of_its_order_whenever_it_is_made(studio: Studio) -> None:
    path = place(studio, "finance-a", FinanceOrder(query="google"), TODAY)
    assert read_order(path).day == TODAY
    later = TODAY + dt.timedelta(days=30)
    brief = accepted(studio, read_order(path), later)
    assert (brief.query, brief.day, brief.posts) == ("google", TODAY, None)
    assert not order_changed(studio, SETTINGS, "finance-a", brief)
    write(path, "query: google\nday: 2025-12-31\n")
    assert order_changed(studio, SETTINGS, "finance-a", brief)
    write(path, "query: apple\n")
    assert order_changed(studio, SETTINGS, "finance-a", brief)


def test_no_post_is_chosen_before_it_was_searched_for() -> None:
    assert check(FinanceOrder(query="$ZZZZ"), TODAY, AT_HAND) is None


def test_a_search_of_tomorrow_is_refused() -> None:
    with pytest.raises(BadInput, match="2026-01-02 is in the future"):
        check(FinanceOrder(query="google", day=dt.date(2026, 1, 2)), TODAY, AT_HAND)


def test_a_symbol_that_only_a_live_market_knows_is_not_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.json", json.dumps([post("$ZZZZ to the moon")]))
    assert check(FinanceOrder(posts=path), TODAY, None) is None
    with pytest.raises(BadInput, match="no post can be used"):
        check(FinanceOrder(posts=path), TODAY, AT_HAND)


def test_prices_that_come_with_an_order_are_checked_also_for_a_query(tmp_path: Path) -> None:
    prices = write(tmp_path / "prices.csv", "Date,Close\n2008-10-09,300\n2008-10-10,nan\n")
    with pytest.raises(BadInput, match="line 3"):
        check(FinanceOrder(query="google", prices=prices, symbol="ABC"), TODAY, None)


@pytest.mark.parametrize(
    ("wishes", "complaint"),
    [
        ({"channel": "nowhere"}, "no channel 'nowhere'"),
        ({"providers": {"narrator": "nobody"}}, r"no narrator 'nobody'.*espeak"),
        ({"providers": {"trends": ["x", "nobody"]}}, "no trends 'nobody'"),
        ({"voice": "nobody"}, r"no voice 'nobody'.*calm-educator"),
    ],
)
def test_a_wish_that_the_settings_cannot_meet_is_refused_before_anything_is_made(
    wishes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadInput, match=complaint):
        check_with(FinanceOrder(posts=POSTS, **wishes), TODAY, Settings(profile="offline"))


def test_what_the_settings_name_wrongly_is_found_before_anything_is_made() -> None:
    with pytest.raises(BadInput, match="no composer 'nobody'"):
        check_with(FinanceOrder(query="a"), TODAY, Settings(profile="offline", providers={"composer": ("nobody",)}))


def test_an_order_may_name_a_model_behind_a_service() -> None:
    narrated = FinanceOrder(query="a", providers={"narrator": ("elevenlabs/eleven_flash_v2_5", "espeak")})
    assert check_with(narrated, TODAY, Settings(profile="offline")) is None


def test_the_prices_at_hand_are_asked_only_where_no_other_market_serves(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.json", json.dumps([post("$ZZZZ to the moon")]))
    with pytest.raises(BadInput, match="no post can be used"):
        check_with(FinanceOrder(posts=path), TODAY, Settings(profile="offline"))
    live = FinanceOrder(posts=path, providers={"market": ("yfinance",)})
    assert check_with(live, TODAY, Settings(profile="offline")) is None


def test_what_an_order_does_not_say_its_channel_does() -> None:
    order = FinanceOrder(query="a", channel="daily")
    assert SETTINGS.decided(order) == Decisions(
        theme="finance",
        seconds=75,
        aspect="16:9",
        quality="social",
        wishes=Wishes(channel="daily", voice="house", providers={"publisher": ("youtube",)}),
    )
    said = order.model_copy(update={"theme": "night-desk", "seconds": 50, "aspect": "1:1", "voice": "calm-educator"})
    decided = SETTINGS.decided(said)
    assert (decided.theme, decided.seconds, decided.aspect) == ("night-desk", 50, "1:1")
    assert decided.wishes.voice == "calm-educator"


def test_an_order_of_no_channel_is_upright_and_of_the_format_s_look() -> None:
    decided = SETTINGS.decided(FinanceOrder(query="a"))
    assert (decided.theme, decided.seconds, decided.aspect, decided.quality) == ("finance", 60, "9:16", "social")


def test_a_channel_that_says_something_else_is_noticed_and_its_money_and_hours_are_not(studio: Studio) -> None:
    order = FinanceOrder(query="a", channel="daily", budget_usd=Decimal(3))
    place(studio, "finance-a", order, TODAY)
    brief = accepted(studio, placed_order(studio, "finance-a"), TODAY)
    daily = SETTINGS.channels["daily"]

    def changed(**fields: Any) -> bool:
        other = SETTINGS.model_copy(update={"channels": {"daily": daily.model_copy(update=fields)}})
        return order_changed(studio, other, "finance-a", brief)

    assert not changed()
    money = {"budget": ChannelBudget(video_usd=Decimal(9)), "videos_per_day": 9, "priority": 9, "review": "always"}
    assert not changed(**money, hours=Hours(begin=dt.time(9), end=dt.time(10)), name="Daily")
    for field, value in (
        ("voice", "calm-educator"),
        ("theme", "night-desk"),
        ("seconds", 50),
        ("aspect", "1:1"),
        ("quality", "high"),
        ("providers", {"writer": ("openai",)}),
        ("publisher", ("library",)),
    ):
        assert changed(**{field: value}), field


def test_another_budget_of_an_order_makes_nothing_due(studio: Studio) -> None:
    path = place(studio, "finance-a", FinanceOrder(query="a", budget_usd=Decimal(3)), TODAY)
    brief = accepted(studio, placed_order(studio, "finance-a"), TODAY)
    path.write_text(path.read_text(encoding="utf-8").replace("'3'", "'4'"), encoding="utf-8")
    assert wishes_now(studio, "finance-a").budget_usd == 4
    assert not order_changed(studio, SETTINGS, "finance-a", brief)


def test_the_wishes_of_an_order_that_is_gone_are_its_brief_s(studio: Studio, store: ArtifactStore) -> None:
    assert wishes_now(studio, "finance-a") == Wishes()
    store.save("finance-a", "brief", accepted(studio, FinanceOrder(posts=POSTS, channel="daily"), TODAY))
    assert wishes_now(studio, "finance-a").channel == "daily"
