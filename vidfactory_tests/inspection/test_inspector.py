"""A good film is approved; broken in one way, the measurement of that way says so, and only it.

Where a film cannot be broken in one way alone (a black frame hides its words) the others that must see it are named.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vidfactory.inspection.inspector import MEASUREMENTS, Planned, as_markdown, inspect, reasons, verdict
from vidfactory.rendering.encode import join
from vidfactory.schema.base import SAMPLE_RATE, Box, Frames, Size
from vidfactory.schema.inspection import Level, Measurement, QaReport
from vidfactory.schema.overlay import Lettering, TextOverlay
from vidfactory.schema.plan import ProductionPlan
from vidfactory_tests.inspection.films import (
    FPS,
    LEAD,
    LENGTH,
    LIMITS,
    QUIET,
    SCENES,
    SIZE,
    THEME,
    WORD_FRAMES,
    WORDS,
    Frame,
    Made,
    Sound,
    copied,
    painted,
    pictures_of,
    planes_of,
    scaled,
    timed_words,
    video_of,
)

Picture = Callable[[int, Frame, list[Frame]], Frame]
CAPTIONS = THEME.captions.box
PANEL = Box(
    left=THEME.panel.left + 2, top=THEME.panel.top + 2, width=THEME.panel.width - 4, height=THEME.panel.height - 4
)
BLOT = QUIET[20:28]
"""Frames with nothing to be read, on which one of those looked at falls."""


def bad(report: QaReport) -> dict[str, Level]:
    return {measurement.name: measurement.level for measurement in report.measurements if measurement.level != "good"}


def found(report: QaReport, name: str) -> Measurement:
    return next(measurement for measurement in report.measurements if measurement.name == name)


def test_a_good_film_is_approved_and_has_no_evidence(film: Made, tmp_path: Path) -> None:
    report = film.report(tmp_path)
    assert bad(report) == {}
    assert report.verdict == "approve"
    assert report.evidence is None
    assert [measurement.name for measurement in report.measurements] == list(MEASUREMENTS)
    assert not list(tmp_path.iterdir())


def test_encoded_again_it_is_still_good(film: Made, tmp_path: Path) -> None:
    """So what the tests below see is the change alone."""
    assert bad(film.altered(tmp_path, lambda _, frame, __: frame, lambda sound: sound).report(tmp_path)) == {}


def test_a_film_with_phrases_is_approved(phrases: Made, tmp_path: Path) -> None:
    assert bad(phrases.report(tmp_path)) == {}


# --- pictures ------------------------------------------------------------------------------------


def dark(number: int, frame: Frame, _: list[Frame]) -> Frame:
    return painted(frame, 16) if number in BLOT else frame


def empty(number: int, frame: Frame, _: list[Frame]) -> Frame:
    return painted(frame, 140) if number in BLOT else frame


def standing(number: int, frame: Frame, every: list[Frame]) -> Frame:
    return every[QUIET[0]].copy() if number in QUIET else frame


def soft(_: int, frame: Frame, __: list[Frame]) -> Frame:
    luma = planes_of(frame)[0]
    luma[:] = cv2.GaussianBlur(luma, (0, 0), 1.5)
    return frame


def dim(_: int, frame: Frame, __: list[Frame]) -> Frame:
    luma = planes_of(frame)[0]
    luma[:] = 16 + (luma.astype(np.int16) - 16) * 2 // 5
    return frame


def another_picture(number: int, frame: Frame, every: list[Frame]) -> Frame:
    return copied(frame, every[10], PANEL) if SCENES[0] + 8 <= number < SCENES[0] + SCENES[1] else frame


def word_missing(number: int, frame: Frame, every: list[Frame]) -> Frame:
    """The fourth word's place shows what is there when nothing is said."""
    return copied(frame, every[0], CAPTIONS) if _word(number) == 3 else frame


def word_of_another(number: int, frame: Frame, every: list[Frame]) -> Frame:
    return copied(frame, every[LEAD + 5 * WORD_FRAMES], CAPTIONS) if _word(number) == 7 else frame


