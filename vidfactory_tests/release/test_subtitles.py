"""Subtitle files, read back by strict readers of their formats."""

import json
import re
from fractions import Fraction
from html import unescape
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.drawing.linebreaks import reading_letters
from vidfactory.planning.clock import ms_at
from vidfactory.release.subtitles import LINE_LETTERS, LONGEST_MS, Cue, cues, srt, webvtt, words_json
from vidfactory.schema.base import Frames, Samples, Size, Source
from vidfactory.schema.plan import AudioPlan, NarrationTrack, ProductionPlan, Scene, Transition, VideoMetadata
from vidfactory.schema.speech import TimedWord
from vidfactory_tests.planning.words import SECOND, speeches, spoken

SHA = "0" * 64
TEXTS = st.one_of(
    st.sampled_from(
        ["a", "Google", "$4.5", "billion", "fell,", "12", "%", "S&P 500", "rose.", "<b>x</b>", "-->", "R&D"]
    ),
    st.sampled_from(["谷歌股价在2008年10月10日跌至332美元。", "שלום,", "ที่นี่กำลังซื้อขายกันอยู่", "moon 🚀"]),
    st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\u2060"), min_size=1, max_size=60
    )
    .map(str.strip)
    .filter(str.split),
)


def film(words: list[TimedWord], tail: int = SECOND, language: str = "en") -> ProductionPlan:
    """A plan that says these words, with some silence after them."""
    length = Frames(-(-(words[-1].end + tail) * 30 // SECOND))
    source = Source(file="narration/narration.mp3", sha256=SHA)
    scene = Scene(
        scene_number=1,
        start_frame=Frames(0),
        end_frame=length,
        narration_text="",
        words=tuple(words),
        main_content=None,
        transition=Transition(type="cut", duration_frames=Frames(0)),
    )
    return ProductionPlan(
        video_metadata=VideoMetadata(
            title="t", duration_frames=length, resolution=Size(width=1080, height=1920), fps=30
        ),
        theme="finance",
        language=language,
        audio=AudioPlan(narration=NarrationTrack(source=source), music=None),
        backdrop=source,
        scenes=(scene,),
        captions=(),
        alternator=None,
        ticker=None,
    )


def said(text: str, rate: float = 2.5) -> ProductionPlan:
    texts = text.split()
    return film(spoken(*((n / rate, (n + 0.8) / rate) for n in range(len(texts))), texts=texts))


def read_srt(text: str) -> list[Cue]:
    """SubRip: numbered blocks, parted by one empty line."""
    assert text.endswith("\n")
    blocks = [block.split("\n") for block in text.removesuffix("\n").split("\n\n")]
    assert [block[0] for block in blocks] == [str(n) for n in range(1, len(blocks) + 1)]
    return [_cue(block[1], block[2:], r"(\d{2}):([0-5]\d):([0-5]\d),(\d{3})") for block in blocks]


def read_webvtt(text: str) -> list[Cue]:
    """WebVTT after W3C: a header, then blocks; a text has no bare `<`, `>` or `&`."""
    header, *blocks = text.removesuffix("\n").split("\n\n")
    assert header == "WEBVTT"
    lines = [block.split("\n") for block in blocks]
    for block in lines:
        for line in block[1:]:
            assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", line)
    return [
        _cue(block[0], [unescape(line) for line in block[1:]], r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})")
        for block in lines
    ]


def _cue(times: str, lines: list[str], pattern: str) -> Cue:
    match = re.fullmatch(rf"{pattern} --> {pattern}", times)
    assert match, times
    assert lines
    assert all(lines)
    values = [int(group) for group in match.groups()]
    start, end = (((hours * 60 + minutes) * 60 + s) * 1000 + ms for hours, minutes, s, ms in (values[:4], values[4:]))
    return Cue(start, end, tuple(lines))


def letters_of(lines: list[str]) -> str:
    """All letters in order, without what only sets them."""
    return re.sub(r"[\s\u202b\u202c]", "", "".join(lines))


@settings(max_examples=25, deadline=None)
@given(words=speeches(), data=st.data(), tail=st.integers(-SECOND // 2, 2 * SECOND))
def test_every_word_is_there_once_in_order_and_in_its_time(
    words: list[TimedWord], data: st.DataObject, tail: int
) -> None:
    texts = data.draw(st.lists(TEXTS, min_size=len(words), max_size=len(words)))
    words = [word.model_copy(update={"shown": text}) for word, text in zip(words, texts, strict=True)]
    plan = film(words, tail=max(tail, -(words[-1].end - words[-1].start) // 2))
    until = plan.video_metadata.duration_frames * 1000 // 30
    vtt = read_webvtt(webvtt(plan))
    for read in (vtt, read_srt(srt(plan))):
        assert read[0].start_ms == ms_at(words[0].start)
        assert all(cue.start_ms < cue.end_ms <= until for cue in read)
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(read))
        assert all(cue.end_ms - cue.start_ms <= LONGEST_MS for cue in read)
        assert all(len(cue.lines) <= 2 for cue in read)
    shown = letters_of([line for cue in vtt for line in cue.lines])
    assert shown == letters_of(texts)
    told = json.loads(words_json(plan))["words"]
    assert [(word["word"], word["start_ms"], word["end_ms"]) for word in told] == [
        (word.shown, ms_at(word.start), ms_at(word.end)) for word in words
    ]


@settings(max_examples=25, deadline=None)
@given(words=speeches(), texts=st.data())
def test_no_line_is_longer_than_usual_unless_a_word_is(words: list[TimedWord], texts: st.DataObject) -> None:
    named = texts.draw(st.lists(TEXTS, min_size=len(words), max_size=len(words)))
    words = [word.model_copy(update={"shown": text}) for word, text in zip(words, named, strict=True)]
    for cue in cues(film(words)):
        for line in cue.lines:
            assert reading_letters(line) <= LINE_LETTERS or len(cue.lines) == 1


@given(st.integers(0, 10**10))
def test_a_sample_becomes_the_nearest_millisecond(sample: int) -> None:
    assert abs(Fraction(sample, 48) - ms_at(sample)) <= Fraction(1, 2)


def test_times_are_exact_to_the_millisecond_after_hours() -> None:
    word = TimedWord(
        shown="late", spoken="late", beat=0, start=Samples(3_723_004 * 48), end=Samples(3_724_000 * 48), timing="exact"
    )
    assert srt(film([word])) == "1\n01:02:03,004 --> 01:02:04,300\nlate\n"
    assert webvtt(film([word])) == "WEBVTT\n\n01:02:03.004 --> 01:02:04.300\nlate\n"


def test_cues_are_phrases_with_their_punctuation() -> None:
    plan = said("In September, the S&P 500 fell 9.1% and Google fell 13.5%, and has lost 17.1% from there. Why? It is.")
    assert [cue.lines for cue in cues(plan)] == [
        ("In September, the S&P 500 fell", "9.1% and Google fell 13.5%,"),
        ("and has lost 17.1% from there.",),
        ("Why?",),
        ("It is.",),
    ]


@pytest.mark.parametrize("before", range(8))
def test_neither_a_cue_nor_a_line_parts_a_number_from_its_unit(before: int) -> None:
    plan = said(" ".join([*["market"] * before, "about", "$4.5", "billion", *["traders"] * 9]))
    assert any("$4.5 billion" in line for cue in cues(plan) for line in cue.lines)


def test_a_short_cue_stays_until_it_can_be_read_unless_the_next_comes() -> None:
    alone, _ = cues(film(spoken((0, 0.1), (3, 3.5), texts=["No.", "Never."])))
    assert alone.end_ms == 833
    pressed, _ = cues(film(spoken((0, 0.1), (0.7, 1.2), texts=["No.", "Never."])))
    assert pressed.end_ms <= 700


def test_a_word_that_lasts_for_ever_goes_after_seven_seconds() -> None:
    (cue,) = cues(film(spoken((0, 30), texts=["aaaah"])))
    assert cue.end_ms == LONGEST_MS


def test_chinese_has_sixteen_characters_a_line() -> None:
    plan = film(spoken((0, 8), texts=["谷歌股价在2008年10月10日跌至332美元。跌幅为55.2%。人工智能改变世界经济格局。"]))
    shown = [line for cue in cues(plan) for line in cue.lines]
    assert len(shown) > 2
    assert all(reading_letters(line) <= LINE_LETTERS for line in shown)
    assert not [line for line in shown if line[0] in ",。%"]


def test_a_line_from_the_right_is_marked_where_a_player_would_misplace_it() -> None:
    (plain,) = cues(film(spoken((0, 1), (1, 2), texts=["שלום", "רב"])))
    assert plain.lines == ("שלום רב",)
    (marked,) = cues(film(spoken((0, 1), (1, 2), (2, 3), texts=["Google", "ירדה", "היום."])))
    assert marked.lines == ("\u202bGoogle ירדה היום.\u202c",)


def test_what_would_break_the_formats_is_escaped() -> None:
    plan = said("AT&T <script>alert(1)</script> a-->b")
    (cue,) = read_webvtt(webvtt(plan))
    assert cue.lines == ("AT&T <script>alert(1)</script> a-->b",)
    assert "→b" in srt(plan)
    assert srt(plan).count("-->") == 1


def test_words_that_were_interpolated_say_so() -> None:
    words = [word.model_copy(update={"timing": "interpolated"}) for word in spoken((0, 1))]
    told = json.loads(words_json(film(words, language="he")))
    assert told["words"][0]["timing"] == "interpolated"
    assert (told["schema_version"], told["language"]) == ("words/1", "he")
