"""The draft: cues for every department and an honest description."""

from pathlib import Path
from typing import get_args

import pytest

from vidfactory.desks.finance.analysis import CONCEPT_NAMES
from vidfactory.desks.finance.draft import DISCLAIMER, SAMPLE_NOTE, SUBJECTS, draft_of, mood
from vidfactory.schema.base import Media, Size
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.film import Quality
from vidfactory.schema.finance import Analysis
from vidfactory.schema.frame import Aspect
from vidfactory.schema.screenplay import BackdropCue, ChartCue, Draft, MusicCue, PostCardCue, TickerCue
from vidfactory_tests.desks.finance.conftest import HOUSE, Made


def drafted(made: Made, title: str | None = None, aspect: Aspect = "9:16", quality: Quality = "social") -> Draft:
    posts = Media(path=Path("posts.json"), media_type="application/json", sha256="0" * 64, size=1)
    brief = FinanceBrief(
        video="finance-test",
        title=title,
        seconds=60,
        aspect=aspect,
        quality=quality,
        posts=posts,
        prices=None,
        symbol=None,
    )
    return draft_of(brief, made.selected, made.market, Analysis(text=made.text, made_by=HOUSE))


@pytest.fixture(scope="module")
def drafts(sample_scripts: list[Made]) -> dict[str, Draft]:
    return {made.market.symbols[0].series.symbol: drafted(made) for made in sample_scripts}


def test_twelve_illustrations_have_names_of_their_own_and_whole_prompts(drafts: dict[str, Draft]) -> None:
    for draft in drafts.values():
        cues = [cue for beat in draft.beats for cue in beat.cues]
        assert len({cue.name for cue in cues}) == len(cues) == 12
        assert cues[0].name.startswith("01_hook_")
        assert all("no text, no letters" in cue.prompt and SUBJECTS[cue.concept] in cue.prompt for cue in cues)


def test_every_concept_of_the_catalogue_has_a_subject() -> None:
    assert set(SUBJECTS) == set(CONCEPT_NAMES)


def test_the_film_has_the_card_charts_ticker_and_music(drafts: dict[str, Draft]) -> None:
    charts = [cue for cue in drafts["GOOG"].cues if isinstance(cue, ChartCue)]
    assert [chart.name for chart in charts] == ["chart_goog", "chart_gspc", "chart_ixic"]
    ticker = next(cue for cue in drafts["AAPL"].cues if isinstance(cue, TickerCue))
    assert len(ticker.quotes) == 6
    assert sum(isinstance(cue, PostCardCue) for cue in drafts["AAPL"].cues) == 1


def test_the_music_follows_the_facts(drafts: dict[str, Draft], sample_scripts: list[Made]) -> None:
    heard = {
        symbol: next(cue.mood for cue in draft.cues if isinstance(cue, MusicCue)) for symbol, draft in drafts.items()
    }
    assert (heard["IBM"], heard["XRX"], heard["DELL"]) == ("calm", "tense", "calm")
    assert {mood(made.market.symbols[0]) for made in sample_scripts} >= {"calm", "tense"}


def test_the_sources_are_named_and_what_the_film_is_not(drafts: dict[str, Draft]) -> None:
    draft, lines = drafts["IBM"], drafts["IBM"].sources
    assert lines[0].startswith("Post: ")
    assert lines[0].endswith("https://example.com/sample/ibm-2022-06-28")
    assert any("IBM to 2022-06-28" in line for line in lines)
    assert any("Adjusted closes count splits and dividends in" in line for line in lines)
    assert SAMPLE_NOTE in lines
    assert draft.disclaimer == DISCLAIMER
    assert any("S&P 500 to 2008-09-30" in line for line in drafts["GOOG"].sources)


def test_it_is_found_under_what_it_shows(drafts: dict[str, Draft]) -> None:
    assert drafts["GOOG"].tags[:4] == ("Google", "S&P 500", "Nasdaq Composite", "GOOG")
    assert "stock market" in drafts["GOOG"].tags
    assert not any(tag.startswith("^") for draft in drafts.values() for tag in draft.tags)


def test_every_beat_has_a_title_as_a_chapter(drafts: dict[str, Draft]) -> None:
    assert all(beat.title for draft in drafts.values() for beat in draft.beats)


def test_an_ordered_title_stands(sample_scripts: list[Made]) -> None:
    mine = drafted(sample_scripts[0], "Mine")
    assert (mine.title, mine.headline) == ("Mine", "Mine")
    long = drafted(sample_scripts[0], "A title that is too long for the letters of a poster")
    assert long.headline == sample_scripts[0].text.headline
    whole = " ".join(["word"] * 20)
    assert drafted(sample_scripts[0], whole).title == whole, "platforms' limits are the listing's business"


@pytest.mark.parametrize(
    ("aspect", "frame", "shape"),
    [
        ("9:16", Size(width=1080, height=1920), "vertical"),
        ("16:9", Size(width=1920, height=1080), "wide"),
        ("1:1", Size(width=1080, height=1080), "square"),
    ],
)
def test_pictures_are_asked_for_in_the_ordered_aspect(
    sample_scripts: list[Made], aspect: Aspect, frame: Size, shape: str
) -> None:
    draft = drafted(sample_scripts[0], aspect=aspect)
    assert draft.frame == frame
    assert f"{shape} frame" in next(cue.prompt for cue in draft.cues if isinstance(cue, BackdropCue))


def test_another_quality_is_the_same_draft_unless_pictures_must_be_larger(sample_scripts: list[Made]) -> None:
    hashes = {quality: drafted(sample_scripts[0], quality=quality).content_sha256() for quality in get_args(Quality)}
    assert {quality for quality, content in hashes.items() if content != hashes["social"]} == {"ultra"}
