"""What is wrong with an answer is found, each thing by its own complaint."""

from collections.abc import Callable

import pytest

from vidfactory.desks.finance.analysis import analysis_task, target_words
from vidfactory.schema.finance import AnalysisText
from vidfactory_tests.desks.finance.conftest import Made, made_of, post

GOOD = made_of(post("Nobody on my floor went out for lunch today."), "GOOG")


def with_text(beat: str, change: Callable[[str], str]) -> AnalysisText:
    sections = tuple(
        section.model_copy(update={"text": change(section.text)}) if section.beat == beat else section
        for section in GOOD.text.sections
    )
    return GOOD.text.model_copy(update={"sections": sections})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (with_text("watch", lambda text: f"{text} You should buy now."), "This is advice: 'You should'"),
        (with_text("watch", lambda text: f"{text} It will soon rise."), "This is a forecast"),
        (with_text("move", lambda text: f"{text} It fell because of fear."), "The data gives no cause: 'because'"),
        (with_text("move", lambda text: f"{text} That is 13.7%."), "The number '13.7%'"),
        (with_text("post", lambda text: text.replace("lunch", "dinner")), "These words are not in the post"),
        (with_text("context", lambda text: text + " And so on." * 40), "it should have 120 to 205"),
        (GOOD.text.model_copy(update={"sections": GOOD.text.sections[::-1]}), "The sections must be hook"),
        (GOOD.text.model_copy(update={"sections": GOOD.text.sections[:-1]}), "The sections must be hook"),
        (GOOD.text.model_copy(update={"title": "Google at $999.00"}), "The number '$999.00'"),
        (GOOD.text.model_copy(update={"title": "Google: time to buy"}), "This is advice: 'time to buy'"),
        (GOOD.text.model_copy(update={"headline": "It will crash"}), "This is a forecast: 'will crash'"),
        (GOOD.text.model_copy(update={"strongest_fact": "See www.example.com"}), "This is a link: 'www.example.com'"),
        (with_text("close", lambda text: f"{text} More at example.com/win."), "This is a link: 'example.com/win.'"),
    ],
)
def test_each_fault_has_its_complaint(text: AnalysisText, complaint: str) -> None:
    assert any(found.startswith(complaint) or complaint in found for found in GOOD.task.complaints(text))


def test_pictures_must_be_twelve_and_different() -> None:
    first, second, *rest = GOOD.text.sections
    twice = first.model_copy(update={"concepts": second.concepts})
    found = GOOD.task.complaints(GOOD.text.model_copy(update={"sections": (twice, second, *rest)}))
    assert any("come twice" in complaint for complaint in found)
    fewer = first.model_copy(update={"concepts": ("an idea of its own",)})
    found = GOOD.task.complaints(GOOD.text.model_copy(update={"sections": (fewer, second, *rest)}))
    assert any("give 12" in complaint for complaint in found)
    assert any("not in the list: an idea of its own" in complaint for complaint in found)


def test_advice_within_the_quote_is_the_posts_own() -> None:
    said = "You should buy now, they told me today."
    made = made_of(post(f"{said} And I did not listen to them."), "GOOG")
    quoting = made.text.model_copy(
        update={
            "sections": tuple(
                section.model_copy(update={"text": f"Ada Test wrote about that very afternoon: “{said}”"})
                if section.beat == "post"
                else section
                for section in made.text.sections
            )
        }
    )
    assert made.task.complaints(quoting) == []


def test_the_material_holds_figures_and_no_bars() -> None:
    task = analysis_task("finance-x", GOOD.selected, GOOD.market, 60)
    assert "bars" not in type(task.material.main).model_fields
    assert len(task.material.model_dump_json()) < 12_000
    assert task.material.main.last_day.isoformat() == "2008-10-10"


@pytest.mark.parametrize(("seconds", "words"), [(45, 112), (60, 150), (75, 188), (120, 300), (10, 110), (200, 300)])
def test_words_follow_seconds_within_bounds(seconds: int, words: int) -> None:
    assert target_words(seconds) == words


def test_made_is_typed(sample_scripts: list[Made]) -> None:
    assert all(5 <= len(made.text.title) <= 90 and len(made.text.headline) <= 40 for made in sample_scripts)
