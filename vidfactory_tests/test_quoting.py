"""Quotes: needs times prices, unknown prices said and not guessed, scenarios by quality for money."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

from vidfactory.errors import BadInput, DamagedArtifact, Permanent
from vidfactory.orders import place
from vidfactory.ports import Assignment, Call
from vidfactory.quoting import charge, price_words, quote_video, quoted_line, ranked, record_quote, scenarios
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.crew import Wishes
from vidfactory.schema.quote import Need, Quote, QuoteLine, Scenario
from vidfactory.settings import Service, Settings
from vidfactory.storage.ledger import Entry, Ledger
from vidfactory.storage.quotes import Quotes
from vidfactory.storage.studio import Studio
from vidfactory_tests.conftest import SAMPLES

KEY, TODAY = "finance-a", dt.date(2026, 1, 1)
SPEECH = {"character": 1000, "second": 60, "input_token": 300, "output_token": 1500}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that ship, in a folder without any of one's own."""
    monkeypatch.chdir(tmp_path)
    return Settings(profile="cloud")


@pytest.fixture
def ordered(studio: Studio) -> Studio:
    place(studio, KEY, FinanceOrder(posts=SAMPLES / "posts.json"), TODAY)
    return studio


def scenario(quality: str, usd: str | None, *, over: bool = False) -> Scenario:
    line = QuoteLine(component="c", port="writer", provider="p", usd=None if usd is None else Decimal(usd))
    now = dt.datetime.now(tz=dt.UTC)
    quote = Quote(video=KEY, profile=quality, basis="order", at=now, lines=(line,))
    return Scenario(quality=Decimal(quality), quote=quote, is_over_budget=over)


def test_a_service_charges_by_its_own_unit_and_nothing_for_the_others() -> None:
    usd, quantity = charge("elevenlabs", Service(), "eleven_multilingual_v2", SPEECH)
    assert (usd, quantity) == (Decimal("0.3"), {"character": 1000})


def test_the_prices_of_the_settings_go_first() -> None:
    service = Service(prices={"second": Decimal("0.01")})
    assert charge("elevenlabs", service, "eleven_multilingual_v2", SPEECH) == (Decimal("0.60"), {"second": 60})


def test_whoever_reads_the_script_pays_no_narrator(settings: Settings, studio: Studio, tmp_path: Path) -> None:
    wavfile.write(tmp_path / "me.wav", 8_000, np.ones(8_000, np.float32) / 2)
    for key, recording in ((KEY, None), ("finance-b", tmp_path / "me.wav")):
        place(studio, key, FinanceOrder(posts=SAMPLES / "posts.json", narration=recording), TODAY)
    spoken, read = ({line.port for line in quote_video(settings, studio, key).lines} for key in (KEY, "finance-b"))
    assert spoken - read == {"narrator"}


def test_what_is_paid_by_tokens_is_priced_by_tokens() -> None:
    usd, quantity = charge("anthropic", Service(), "claude-sonnet-5-5", {"input_token": 1000, "output_token": 100})
    assert usd == Decimal("0.003")
    assert quantity == {"input_token": 1000, "output_token": 100}


def test_tokens_of_a_picture_have_their_own_price() -> None:
    words = {"image": 1, "input_token": 100, "output_token": 1290}
    plain, _ = charge("google", Service(), "gemini-3.1-flash-image", words)
    drawn, _ = charge("google", Service(), "gemini-3.1-flash-image", {**words, "image_token": 1290})
    assert drawn > 10 * plain


def test_a_fee_that_holds_for_every_model_comes_on_top_of_tokens() -> None:
    tokens = {"input_token": 1000, "output_token": 100}
    alone, _ = charge("xai", Service(), "grok-4.7", tokens)
    searched, quantity = charge("xai", Service(), "grok-4.7", {**tokens, "search": 3, "post": 30})
    assert searched > alone
    assert quantity == {**tokens, "search": 3}


