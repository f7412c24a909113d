"""Captions: each word lit while it is heard, alone or within its phrase."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.drawing.caption import phrase_fits
from vidfactory.drawing.linebreaks import JOINER
from vidfactory.errors import BadInput
from vidfactory.planning.captions import caption_pages, caption_text, one_word_pages
from vidfactory.planning.clock import frame_at
from vidfactory.planning.phrases import stops
from vidfactory.schema.base import Frames
from vidfactory.schema.plan import CaptionPage
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import CaptionLook, CaptionStyle
from vidfactory.themes import load_theme
from vidfactory_tests.planning.words import SECOND, speeches, spoken

STYLE = load_theme("finance").captions
PHRASE = STYLE.model_copy(update={"style": "phrase"})
BOXED = STYLE.model_copy(update={"style": "boxed"})
LOOKS: tuple[CaptionLook, ...] = ("one_word", "phrase", "boxed")


@pytest.mark.parametrize(
    ("shown", "caption"),
    [
        ("fell,", "fell"),
        ("“Google", "Google"),
        ("ruin.”", "ruin"),
        ("$245.67", "$245.67"),
        ("U.S.", "U.S."),
        ("(down", "down"),
        ("what?", "what?"),
        ("12.3%.", "12.3%"),
        ("...", "..."),
    ],
)
def test_a_caption_drops_the_punctuation_around_a_word_but_not_inside(shown: str, caption: str) -> None:
    assert caption_text(shown) == caption


def test_a_word_stays_until_the_next_begins() -> None:
    pages = one_word_pages(spoken((0.0, 0.3), (0.4, 0.8)), 30, Frames(60))
    assert [(page.start_frame, page.end_frame) for page in pages] == [(0, 12), (12, 33)]


def test_a_word_goes_in_a_long_silence() -> None:
    pages = one_word_pages(spoken((0.0, 0.5), (3.0, 3.5)), 30, Frames(120))
    assert (pages[0].end_frame, pages[1].start_frame) == (24, 90)


@given(speeches())
def test_pages_follow_each_other_and_start_within_a_frame_of_the_word(words: list[TimedWord]) -> None:
    length = frame_at(words[-1].end + SECOND, 30)
    pages = one_word_pages(words, 30, length)
    assert len(pages) == len(words)
    assert all(page.start_frame < page.end_frame <= length for page in pages)
    assert all(before.end_frame <= after.start_frame for before, after in pairwise(pages))
    crowded = {n for n in range(1, len(words)) if words[n].start - words[n - 1].start < 2 * SECOND / 30}
    if not crowded:
        assert all(page.start_frame == frame_at(word.start, 30) for page, word in zip(pages, words, strict=True))


def paged(
    text: str, look: CaptionLook = "phrase", pauses: tuple[int, ...] = (), rate: float = 2.5, **style: object
) -> tuple[CaptionPage, ...]:
    """The pages of a text at `rate` words a second, with a second of silence after some of its words."""
    texts = text.split()
    starts = [n / rate + sum(1 for pause in pauses if pause < n) for n in range(len(texts))]
    words = spoken(*((start, start + 0.8 / rate) for start in starts), texts=texts)
    wanted = STYLE.model_copy(update={"style": look, **style})
    return caption_pages(words, 30, Frames(30 * 60), wanted)


def said(text: str, look: CaptionLook = "phrase", pauses: tuple[int, ...] = (), **style: object) -> list[str]:
    return [page.text for page in paged(text, look, pauses, **style)]


def test_one_word_is_the_style_of_the_house() -> None:
    words = spoken((0.0, 0.3), (0.4, 0.8))
    assert STYLE.style == "one_word"
    assert caption_pages(words, 30, Frames(60), STYLE) == one_word_pages(words, 30, Frames(60))
    assert said("one two three", "one_word") == ["one", "two", "three"]


def test_short_clauses_stay_together_and_sentences_do_not() -> None:
    assert said("It fell, then rose. “Nobody knew why,” said Google: it rose. So, again, it fell") == [
        "It fell then rose",
        "Nobody knew why said Google it rose",
        "So again it fell",
    ]


def test_a_long_sentence_is_parted_where_its_clauses_end() -> None:
    assert said("In September, the S&P 500 fell 9.1% and Google fell 13.5%, and has lost 17.1% from there.") == [
        "In September",
        "the S&P 500 fell 9.1% and Google fell 13.5%",
        "and has lost 17.1% from there",
    ]


def test_a_page_does_not_end_with_a_short_word_that_leads_on() -> None:
    assert said("Nobody on the trading floor of the exchange could believe the numbers") == [
        "Nobody on the trading floor",
        "of the exchange could believe the numbers",
    ]


def test_a_phrase_that_is_quickly_said_stays_until_it_can_be_read() -> None:
    (page,) = paged("nobody knew", rate=20)
    assert page.words[-1].end_frame < page.end_frame
    assert page.end_frame - page.start_frame == 22, "11 letters at 15 a second"
    assert not page.hurried


def test_a_page_that_is_too_fast_joins_the_next_where_the_box_allows() -> None:
    quick, slow = [(0.0, 0.1), (0.1, 0.2)], [(0.2, 1.2), (1.2, 2.2)]
    texts = ["Nobody", "knew.", "It", "rose."]
    together = caption_pages(spoken(*quick, *slow, texts=texts), 30, Frames(300), PHRASE)
    assert [page.text for page in together] == ["Nobody knew It rose"]
    assert not together[0].hurried
    calm = caption_pages(
        spoken(*((2 * a, 2 * b + 1) for a, b in slow), *((9, 10), (10, 11)), texts=texts), 30, Frames(600), PHRASE
    )
    assert [page.text for page in calm] == ["Nobody knew", "It rose"]


def test_a_page_that_no_room_or_time_can_save_is_marked() -> None:
    pages = paged("internationalisation " * 12, rate=8)
    assert all(page.hurried for page in pages[:-1])
    assert not paged("internationalisation " * 12, rate=0.5)[0].hurried


def test_no_page_lingers_into_the_next_or_past_the_film() -> None:
    words = spoken((0.0, 0.1), (0.1, 0.2), (1.0, 1.1), texts=["Nobody", "knew.", "Disappointment."])
    first, last = caption_pages(words, 30, Frames(33), PHRASE)
    assert first.end_frame <= last.start_frame
    assert last.end_frame == 33
    assert last.hurried


def test_a_line_is_no_longer_than_the_theme_wants() -> None:
    text = "it fell and it rose and it fell"
    assert said(text) == [text]
    assert max(len(page) for page in said(text, line_letters=8)) <= 2 * 8 + 1


def test_the_points_of_initials_end_no_phrase() -> None:
    assert said("The U.S. market rose") == ["The U.S. market rose"]


def test_the_comma_of_a_date_ends_no_phrase() -> None:
    assert [stops("10,", "2008,"), stops("10,", "it"), stops("2008,", "it"), stops("fell.", "It")] == [0, 1, 1, 2]


def test_a_phrase_ends_at_a_pause() -> None:
    assert said("it fell and then it rose", pauses=(2,)) == ["it fell and", "then it rose"]


@pytest.mark.parametrize("look", ["phrase", "boxed"])
@pytest.mark.parametrize("count", [17, 19, 23, 29])
def test_a_long_sentence_is_shared_out_evenly(look: CaptionLook, count: int) -> None:
    lengths = [len(page.split()) for page in said(" ".join(["word"] * count), look)]
    assert len(lengths) > 1
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("before", range(12))
def test_a_number_stays_with_its_unit(before: int) -> None:
    pages = said(" ".join([*["market"] * before, "$4.5", "billion", *["traders"] * 9]))
    assert any("$4.5 billion" in page for page in pages)
    pages = said(" ".join([*["market"] * before, "12", "%", *["traders"] * 9]))
    assert any("12 %" in page for page in pages)


def test_a_chain_of_names_and_numbers_is_kept_only_where_a_line_holds_it() -> None:
    assert said("Google 12 internationalisation") == ["Google 12", "internationalisation"]
    assert said("Nasdaq 100 points") == ["Nasdaq 100 points"]


def test_numbers_in_a_row_are_not_one_number() -> None:
    pages = said(" ".join(["2008"] * 40))
    assert len(pages) > 1


def test_a_word_too_long_for_its_neighbours_stands_alone() -> None:
    assert said("the disestablishmentarianism of international telecommunications") == [
        "the",
        "disestablishmentarianism",
        "of international telecommunications",
    ]


def test_a_unit_too_long_for_one_line_leaves_its_number() -> None:
    assert said("$4,500,000,000,000 disestablishmentarianism") == ["$4,500,000,000,000", "disestablishmentarianism"]


@pytest.mark.parametrize("look", LOOKS)
def test_an_emoji_is_shown_with_its_word(look: CaptionLook) -> None:
    words = spoken((0.0, 0.5), texts=["moon 🚀"])
    (page,) = caption_pages(words, 30, Frames(60), STYLE.model_copy(update={"style": look}))
    assert page.text == "moon 🚀"


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("https://www.example.com/a/very/long/path?of=many&parts=1", "example.com/…"),
        ("Donaudampfschifffahrtsgesellschaftskapitän", "Donaudampfschifff"),
        ("a" * 400, "aaaaaaaaaaaaaaaa"),
        ("हिन्दी" * 60, "हिन्दीहिन्दी"),
    ],
)
def test_a_word_that_cannot_fit_is_shown_shortened(look: CaptionLook, word: str, shown: str) -> None:
    (page,) = caption_pages(spoken((0.0, 0.5), texts=[word]), 30, Frames(90), STYLE.model_copy(update={"style": look}))
    assert page.text.startswith(shown)
    assert page.text.endswith("…")
    assert (page.start_frame, page.words[0].end_frame if page.words else page.end_frame) == (0, 24)


def test_an_address_that_fits_is_shown_whole() -> None:
    assert said("see example.com/a") == ["see example.com/a"]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "sentence",
    [
        "谷歌股价在2008年10月10日跌至332美元、跌幅为55.2%。",
        "グーグルの株価は、2008年10月10日に332ドルまで下がりました。",
        "ราคาหุ้นของกูเกิลร่วงลงเหลือ332ดอลลาร์ในวันที่10ตุลาคม",
    ],
)
def test_a_sentence_without_spaces_is_parted_and_timed(look: CaptionLook, sentence: str) -> None:
    words = spoken((0.0, 6.0), texts=[sentence])
    pages = caption_pages(words, 30, Frames(300), STYLE.model_copy(update={"style": look}))
    parts = [part for page in pages for part in (page.words or (page,))]
    assert len(parts) > 2
    shown = "".join(part.text for part in parts).replace(JOINER, "")
    assert set(sentence) - set(shown) <= set("。、")
    assert shown == "".join(letter for letter in sentence if letter in shown)
    assert parts[0].start_frame == 0
    assert parts[-1].end_frame == 189
    assert all(before.end_frame == after.start_frame for before, after in pairwise(parts))
    assert not any(JOINER in page.text for page in pages)


def test_a_word_that_no_face_has_is_named() -> None:
    with pytest.raises(BadInput, match="'ꦗ'"):
        said("a ꦗ b")


def lit_at(pages: tuple[CaptionPage, ...], frame: int) -> list[str]:
    """The words lit at a frame, by the page's own words or as the page itself."""
    shown = [page for page in pages if page.start_frame <= frame < page.end_frame]
    parts = [part for page in shown for part in (page.words or (page,))]
    return [part.text for part in parts if part.start_frame <= frame < part.end_frame]


