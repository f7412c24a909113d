"""The timeline, read back with OpenTimelineIO: whole, exact, and with all its media."""

from pathlib import Path

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime

from vidfactory.release.layout import lay_out
from vidfactory.release.timeline import Lengths, timeline_json
from vidfactory.schema.base import SAMPLE_RATE, Artifact, Box, Frames, Samples
from vidfactory.schema.overlay import PictureOverlay
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.release import Package
from vidfactory_tests.release.finished import BEATS, FPS, FRAMES, LEAD_IN, LOOP, SPOKEN, packed, source


@pytest.fixture
def opened(package: Package, tmp_path: Path) -> otio.schema.Timeline:
    return otio.adapters.read_from_file(str(lay_out(package, tmp_path / "out") / "timeline.otio"))


def track(timeline: otio.schema.Timeline, name: str) -> otio.schema.Track:
    return next(each for each in timeline.tracks if each.name == name)


def read(plan: ProductionPlan, narration: Samples = SPOKEN) -> otio.schema.Timeline:
    return otio.adapters.read_from_string(timeline_json(plan, Lengths(narration, LOOP)), "otio_json")


def test_every_track_is_as_long_as_the_film(opened: otio.schema.Timeline) -> None:
    assert opened.duration() == RationalTime(FRAMES, FPS)
    assert [each.name for each in opened.tracks] == [
        *("Backdrop", "Pictures", "Cards and charts", "Ticker", "Narration", "Music")
    ]
    for each in opened.tracks:
        whole = each.duration()
        assert whole.value * FPS == FRAMES * whole.rate  # exact, in the track's own rate
        assert whole.rate == (FPS if each.kind == otio.schema.TrackKind.Video else SAMPLE_RATE)


def test_all_media_lie_beside_it(opened: otio.schema.Timeline, tmp_path: Path) -> None:
    named = {clip.media_reference.target_url for clip in opened.find_clips()}
    assert named == {f"media/{path.name}" for path in (tmp_path / "out" / "media").iterdir()}
    assert not any(Path(address).is_absolute() for address in named)


def test_no_clip_asks_for_more_than_its_media_have(opened: otio.schema.Timeline) -> None:
    for clip in opened.find_clips():
        assert clip.source_range.start_time >= clip.available_range().start_time
        assert clip.source_range.end_time_exclusive() <= clip.available_range().end_time_exclusive()


def test_each_scene_has_its_picture_effect_and_transition(opened: otio.schema.Timeline) -> None:
    pictures = track(opened, "Pictures")
    clips = list(pictures.find_clips())
    assert [clip.name for clip in clips] == ["Scene 1", "Scene 2", "Scene 3"]
    assert [clip.range_in_parent().start_time.value for clip in clips] == [0, 360, 720]
    assert all(clip.metadata["vidfactory"]["main_content"]["effect"] == "zoom_in" for clip in clips)
    fades = [each for each in pictures if isinstance(each, otio.schema.Transition)]
    assert [(each.transition_type, each.in_offset.value, each.out_offset.value) for each in fades] == [
        ("SMPTE_Dissolve", 0, 15)
    ] * 2


def test_words_are_markers_in_their_time(opened: otio.schema.Timeline) -> None:
    told = [
        (each.name, each.marked_range.start_time.value, each.marked_range.duration.value)
        for each in opened.tracks.markers
    ]
    assert told == [(name, beat * 360 + 15, 30) for beat, name in enumerate(BEATS)]


def test_the_voice_begins_at_its_sample_and_music_turns_until_the_end(opened: otio.schema.Timeline) -> None:
    voice, music = track(opened, "Narration"), track(opened, "Music")
    assert [(type(each).__name__, each.duration().value) for each in voice] == [
        *(("Gap", LEAD_IN), ("Clip", SPOKEN), ("Gap", FRAMES * SAMPLE_RATE // FPS - LEAD_IN - SPOKEN))
    ]
    assert [each.duration().value for each in music] == [LOOP, LOOP, LOOP, 6 * SAMPLE_RATE]
    assert music[0].metadata["vidfactory"]["volume"] == 0.22


def test_a_voice_that_is_longer_than_the_film_is_cut_where_it_ends(made: dict[str, Artifact]) -> None:
    plan = planned(made)
    voice = track(read(plan, Samples(2 * SPOKEN)), "Narration")
    assert voice.duration().to_seconds() == FRAMES / FPS
    assert [type(each).__name__ for each in voice] == ["Gap", "Clip"]


def test_what_is_not_there_leaves_gaps_and_no_tracks(made: dict[str, Artifact]) -> None:
    plan = planned(made)
    audio = plan.audio.model_copy(update={"music": None})
    second = plan.scenes[1].model_copy(update={"main_content": None})
    scenes = (plan.scenes[0], second, plan.scenes[2])
    bare = plan.model_copy(update={"alternator": None, "ticker": None, "audio": audio, "scenes": scenes})
    timeline = read(bare)
    assert [each.name for each in timeline.tracks] == ["Backdrop", "Pictures", "Narration"]
    gap = [each for each in track(timeline, "Pictures") if isinstance(each, otio.schema.Gap)]
    assert [each.duration().value for each in gap] == [360]
    assert timeline.duration() == RationalTime(FRAMES, FPS)


def test_music_that_does_not_repeat_ends(made: dict[str, Artifact]) -> None:
    plan = planned(made)
    assert plan.audio.music
    once = plan.audio.model_copy(update={"music": plan.audio.music.model_copy(update={"loop": False})})
    music = track(read(plan.model_copy(update={"audio": once})), "Music")
    assert [type(each).__name__ for each in music] == ["Clip", "Gap"]
    assert music.duration().to_seconds() == FRAMES / FPS


def test_overlays_are_markers_and_their_pictures_come_along(made: dict[str, Artifact], tmp_path: Path) -> None:
    shown = PictureOverlay(
        name="logo",
        box=Box(left=0, top=0, width=20, height=20),
        start_frame=Frames(10),
        end_frame=Frames(40),
        source=source("illustrations", made, 2),
    )
    plan = planned(made)
    scenes = tuple(scene.model_copy(update={"main_content": None}) for scene in plan.scenes)
    laid_over = plan.model_copy(update={"overlays": (shown,), "scenes": scenes})
    package = packed(tmp_path, {**made, "production_plan": laid_over})
    timeline = otio.adapters.read_from_file(str(package.timeline.path))
    marker = next(each for each in timeline.tracks.markers if each.name == "logo")
    assert (marker.marked_range.start_time.value, marker.color) == (10, "CYAN")
    assert "illustrations-03_close.png" in {media.name for media in package.timeline_media}


def planned(made: dict[str, Artifact]) -> ProductionPlan:
    plan = made["production_plan"]
    assert isinstance(plan, ProductionPlan)
    return plan
