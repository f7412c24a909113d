"""Rushes: what is certain is rendered while pictures are awaited, and nothing else, and no longer than that."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vidfactory.rendering.film import Renderer
from vidfactory.rendering.rushes import Shoot, shoot_rushes
from vidfactory.rendering.segment_cache import SegmentCache
from vidfactory.schema.film import Rushes
from vidfactory.schema.pictures import Picture
from vidfactory.schema.plan import ProductionPlan
from vidfactory_tests.rendering.tiny import THEME, TinyStudio

COLOURS = {"one": "#600000", "two": "#006000", "three": "#000060"}
LENGTHS = [30, 20, 25]


@dataclass
class Studio:
    """A tiny film, and its pictures as they are finished: at each look those of the next of `looks`."""

    folder: Path
    looks: list[list[str]]
    is_wrapped: Callable[[], bool] = bool
    plans: list[ProductionPlan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tiny = TinyStudio(self.folder / "tiny")
        self.plan = self.tiny.plan(list(COLOURS.values()), LENGTHS)
        self.work = self.folder / "work"
        self.work.mkdir()
        self.renderer = Renderer(SegmentCache(self.folder / "cache", 10**9), 1)
        self.there: list[str] = []

    def more_may_come(self) -> bool:
        if not self.looks:
            return False
        self.there = self.looks.pop(0)
        return True

    def take(self, file: str, target: Path) -> bool:
        name = file.removesuffix(".png")
        if name in self.there:
            shutil.copyfile(self.tiny.folder / f"{COLOURS[name][1:]}.png", target)
        return name in self.there

    def shot(self) -> Rushes:
        files = {sha256: path for sha256, path in self.tiny.files.items() if path.stem not in COLOURS.values()}
        return shoot_rushes(
            Shoot(THEME, list(COLOURS), files, self.planned), self, self.is_wrapped, self.renderer, self.work
        )

    def planned(self, pictures: Sequence[Picture]) -> ProductionPlan:
        scenes = tuple(
            scene.model_copy(update={"main_content": content.model_copy(update={"source": source})})
            for scene, picture in zip(self.plan.scenes, pictures, strict=True)
            if (content := scene.main_content)
            and (source := content.source.model_copy(update={"sha256": picture.image.sha256}))
        )
        self.plans.append(self.plan.model_copy(update={"scenes": scenes}))
        return self.plans[-1]

    def film(self) -> tuple[int, int]:
        """How many segments the whole film has, and how many of them are found."""
        (self.folder / "film").mkdir()
        made = self.renderer.render(self.plan, THEME, self.tiny.files, self.folder / "film", lambda _: None)
        return made.tally.segments, made.tally.kept


def test_each_picture_lets_its_scenes_be_rendered(tmp_path: Path) -> None:
    studio = Studio(tmp_path, [[], ["two"], ["two", "one"]])
    assert studio.shot() == Rushes(pictures=2, frames=LENGTHS[0] + LENGTHS[1])
    assert len(studio.plans) == 2
    assert studio.film() == (3, 2)


def test_where_nobody_is_at_work_nothing_is_rendered(tmp_path: Path) -> None:
    studio = Studio(tmp_path, [])
    assert studio.shot() == Rushes(pictures=0, frames=0)
    assert studio.plans == []


def test_pictures_that_come_together_are_planned_once(tmp_path: Path) -> None:
    studio = Studio(tmp_path, [list(COLOURS), list(COLOURS)])
    assert studio.shot() == Rushes(pictures=3, frames=sum(LENGTHS))
    assert len(studio.plans) == 1
    assert studio.film() == (3, 3)


def test_nothing_is_begun_once_it_is_wrapped(tmp_path: Path) -> None:
    studio = Studio(tmp_path, [list(COLOURS)], is_wrapped=lambda: True)
    assert studio.shot() == Rushes(pictures=3, frames=0)
    assert studio.film() == (3, 0)


@pytest.mark.parametrize("lacking", list(COLOURS))
def test_no_film_ever_shows_the_slug(tmp_path: Path, lacking: str) -> None:
    studio = Studio(tmp_path, [[name for name in COLOURS if name != lacking]])
    studio.shot()
    assert studio.film() == (3, 2)