TEXTS = st.sampled_from(
    ["a", "Google", "$4.5", "billion", "fell,", "12", "%", "internationalisation", "rose.", "S&P 500"]
)


@pytest.mark.parametrize("look", LOOKS)
@settings(max_examples=40, deadline=None)
@given(words=speeches(), data=st.data())
def test_the_lit_word_is_the_word_that_is_heard(look: CaptionLook, words: list[TimedWord], data: st.DataObject) -> None:
    texts = data.draw(st.lists(TEXTS, min_size=len(words), max_size=len(words)))
    words = [word.model_copy(update={"shown": text}) for word, text in zip(words, texts, strict=True)]
    length = Frames(frame_at(words[-1].end, 30) + data.draw(st.integers(-20, 20)))
    single = one_word_pages(words, 30, length)
    pages = caption_pages(words, 30, length, STYLE.model_copy(update={"style": look}))
    for page in single:
        for frame in {page.start_frame, page.end_frame - 1}:
            assert lit_at(pages, frame) == [page.text]
    assert all(before.end_frame <= after.start_frame for before, after in pairwise(pages))
    parts = [part for page in pages for part in (page.words or (page,))]
    assert [(part.start_frame, part.end_frame) for part in parts] == [
        (one.start_frame, one.end_frame) for one in single
    ]
    assert all(page.text == " ".join(word.text for word in page.words or (page,)) for page in pages)


@pytest.mark.parametrize("style", [PHRASE, BOXED])
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_every_phrase_fits_its_box_and_no_word_is_lost(style: CaptionStyle, texts: list[str]) -> None:
    starts = [n / 4 for n in range(len(texts))]
    words = spoken(*((start, start + 0.2) for start in starts), texts=texts)
    pages = caption_pages(words, 30, Frames(30 * 60), style)
    assert [word.text for page in pages for word in page.words] == [caption_text(text) for text in texts]
    assert all(phrase_fits([word.text for word in page.words], style, shrunk=True) for page in pages)
