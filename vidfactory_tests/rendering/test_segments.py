"""Segments: they cover the film, and are named by all that their bytes depend on and nothing else."""

from dataclasses import dataclass, replace
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.rendering import segments as segments_module
from vidfactory.rendering.compositor import Layer
from vidfactory.rendering.encode import Encoder
from vidfactory.rendering.segments import LONGEST_S, Segment, certain, cuts, segments
from vidfactory.rendering.stage import film_layers
from vidfactory.schema.base import Size
from vidfactory.schema.plan import CaptionPage, ProductionPlan, Scene, Transition
from vidfactory_tests.rendering.tiny import FPS, THEME, TinyStudio

COLOURS = ["#100000", "#002000", "#000030", "#404040"]
LENGTHS = [50, 40, 300, 30]
FADE = 10


@dataclass(frozen=True)
class Studio:
    tiny: TinyStudio
    plan: ProductionPlan

    def named(self, plan: ProductionPlan, encoder: Encoder | None = None) -> list[Segment]:
        about = plan.video_metadata
        layers: list[Layer] = film_layers(plan, THEME, self.tiny.files)
        stretches = cuts(plan.scenes, about.duration_frames, about.fps)
        return segments(stretches, layers, about.resolution, about.fps, encoder or Encoder())

    def changed(self, plan: ProductionPlan) -> list[tuple[int, int]]:
        """The stretches that have to be rendered again."""
        kept = {segment.name for segment in self.named(self.plan)}
        return [(segment.start, segment.end) for segment in self.named(plan) if segment.name not in kept]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    tiny = TinyStudio(tmp_path_factory.mktemp("tiny"))
    return Studio(tiny, tiny.plan(COLOURS, LENGTHS, FADE))


def scenes_of(lengths: list[tuple[int, int]]) -> tuple[list[Scene], int]:
    scenes, at = [], 0
    for number, (length, fade) in enumerate(lengths, start=1):
        scenes.append(
            Scene.model_validate(
                {
                    "scene_number": number,
                    "start_frame": at,
                    "end_frame": at + length,
                    "narration_text": "",
                    "words": (),
                    "main_content": None,
                    "transition": {"type": "fade", "duration_frames": fade},
                }
            )
        )
        at += length
    return scenes, at


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 40)), min_size=1, max_size=8), st.sampled_from([24, 30]))
def test_segments_cover_every_frame_once(lengths: list[tuple[int, int]], fps: int) -> None:
    scenes, total = scenes_of(lengths)
    stretches = cuts(scenes, total, fps)
    assert [frame for stretch in stretches for frame in stretch] == list(range(total))
    assert all(0 < len(stretch) <= LONGEST_S * fps for stretch in stretches)
    assert {scene.start_frame for scene in scenes} <= {stretch.start for stretch in stretches}


def test_a_changed_picture_changes_its_scene_and_the_transition_behind_it(studio: Studio) -> None:
    second = studio.plan.scenes[1]
    assert second.main_content is not None
    other = studio.tiny.picture("other", "#123456", THEME.illustration_size)
    scene = second.model_copy(update={"main_content": second.main_content.model_copy(update={"source": other})})
    plan = studio.plan.model_copy(update={"scenes": (studio.plan.scenes[0], scene, *studio.plan.scenes[2:])})
    assert studio.changed(plan) == [(50, 60), (60, 90), (90, 100)]


def test_a_changed_word_changes_the_stretches_that_show_it(studio: Studio) -> None:
    page = studio.plan.captions[0]
    early = [CaptionPage(text="X", start_frame=page.start_frame, end_frame=55)]
    late = [page.model_copy(update={"start_frame": 55})]
    plan = studio.plan.model_copy(update={"captions": tuple(early + late)})
    assert studio.changed(plan) == [(0, 50), (50, 60)]


def test_names_do_not_depend_on_numbers_titles_or_sound(studio: Studio) -> None:
    scenes = tuple(scene.model_copy(update={"scene_number": 100 + scene.scene_number}) for scene in studio.plan.scenes)
    about = studio.plan.video_metadata.model_copy(update={"title": "Another"})
    assert studio.changed(studio.plan.model_copy(update={"scenes": scenes, "video_metadata": about})) == []


@pytest.mark.parametrize(
    "change", [{"preset": "fast"}, {"quality": 20}, {"tuning": "subme=2"}, {"key_frame_s": 1.0}, {"level": "4.2"}]
)
def test_every_setting_of_the_encoder_is_in_the_name(studio: Studio, change: dict[str, object]) -> None:
    other = studio.named(studio.plan, replace(Encoder(), **change))  # type: ignore[arg-type]
    assert {segment.name for segment in other}.isdisjoint(segment.name for segment in studio.named(studio.plan))


@pytest.mark.parametrize("name", ["RENDERING", "LIBRARIES"])
def test_what_draws_is_in_the_name(studio: Studio, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = {segment.name for segment in studio.named(studio.plan)}
    monkeypatch.setattr(segments_module, name, "another")
    assert before.isdisjoint(segment.name for segment in studio.named(studio.plan))


def test_the_libraries_are_named_with_their_versions() -> None:
    assert f"av {av.__version__}" in segments_module.LIBRARIES
    assert "fontpkg-anton" in segments_module.LIBRARIES


def test_size_and_frame_rate_are_in_the_name(studio: Studio) -> None:
    about, stretches = studio.plan.video_metadata, [range(10)]
    layers: list[Layer] = film_layers(studio.plan, THEME, studio.tiny.files)
    names = {
        segments(stretches, layers, size, fps, Encoder())[0].name
        for size in (about.resolution, Size(width=182, height=320))
        for fps in (24, 30)
    }
    assert len(names) == 4


def test_a_longer_fade_leaves_other_scenes_alone(studio: Studio) -> None:
    last = studio.plan.scenes[-1].model_copy(update={"transition": Transition(type="fade", duration_frames=20)})
    plan = studio.plan.model_copy(update={"scenes": (*studio.plan.scenes[:-1], last)})
    assert all(start >= studio.plan.scenes[2].start_frame for start, _ in studio.changed(plan))


def test_names_are_the_same_wherever_the_files_lie(studio: Studio, tmp_path: Path) -> None:
    elsewhere = TinyStudio(tmp_path / "elsewhere")
    plan = elsewhere.plan(COLOURS, LENGTHS, FADE)
    assert Studio(elsewhere, plan).named(plan) == studio.named(studio.plan)
    assert plan.video_metadata.fps == FPS


def test_certain_is_what_does_not_show_the_unknown_picture_not_even_in_a_transition(studio: Studio) -> None:
    about = studio.plan.video_metadata
    stretches = cuts(studio.plan.scenes, about.duration_frames, about.fps)
    layers = film_layers(studio.plan, THEME, studio.tiny.files)
    second = studio.plan.scenes[1]
    assert second.main_content is not None
    chosen = certain(stretches, layers, second.main_content.source.sha256)
    shown = range(second.start_frame, second.end_frame + FADE)
    assert chosen == [stretch for stretch in stretches if stretch.start not in shown]
    assert 0 < len(chosen) < len(stretches)


def test_where_a_layer_that_is_always_there_is_unknown_nothing_is_certain(studio: Studio) -> None:
    about = studio.plan.video_metadata
    stretches = cuts(studio.plan.scenes, about.duration_frames, about.fps)
    layers = film_layers(studio.plan, THEME, studio.tiny.files)
    assert studio.plan.ticker is not None
    assert certain(stretches, layers, studio.plan.ticker.source.sha256) == []