def words_late(number: int, frame: Frame, every: list[Frame]) -> Frame:
    return copied(frame, every[max(0, number - 6)], CAPTIONS)


def word_stays(number: int, frame: Frame, every: list[Frame]) -> Frame:
    """The last word is still there when it should have gone."""
    return copied(frame, every[QUIET[0] - 6], CAPTIONS) if number in QUIET[:12] else frame


def word_moved_out(number: int, frame: Frame, every: list[Frame]) -> Frame:
    if _word(number) != 5:
        return frame
    word = frame.copy()
    bare = copied(frame, every[0], CAPTIONS)
    return copied(bare, word, CAPTIONS, top=THEME.frame.height - CAPTIONS.bottom - 6)


def _word(number: int) -> int:
    return (number - LEAD) // WORD_FRAMES


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (dark, {"black": "warning"}),
        (empty, {"flat": "issue"}),
        (standing, {"frozen": "issue"}),
        (soft, {"blurred": "issue"}),
        (dim, {"brightness": "warning"}),
        (another_picture, {"pictures_on_screen": "issue"}),
        (word_missing, {"words_on_screen": "issue"}),
        (word_of_another, {"words_on_screen": "issue"}),
        (words_late, {"words_on_screen": "issue"}),
        (word_stays, {"words_on_screen": "issue"}),
        (word_moved_out, {"safe_area": "issue"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_wrong_with_the_pictures_is_seen(
    change: Picture, expected: dict[str, Level], film: Made, tmp_path: Path
) -> None:
    report = film.altered(tmp_path, picture=change).report(tmp_path)
    assert bad(report) == expected, reasons(report)
    assert report.evidence is not None
    for name in expected:
        assert found(report, name).moments, name
    with Image.open(report.evidence.path) as sheet:
        assert sheet.format == "JPEG"
        assert np.asarray(sheet.convert("L")).std() > 20


def test_the_word_that_is_missing_is_named_with_its_time(film: Made, tmp_path: Path) -> None:
    report = film.altered(tmp_path, picture=word_missing).report(tmp_path)
    said = found(report, "words_on_screen")
    assert "'in' at 1." in said.said
    assert _word(said.moments[0]) == 3


def test_a_word_that_is_lit_too_late_in_its_phrase_is_seen(phrases: Made, tmp_path: Path) -> None:
    report = phrases.altered(tmp_path, picture=words_late).report(tmp_path)
    assert bad(report) == {"words_on_screen": "issue"}


def lit_wrong(number: int, frame: Frame, every: list[Frame]) -> Frame:
    """While the second word of the first phrase is said, the first one stays lit."""
    return copied(frame, every[LEAD + 2], CAPTIONS) if _word(number) == 1 else frame


def test_a_phrase_with_the_wrong_word_lit_is_seen_by_its_colour(phrases: Made, tmp_path: Path) -> None:
    report = phrases.altered(tmp_path, picture=lit_wrong).report(tmp_path)
    assert bad(report) == {"words_on_screen": "issue"}


# --- sound ---------------------------------------------------------------------------------------


def quiet(sound: Sound) -> Sound:
    return sound * np.float32(0.7)


def loud(sound: Sound) -> Sound:
    return np.clip(sound * 2, -1, 1)


def clicking(sound: Sound) -> Sound:
    """A burst of a hundredth of a second, far too short to be louder on the whole."""
    there = slice(SAMPLE_RATE * 5, SAMPLE_RATE * 5 + 480)
    sound[:, there] = 1.1 * np.sin(np.arange(480) * 0.3)
    return sound


def breaking_off(sound: Sound) -> Sound:
    """A little louder for it, so that the loudness on the whole stays."""
    sound[:, SAMPLE_RATE : SAMPLE_RATE * 315 // 100] = 0
    return sound * np.float32(1.1)


def silent_at_the_end(sound: Sound) -> Sound:
    sound[:, -SAMPLE_RATE * 21 // 10 - SAMPLE_RATE // 5 :] = 0
    return sound


def late(sound: Sound) -> Sound:
    return np.roll(sound, SAMPLE_RATE // 10, axis=1)


def early(sound: Sound) -> Sound:
    return np.roll(sound, -SAMPLE_RATE // 20, axis=1)


def another_voice(sound: Sound) -> Sound:
    return sound[:, ::-1].copy()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (quiet, {"loudness": "issue"}),
        (loud, {"loudness": "issue", "peaks": "issue"}),
        (clicking, {"peaks": "issue"}),
        (breaking_off, {"silences": "issue"}),
        (late, {"sync": "issue"}),
        (early, {"sync": "issue"}),
        (another_voice, {"sync": "issue"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_wrong_with_the_sound_is_heard(
    change: Callable[[Sound], Sound], expected: dict[str, Level], film: Made, tmp_path: Path
) -> None:
    report = film.altered(tmp_path, sound=change).report(tmp_path)
    assert bad(report) == expected, reasons(report)


def test_a_silence_without_words_is_only_a_warning(film: Made, tmp_path: Path) -> None:
    without_words = replace(film.planned, words=timed_words()[:5])
    report = film.altered(tmp_path, sound=silent_at_the_end).report(tmp_path, without_words)
    assert found(report, "silences").level == "warning"


def test_the_offset_is_told_to_the_millisecond(film: Made, tmp_path: Path) -> None:
    report = film.altered(tmp_path, sound=late).report(tmp_path)
    assert found(report, "sync").figures["offset_ms"] == pytest.approx(100, abs=1)


def test_a_sound_that_the_container_delays_is_out_of_time(film: Made, tmp_path: Path) -> None:
    """Not a sample is changed: the track begins later."""
    delayed = tmp_path / "delayed.mp4"
    with av.open(film.path) as source, av.open(delayed, "w", options={"movflags": "+faststart"}) as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                late_by = round(0.1 / packet.time_base)
                packet.pts, packet.dts = packet.pts + late_by, packet.dts + late_by
            packet.stream = streams[packet.stream.index]
            target.mux(packet)
    report = replace(film, path=delayed).report(tmp_path)
    assert bad(report) == {"length": "issue", "sync": "issue"}, reasons(report)
    assert found(report, "sync").figures["offset_ms"] == pytest.approx(100, abs=1)


# --- the file ------------------------------------------------------------------------------------


def test_another_size_is_seen_and_nothing_else_suffers(film: Made, tmp_path: Path) -> None:
    size = Size(width=256, height=456)
    report = film.altered(tmp_path, picture=lambda _, frame, __: scaled(frame, size), size=size).report(tmp_path)
    assert bad(report) == {"streams": "issue"}, reasons(report)
    assert "256x456, planned is 270x480" in found(report, "streams").said


def test_another_rate_is_seen_and_words_are_still_in_time(film: Made, tmp_path: Path) -> None:
    numbers = [round(number * FPS / 25) for number in range(LENGTH * 25 // FPS)]
    report = film.altered(tmp_path, fps=25, frames=numbers).report(tmp_path)
    assert bad(report) == {"streams": "issue"}, reasons(report)


@pytest.mark.parametrize(
    ("options", "colours", "flags", "said"),
    [
        ({"profile": "baseline"}, (1, 1), "+faststart", "the profile is"),
        ({}, (2, 1), "+faststart", "the colour tags are"),
        ({}, (1, 2), "+faststart", "the pixel format is yuvj420p"),
        ({}, (1, 1), "", "the index stands behind"),
    ],
    ids=["profile", "colours", "range", "index"],
)
def test_what_players_would_stumble_over_is_seen(
    options: dict[str, str],
    colours: tuple[int, int],
    flags: str,
    said: str,
    film: Made,
    tmp_path: Path,
) -> None:
    report = replace(film, path=written(film, tmp_path, options, colours, flags)).report(tmp_path)
    assert bad(report) == {"streams": "issue"}, reasons(report)
    assert said in found(report, "streams").said


def written(film: Made, folder: Path, options: dict[str, str], colours: tuple[int, int], flags: str) -> Path:
    """The film encoded by hand: encoder options, colour tags and range, and where its index stands."""
    target = folder / "written.mp4"
    with (
        av.open(film.path) as source,
        av.open(target, "w", options={"movflags": flags} if flags else {}) as made,
    ):
        stream = made.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "18", **options})
        stream.width, stream.height, stream.pix_fmt = SIZE.width, SIZE.height, "yuv420p"
        codec = stream.codec_context
        codec.color_primaries = codec.color_trc = codec.colorspace = colours[0]
        codec.color_range = colours[1]
        sound = made.add_stream_from_template(source.streams.audio[0])
        for number, picture in enumerate(pictures_of(film.path)):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = sound
                made.mux(packet)
    return target


def test_a_film_that_is_two_frames_short_is_seen(film: Made, tmp_path: Path) -> None:
    report = film.altered(tmp_path, frames=range(LENGTH - 2)).report(tmp_path)
    assert bad(report) == {"length": "issue"}, reasons(report)


def test_a_film_of_the_wrong_plan_is_rejected(film: Made, tmp_path: Path) -> None:
    about = film.planned.plan.video_metadata.model_copy(update={"duration_frames": Frames(LENGTH + 40)})
    report = film.report(tmp_path, planned_as(film, video_metadata=about))
    assert bad(report) == {"length": "issue"}, reasons(report)


def test_a_file_that_is_no_film_is_an_issue_of_every_measurement(film: Made, tmp_path: Path) -> None:
    broken = tmp_path / "film.mp4"
    broken.write_text("this is no film")
    report = replace(film, path=broken).report(tmp_path)
    assert set(bad(report)) == set(MEASUREMENTS)
    assert report.verdict == "reject"
    assert "could not be measured" in report.measurements[0].said


def test_a_film_without_sound_is_an_issue_and_no_error(film: Made, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    join([film.path], None, silent, FPS, "Silent")
    report = replace(film, path=silent).report(tmp_path)
    assert "the film has no sound" in report.measurements[0].said


@settings(max_examples=8)
@given(share=st.floats(0.05, 0.99))
def test_a_film_that_breaks_off_anywhere_is_rejected_and_no_error(share: float, film: Made) -> None:
    folder = film.path.parent / "cut"
    folder.mkdir(exist_ok=True)
    content = film.path.read_bytes()
    cut = folder / "film.mp4"
    cut.write_bytes(content[: int(len(content) * share)])
    assert replace(film, path=cut).report(folder).verdict == "reject"


def test_pictures_that_are_damaged_are_counted(film: Made, tmp_path: Path) -> None:
    content = bytearray(film.path.read_bytes())
    noise = np.random.default_rng(1).bytes(len(content) // 3)
    content[len(content) // 2 : len(content) // 2 + len(noise)] = noise
    broken = tmp_path / "film.mp4"
    broken.write_bytes(content)
    report = replace(film, path=broken).report(tmp_path)
    assert report.verdict == "reject"
    assert "damaged" in found(report, "streams").said


# --- the plan ------------------------------------------------------------------------------------


def planned_as(film: Made, **changes: object) -> Planned:
    return replace(film.planned, plan=film.planned.plan.model_copy(update=changes))


def captioned(plan: ProductionPlan, number: int, text: str) -> ProductionPlan:
    pages = list(plan.captions)
    pages[number] = pages[number].model_copy(update={"text": text})
    return plan.model_copy(update={"captions": tuple(pages)})


def test_a_word_of_the_script_that_no_caption_says_is_named(film: Made, tmp_path: Path) -> None:
    script = (*WORDS[:4], "early", *WORDS[4:])
    report = film.report(tmp_path, replace(film.planned, script=script))
    assert bad(report) == {"captions": "issue"}
    assert "the script says 'early', the captions 'November'" in found(report, "captions").said


def test_a_caption_that_the_script_does_not_have_is_named(film: Made, tmp_path: Path) -> None:
    script = WORDS[:-1]
    report = film.report(tmp_path, replace(film.planned, script=script, words=timed_words()[:-1]))
    assert bad(report) == {"captions": "issue"}
    assert "the captions 'stopped'" in found(report, "captions").said


@pytest.mark.parametrize("script", ["“GOOGLE”", "GOOGLE,", "(GOOGLE)."])
def test_marks_around_a_word_need_not_be_shown(script: str, film: Made, tmp_path: Path) -> None:
    report = film.report(tmp_path, replace(film.planned, script=(script, *WORDS[1:])))
    assert bad(report) == {}


def test_another_number_is_another_word(film: Made, tmp_path: Path) -> None:
    script = tuple("$24567" if word == "$245.67" else word for word in WORDS)
    assert bad(film.report(tmp_path, replace(film.planned, script=script))) == {"captions": "issue"}


def test_captions_that_come_long_after_their_words_are_seen(film: Made, tmp_path: Path) -> None:
    report = film.report(tmp_path, replace(film.planned, words=timed_words(late_frames=-5)))
    assert bad(report) == {"captions": "issue"}
    assert found(report, "captions").figures["worst_frames"] == 5


def test_a_character_without_a_glyph_is_named(film: Made, tmp_path: Path) -> None:
    plan = captioned(film.planned.plan, 2, "ꦗꦮ")
    script = (*WORDS[:2], "ꦗꦮ", *WORDS[3:])
    report = film.report(tmp_path, replace(film.planned, plan=plan, script=script))
    assert bad(report) == {"glyphs": "issue"}, reasons(report)
    assert "JAVANESE LETTER JA" in found(report, "glyphs").said


def test_a_text_over_the_film_that_leaves_the_safe_area_is_seen(film: Made, tmp_path: Path) -> None:
    text = TextOverlay(
        name="claim",
        box=Box(left=20, top=SIZE.height - 40, width=120, height=30),
        start_frame=QUIET[0],
        end_frame=QUIET[9],
        text="Too low",
        lettering=Lettering(size_px=12),
    )
    report = film.report(tmp_path, planned_as(film, overlays=(text,)))
    assert bad(report) == {"safe_area": "issue"}, reasons(report)
    assert "'Too low'" in found(report, "safe_area").said


def test_a_picture_twice_running_wants_a_persons_look(film: Made, tmp_path: Path) -> None:
    """The film shows it, as it was planned."""

    def again(number: int, frame: Frame, every: list[Frame]) -> Frame:
        return copied(frame, every[number - SCENES[0]], PANEL) if 68 <= number < 115 else frame

    scenes = list(film.planned.plan.scenes)
    scenes[1] = scenes[1].model_copy(update={"main_content": scenes[0].main_content})
    planned = planned_as(film, scenes=tuple(scenes))
    report = film.altered(tmp_path, picture=again).report(tmp_path, planned)
    assert bad(report) == {"repetition": "warning"}, reasons(report)
    assert report.verdict == "review"


# --- the verdict ---------------------------------------------------------------------------------


@given(levels=st.lists(st.sampled_from(["good", "warning", "issue"]), min_size=1, max_size=20))
def test_the_verdict_follows_the_rules(levels: list[Level]) -> None:
    decided = verdict([Measurement(name="a", level=level, said="") for level in levels])
    warnings = levels.count("warning")
    if "issue" in levels or warnings >= 4:
        assert decided == "reject"
    elif warnings:
        assert decided == "review"
    else:
        assert decided == "approve"


def test_the_same_film_gives_the_same_report_with_one_thread_or_several(film: Made, tmp_path: Path) -> None:
    one, three = (inspect(video_of(film.path), film.planned, tmp_path, n, LIMITS) for n in (1, 3))
    assert one == three


def test_the_table_has_the_worst_first(film: Made, tmp_path: Path) -> None:
    table = as_markdown(film.altered(tmp_path, picture=dark, sound=quiet).report(tmp_path)).splitlines()
    assert table[2].startswith("| issue | loudness |")
    assert table[3].startswith("| warning | black |")


def test_times_are_samples_of_the_film_and_no_clock_is_read() -> None:
    """Nothing here could be put out by a clock that jumps."""
    folder = Path(__file__).parents[2] / "vidfactory" / "inspection"
    sources = " ".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert "import time" not in sources
    assert "datetime" not in sources