def test_a_price_that_nobody_knows_is_said_and_not_guessed(settings: Settings) -> None:
    with pytest.raises(Permanent, match="nobody knows the price"):
        charge("elevenlabs", Service(), "eleven_v99", SPEECH)
    need = Need(component="narration", port="narrator", measures=SPEECH)
    line = quoted_line(settings, Wishes(providers={"narrator": ("elevenlabs/eleven_v99",)}), need)
    assert line.usd is None
    assert "services.elevenlabs.prices" in line.note


def test_a_house_provider_costs_nothing_and_a_missing_one_is_said(settings: Settings) -> None:
    need = Need(component="narration", port="narrator", measures=SPEECH)
    assert quoted_line(settings, Wishes(providers={"narrator": ("espeak",)}), need).usd == 0
    assert (
        "there is no narrator 'opera'" in quoted_line(settings, Wishes(providers={"narrator": ("opera",)}), need).note
    )
    bare = settings.model_copy(update={"profiles": {"cloud": {}}})
    assert "set providers.narrator" in quoted_line(bare, Wishes(), need).note


def test_the_first_of_a_chain_is_priced_with_the_model_that_the_entry_names(settings: Settings) -> None:
    need = Need(component="narration", port="narrator", measures=SPEECH)
    line = quoted_line(settings, Wishes(providers={"narrator": ("elevenlabs/eleven_flash_v2_5", "openai")}), need)
    assert (line.provider, line.model, line.usd) == ("elevenlabs", "eleven_flash_v2_5", Decimal("0.15"))


def test_a_video_is_quoted_by_component_and_the_sum_is_that_of_its_lines(settings: Settings, ordered: Studio) -> None:
    quote = quote_video(settings, ordered, KEY)
    assert quote.basis == "order"
    assert quote.unknown == ()
    assert quote.usd == sum(line.usd or 0 for line in quote.lines) > 0
    assert {"finance/analysis", "narration", "illustrations", "soundtrack"} <= {line.component for line in quote.lines}


def test_offline_costs_nothing(settings: Settings, ordered: Studio) -> None:
    quote = quote_video(settings.model_copy(update={"profile": "offline"}), ordered, KEY)
    assert (quote.usd, quote.unknown) == (0, ())


def test_an_order_s_wishes_are_quoted(settings: Settings, studio: Studio) -> None:
    place(studio, KEY, FinanceOrder(posts=SAMPLES / "posts.json", providers={"illustrator": ("house",)}), TODAY)
    lines = {line.component: line for line in quote_video(settings, studio, KEY).lines}
    assert lines["illustrations"].usd == 0


def test_a_video_that_was_not_ordered_is_not_quoted(settings: Settings, studio: Studio) -> None:
    with pytest.raises(BadInput, match="vidfactory new finance"):
        quote_video(settings, studio, KEY)


def test_the_scenarios_that_ship_cost_less_for_less_quality(settings: Settings, ordered: Studio) -> None:
    found = scenarios(settings, ordered, KEY, Decimal(100))
    assert all(each.quote.unknown == () for each in found)
    by_quality = sorted(found, key=lambda each: each.quality)
    assert [each.quote.profile for each in by_quality] == ["budget", "balanced", "premium"]
    assert [each.quote.usd for each in by_quality] == sorted(each.quote.usd for each in found)


def test_an_order_by_query_has_a_price_in_every_scenario_too(settings: Settings, studio: Studio) -> None:
    place(studio, KEY, FinanceOrder(query="$GOOG"), TODAY)
    found = scenarios(settings, studio, KEY)
    assert [each.quote.unknown for each in found] == [(), (), ()]
    assert {line.component for line in found[0].quote.lines} >= {"finance/tweets"}


def test_a_scenario_above_the_budget_is_shown_as_such(settings: Settings, ordered: Studio) -> None:
    found = scenarios(settings, ordered, KEY, Decimal("0.5"))
    assert [(each.quote.profile, each.is_over_budget) for each in found] == [
        ("budget", False),
        ("balanced", True),
        ("premium", True),
    ]


