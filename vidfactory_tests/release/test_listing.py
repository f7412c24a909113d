"""What platforms are told: whatever the screenplay says, nothing in it is refused."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.errors import BadInput
from vidfactory.release.listing import (
    DESCRIPTION_BYTES,
    TAG_CHARACTERS,
    TAGS_CHARACTERS,
    TITLE_UNITS,
    chapter_lines,
    chapters_of,
    cleaned,
    cut,
    listing_of,
    tags_length,
    tags_within,
    utf8_bytes,
    utf16_units,
)
from vidfactory.release.makers import Part, makers_of
from vidfactory.schema.base import SAMPLE_RATE, Artifact, Credit, Frames, Samples
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.release import Chapter, Listing
from vidfactory.schema.screenplay import Beat, Screenplay, Token
from vidfactory_tests.release.finished import FPS, screenplay, words

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=400)
SIGHT = st.text('abc <>,"😀é\u0301\n\u202e👩\u200d', max_size=300)


def parts(*providers: str) -> tuple[Part, ...]:
    made = [makers_of(Credit(provider=name, model="m")) for name in providers]
    return tuple(Part("voice", maker) for makers in made for maker in makers.values())


def listed(script: Screenplay, made: dict[str, Artifact], *providers: str) -> Listing:
    plan = made["production_plan"]
    assert isinstance(plan, ProductionPlan)
    return listing_of(script, plan, parts(*(providers or ("house",))))


@given(
    title=st.one_of(TEXTS, SIGHT).filter(lambda text: cleaned(text) != ""),
    description=st.one_of(TEXTS, SIGHT, st.text(min_size=5000, max_size=6000).filter(str.isprintable)),
    sources=st.lists(TEXTS, max_size=12),
    tags=st.lists(st.one_of(TEXTS, SIGHT), max_size=30),
    disclaimer=TEXTS,
)
def test_nothing_that_a_desk_writes_breaks_the_limits(
    made: dict[str, Artifact], title: str, description: str, sources: list[str], tags: list[str], disclaimer: str
) -> None:
    script = screenplay(title, description).model_copy(
        update={"sources": tuple(sources), "tags": tuple(tags), "disclaimer": disclaimer}
    )
    told = listed(script, made, "elevenlabs")
    assert 1 <= utf16_units(told.title) <= TITLE_UNITS
    assert utf8_bytes(told.description) <= DESCRIPTION_BYTES
    assert tags_length(told.tags) <= TAGS_CHARACTERS
    assert all(0 < utf16_units(tag) <= TAG_CHARACTERS for tag in told.tags)
    whole = "".join((told.title, told.description, *told.tags))
    assert not set(whole) & set("<>")
    assert not any(unicodedata.category(char) == "Cc" for char in whole.replace("\n", ""))
    assert "Made with AI: voice by ElevenLabs." in told.description


def test_a_title_of_300_letters_ends_at_a_word(made: dict[str, Artifact]) -> None:
    title = listed(screenplay("The market fell again and again " * 10), made).title
    assert title.startswith("The market fell again")
    assert re.search(r"(?:again|and|The|market|fell)…$", title)
    assert 85 < len(title) <= 100


def test_a_word_of_300_letters_is_parted(made: dict[str, Artifact]) -> None:
    assert listed(screenplay("x" * 300), made).title == "x" * 99 + "…"


@given(st.lists(st.sampled_from(["👩\u200d🚀", "e\u0301", "👍🏽", "☂\ufe0f"]), min_size=60, max_size=80).map("".join))
def test_no_sign_is_cut_in_two(text: str) -> None:
    shorter = cut(text, 50, utf16_units).removesuffix("…")
    assert text.startswith(shorter)
    assert not re.match("[\u200d\u0301\ufe0f🏽]", text[len(shorter) :])
    assert not shorter.endswith("\u200d")


def test_a_title_that_says_nothing_is_bad_input(made: dict[str, Artifact]) -> None:
    with pytest.raises(BadInput, match="says nothing"):
        listed(screenplay(" \u202e\n"), made)


def test_the_description_has_chapters_sources_disclaimer_and_disclosure_in_this_order(
    made: dict[str, Artifact],
) -> None:
    assert listed(screenplay(), made).description.split("\n\n") == [
        "What happened in October.",
        "0:00 The hook\n0:12 The post\n0:24 The close",
        "Sources:\nPost: Marlow Finch (@marlow), 2008-10-10, https://example.com/1\nPrices: bundled: Google",
        "Not financial advice.",
        "Made by an automated studio, without generative AI: voice by the studio's own software.",
    ]


def test_a_long_text_gives_way_to_the_sources(made: dict[str, Artifact]) -> None:
    told = listed(screenplay(description="word " * 3000), made)
    assert utf8_bytes(told.description) > DESCRIPTION_BYTES - 20
    assert "word…\n\n0:00 The hook" in told.description
    assert "https://example.com/1" in told.description


def test_sources_that_do_not_fit_are_counted(made: dict[str, Artifact]) -> None:
    many = screenplay().model_copy(update={"sources": tuple(f"https://example.com/{n}/{'x' * 80}" for n in range(60))})
    lines = listed(many, made).description.splitlines()
    kept = [line for line in lines if line.startswith("https://")]
    assert all(line.endswith("x" * 80) for line in kept)
    assert f"and {60 - len(kept)} more" in lines


@given(st.lists(st.one_of(st.text("ab ,\"'", max_size=40), st.just("stock market")), max_size=60))
def test_tags_are_what_youtube_reads_back(tags: list[str]) -> None:
    kept = tags_within(tags)
    assert len({tag.casefold() for tag in kept}) == len(kept)
    typed = ",".join(f'"{tag}"' if " " in tag else tag for tag in kept)
    assert len(typed) == tags_length(kept) <= TAGS_CHARACTERS
    assert not any("," in tag or '"' in tag for tag in kept)


def test_tags_stand_in_their_order_until_there_is_no_room() -> None:
    kept = tags_within([f"tag number {n}" for n in range(100)])
    assert kept == tuple(f"tag number {n}" for n in range(len(kept)))
    assert 485 <= tags_length(kept) <= 500


@given(st.lists(st.integers(0, 240), min_size=1, max_size=20).map(sorted), st.integers(1, 300))
def test_chapters_keep_youtubes_rules(made: dict[str, Artifact], starts: list[int], length_s: int) -> None:
    chapters = chapters_of(*timed(made, starts, length_s))
    if chapters:
        ends = [*(chapter.start_s for chapter in chapters[1:]), length_s]
        assert len(chapters) >= 3
        assert chapters[0].start_s == 0
        assert all(end - chapter.start_s >= 10 for chapter, end in zip(chapters, ends, strict=True))


def test_a_short_beat_belongs_to_the_chapter_before(made: dict[str, Artifact]) -> None:
    chapters = chapters_of(*timed(made, [1, 5, 20, 31, 36], 45))
    assert [(each.start_s, each.title) for each in chapters] == [(0, "Beat 0"), (20, "Beat 2"), (31, "Beat 3")]
    assert chapters_of(*timed(made, [0, 20], 40)) == ()


def test_chapters_after_an_hour_have_hours() -> None:
    assert chapter_lines([Chapter(start_s=3723, title="Late")]) == ["1:02:03 Late"]


@pytest.mark.parametrize(
    ("providers", "with_ai"),
    [(("house", "espeak-ng"), False), (("recording",), False), (("house", "elevenlabs"), True), (("whoever",), True)],
)
def test_the_platform_is_told_of_ai_where_any_part_was_made_with_it(
    made: dict[str, Artifact], providers: tuple[str, ...], *, with_ai: bool
) -> None:
    assert listed(screenplay(), made, *providers).made_with_ai is with_ai


def timed(made: dict[str, Artifact], starts: list[int], length_s: int) -> tuple[tuple[Beat, ...], ProductionPlan]:
    """Beats that begin at these seconds, and the plan of a film of `length_s` with them."""
    plan = made["production_plan"]
    assert isinstance(plan, ProductionPlan)
    beats = tuple(Beat(name=f"beat_{n}", tokens=(Token(shown="a", spoken="a"),)) for n in range(len(starts)))
    said = tuple(
        words()[0].model_copy(update={"beat": beat, "start": Samples(start * SAMPLE_RATE)})
        for beat, start in enumerate(starts)
    )
    length = plan.video_metadata.model_copy(update={"duration_frames": Frames(length_s * FPS)})
    scene = plan.scenes[0].model_copy(update={"words": said})
    return beats, plan.model_copy(update={"video_metadata": length, "scenes": (scene,)})
