"""Plans whose times cannot be true are refused, naming the scene."""

from typing import Any

import pytest

from vidfactory.errors import BadInput
from vidfactory.rendering.plan_check import check_plan
from vidfactory.schema.base import Frames, Size
from vidfactory.schema.plan import CaptionWord, ProductionPlan
from vidfactory_tests.rendering.tiny import THEME, TinyStudio


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> ProductionPlan:
    return TinyStudio(tmp_path_factory.mktemp("tiny")).plan(["#111111", "#222222", "#333333"], [30, 30, 30])


def with_scene(plan: ProductionPlan, number: int, **change: Any) -> ProductionPlan:
    scenes = list(plan.scenes)
    scenes[number - 1] = scenes[number - 1].model_copy(update=change)
    return plan.model_copy(update={"scenes": tuple(scenes)})


def test_a_sound_plan_passes(plan: ProductionPlan) -> None:
    check_plan(plan, THEME)


@pytest.mark.parametrize(
    ("number", "change", "message"),
    [
        (1, {"start_frame": -3}, r"scene 1: it begins before the film: frames -3 to 30"),
        (2, {"end_frame": 20}, r"scene 2: it ends before it begins: frames 30 to 20"),
        (2, {"start_frame": 25}, r"scene 2: it begins at frame 25, before scene 1 ends at 30"),
        (2, {"start_frame": 35}, r"scene 2: frames 30 to 35 before it have no scene"),
        (3, {"end_frame": 95}, r"scene 3: it lies outside the film of 90 frames: frames 60 to 95"),
        (3, {"end_frame": 80}, r"scene 3: frames 80 to 90 behind it have no scene"),
    ],
)
def test_scenes_that_do_not_cover_the_film_once_are_named(
    plan: ProductionPlan, number: int, change: dict[str, int], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        check_plan(with_scene(plan, number, **change), THEME)


def test_captions_outside_the_film_or_over_each_other_are_named(plan: ProductionPlan) -> None:
    page = plan.captions[0]
    late = page.model_copy(update={"start_frame": 80, "end_frame": 120})
    with pytest.raises(BadInput, match=r"caption 2 \('WORD'\): it lies outside the film"):
        check_plan(plan.model_copy(update={"captions": (page, late)}), THEME)
    with pytest.raises(BadInput, match=r"caption 2 \('WORD'\): it begins at frame 0, before caption 1"):
        check_plan(plan.model_copy(update={"captions": (page, page)}), THEME)


def test_words_outside_their_page_or_over_each_other_are_named(plan: ProductionPlan) -> None:
    def with_words(*spans: tuple[int, int]) -> ProductionPlan:
        words = tuple(CaptionWord(text="ODD", start_frame=Frames(start), end_frame=Frames(end)) for start, end in spans)
        page = plan.captions[0].model_copy(update={"words": words})
        return plan.model_copy(update={"captions": (page,)})

    check_plan(with_words((0, 10), (10, 45)), THEME)
    with pytest.raises(BadInput, match=r"caption 1 \('WORD'\), word 'ODD': frames 30 to 50 are not those of its page"):
        check_plan(with_words((30, 50)), THEME)
    with pytest.raises(BadInput, match=r"word 'ODD': it begins at frame 5, before"):
        check_plan(with_words((0, 10), (5, 20)), THEME)


def test_a_turn_of_the_alternator_outside_the_film_is_named(plan: ProductionPlan) -> None:
    assert plan.alternator is not None
    turn = plan.alternator.items[0].model_copy(update={"end_frame": 91})
    with pytest.raises(BadInput, match=r"alternator, turn 1: it lies outside"):
        check_plan(plan.model_copy(update={"alternator": plan.alternator.model_copy(update={"items": (turn,)})}), THEME)


@pytest.mark.parametrize(("width", "message"), [(181, "181x320 has an odd side"), (182, "the frame is 182x320")])
def test_a_frame_that_is_odd_or_not_the_themes_is_refused(plan: ProductionPlan, width: int, message: str) -> None:
    about = plan.video_metadata.model_copy(update={"resolution": Size(width=width, height=320)})
    with pytest.raises(BadInput, match=message):
        check_plan(plan.model_copy(update={"video_metadata": about}), THEME)
