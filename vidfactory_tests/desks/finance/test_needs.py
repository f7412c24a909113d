"""What a finance video needs: counted where there is a screenplay, estimated where there is none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.desks.finance.needs import finance_needs
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.quote import Need
from vidfactory.schema.screenplay import BackdropCue, Beat, IllustrationCue, MusicCue, Screenplay, Token
from vidfactory.settings import Settings

ORDER = FinanceOrder(posts=Path("posts.json"))


def screenplay(*prompts: str, words: int = 100, music: bool = True) -> Screenplay:
    cues = tuple(
        IllustrationCue(name=f"{number:02d}_a", concept="bear", prompt=prompt) for number, prompt in enumerate(prompts)
    )
    tokens = tuple(Token(shown="word", spoken="word") for _ in range(words))
    return Screenplay(
        video="finance-a",
        title="A",
        headline="A",
        description="A",
        language="en",
        theme="finance",
        beats=(Beat(name="hook", tokens=tokens, cues=cues),),
        cues=(BackdropCue(prompt="a quiet studio"), *((MusicCue(mood="calm"),) if music else ())),
    )


def needs_of(order: FinanceOrder, script: Screenplay | None) -> tuple[Need, ...]:
    """What an order without a channel needs."""
    return finance_needs(order, Settings().decided(order), script)


def need(needs: tuple[Need, ...], component: str) -> Need:
    return next(each for each in needs if each.component == component)


def test_with_a_screenplay_its_own_words_and_pictures_are_counted() -> None:
    needs = needs_of(ORDER, screenplay("a bear", "a bull", "a bear", words=100))
    assert need(needs, "narration").measures["character"] == 100 * len("word ")
    assert need(needs, "illustrations").measures["image"] == 2, "a prompt that comes twice is asked once"


def test_what_a_screenplay_does_not_call_for_is_not_needed() -> None:
    needs = needs_of(ORDER, screenplay(music=False))
    assert {each.component for each in needs}.isdisjoint({"illustrations", "soundtrack"})
    assert need(needs, "backdrop").measures["image"] == 1


def test_the_estimate_for_the_sample_is_near_what_was_measured_on_it() -> None:
    needs = needs_of(ORDER, None)
    assert need(needs, "narration").measures["character"] == pytest.approx(1130, rel=0.05)
    assert need(needs, "narration").measures["second"] == pytest.approx(66.3, rel=0.05)
    assert need(needs, "illustrations").measures["image"] == 12


def test_posts_are_searched_only_for_a_query_and_prices_only_where_none_came() -> None:
    components = {each.component for each in needs_of(FinanceOrder(query="$GOOG"), None)}
    assert {"finance/tweets", "finance/market_data"} <= components
    given_all = FinanceOrder(posts=Path("posts.json"), prices=Path("prices.csv"))
    components = {each.component for each in needs_of(given_all, None)}
    assert components.isdisjoint({"finance/tweets", "finance/market_data"})


@given(shorter=st.integers(45, 75), longer=st.integers(45, 75))
def test_a_longer_video_never_needs_less(shorter: int, longer: int) -> None:
    shorter, longer = sorted((shorter, longer))
    less, more = (
        needs_of(FinanceOrder(posts=Path("posts.json"), seconds=seconds), None) for seconds in (shorter, longer)
    )
    for first, second in zip(less, more, strict=True):
        assert all(first.measures[unit] <= second.measures[unit] for unit in first.measures)
