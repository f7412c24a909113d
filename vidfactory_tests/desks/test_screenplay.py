"""The script editor."""

import pytest

from vidfactory.desks.screenplay import approve, as_markdown, the_one_draft
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size
from vidfactory.schema.screenplay import Draft, DraftBeat, IllustrationCue, Token

CUE = IllustrationCue(name="01_hook_crash", concept="crash", prompt="a crash")
DRAFT = Draft(
    title="Google at $332.00",
    headline="Google",
    description="About Google.",
    theme="finance",
    beats=(DraftBeat(name="hook", text="Google closed at $332.00.", cues=(CUE,)), DraftBeat(name="close", text="So.")),
)


def test_the_screenplay_shows_every_word_of_the_draft_and_says_its_figures() -> None:
    screenplay = approve(DRAFT, video="finance-x")
    assert screenplay.video == "finance-x"
    assert [beat.text for beat in screenplay.beats] == [beat.text for beat in DRAFT.beats]
    assert screenplay.beats[0].tokens[3] == Token(shown="$332.00.", spoken="three hundred thirty-two dollars.")
    assert screenplay.beats[0].cues == (CUE,)


def test_the_screenplay_keeps_the_frame_of_the_draft() -> None:
    square = DRAFT.model_copy(update={"frame": Size(width=1080, height=1080)})
    assert approve(square, video="finance-x").frame == square.frame


def test_another_tokenizer_can_be_given() -> None:
    shouted = approve(DRAFT, video="finance-x", tokenize=lambda text, _: (Token(shown=text, spoken=text.upper()),))
    assert shouted.beats[1].tokens[0].spoken == "SO."


def test_a_beat_that_cannot_be_spoken_is_refused() -> None:
    mute = DRAFT.model_copy(update={"beats": (DraftBeat(name="hook", text="📉"),)})
    with pytest.raises(BadInput, match="finance-x, beat 'hook'"):
        approve(mute, video="finance-x")


def test_two_cues_of_one_name_are_refused() -> None:
    twice = DRAFT.model_copy(update={"beats": (DRAFT.beats[0], DRAFT.beats[0])})
    with pytest.raises(BadInput, match="01_hook_crash"):
        approve(twice, video="finance-x")


def test_exactly_one_draft_is_needed() -> None:
    assert the_one_draft([None, DRAFT, None], video="finance-x") is DRAFT
    with pytest.raises(BadInput, match="0 drafts"):
        the_one_draft([None], video="finance-x")
    with pytest.raises(BadInput, match="2 drafts"):
        the_one_draft([DRAFT, DRAFT], video="finance-x")


def test_a_person_can_read_it() -> None:
    text = as_markdown(approve(DRAFT, video="finance-x"))
    assert text.startswith("## Google at $332.00\n")
    assert "**hook** · crash\n\nGoogle closed at $332.00." in text