def test_what_costs_nothing_is_ranked_by_its_quality() -> None:
    found = ranked([scenario("0.85", "1"), scenario("0.5", "0"), scenario("0.7", "0"), scenario("1", "3", over=True)])
    assert [str(each.quality) for each in found] == ["0.7", "0.5", "0.85", "1"]


def test_an_unknown_price_does_not_make_a_scenario_look_free() -> None:
    found = ranked([scenario("1", None), scenario("0.7", "2")])
    assert [str(each.quality) for each in found] == ["0.7", "1"]


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 1000), st.booleans()), max_size=8))
def test_under_the_budget_nobody_gives_more_for_the_money_than_those_before(rows: list[tuple[int, int, bool]]) -> None:
    found = ranked([scenario(f"{quality / 100}", str(usd), over=over) for quality, usd, over in rows])
    assert [each.is_over_budget for each in found] == sorted(each.is_over_budget for each in found)
    under = [each for each in found if not each.is_over_budget]
    for better, worse in pairwise(under):
        assert better.quality * worse.quote.usd >= worse.quality * better.quote.usd


def test_a_kept_quote_stays_once_money_was_spent(settings: Settings, ordered: Studio) -> None:
    quotes = Quotes(ordered.quotes)
    record_quote(settings, ordered, KEY)
    first = quotes.read(KEY)
    offline = settings.model_copy(update={"profile": "offline"})
    record_quote(offline, ordered, KEY)
    second = quotes.read(KEY)
    assert first is not None
    assert second is not None
    assert (first.profile, second.profile) == ("cloud", "offline"), "nothing was spent yet"
    call = Call("painter", "picture", "m1", {})
    spent = Entry.of(Assignment(video=KEY, asset="illustrations"), call, "key", "settled", Decimal("0.01"))
    Ledger(ordered).write(spent)
    record_quote(settings, ordered, KEY)
    assert quotes.read(KEY) == second
    assert quotes.videos() == [KEY]


def test_a_video_ordered_on_another_machine_is_quoted_there(settings: Settings, studio: Studio) -> None:
    record_quote(settings, studio, KEY)
    assert Quotes(studio.quotes).read(KEY) is None


def test_a_damaged_quote_is_named(settings: Settings, ordered: Studio) -> None:
    record_quote(settings, ordered, KEY)
    (ordered.quotes / f"{KEY}.json").write_bytes(b'{"video": 1}')
    with pytest.raises(DamagedArtifact, match=r"finance-a: its quote cannot be read.*quotes/finance-a\.json"):
        Quotes(ordered.quotes).read(KEY)


@pytest.mark.parametrize(
    ("name", "model", "port", "words"),
    [
        ("anthropic", "claude-sonnet-5-5", "writer", "$2 and $10 per million tokens in and out"),
        ("elevenlabs", "eleven_multilingual_v2", "narrator", "$0.0003 per character"),
        ("google", "gemini-3.1-flash-image", "illustrator", "$0.5 and $60 per million tokens in and out"),
        ("xai", "grok-4.7", "trends", "$0.005 per search, $2 and $6 per million tokens in and out"),
        ("x", "", "trends", "$0.005 per post"),
        ("replicate", "stability-ai/sdxl:39ed52f2", "illustrator", "$0.002 per image"),
        ("elevenlabs", "eleven_v99", "narrator", "unknown: Set services.elevenlabs.prices"),
    ],
)
def test_a_price_is_told_in_words(name: str, model: str, port: str, words: str) -> None:
    assert price_words(name, Service(models={port: model} if model else {}), port).startswith(words)


def test_what_the_settings_price_at_zero_is_free() -> None:
    assert price_words("ollama", Service(like="openai", prices={"input_token": Decimal(0)}), "writer") == "free"
