"""The renderer as a whole: a short film of plain pictures, and plans whose files are not there."""

import hashlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.rendering.audio import encode_mp3
from vidfactory.rendering.film import Progress, film_layers, render
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.plan import ProductionPlan
from vidfactory.themes import load_theme
from vidfactory_tests.planning.test_production import plan
from vidfactory_tests.planning.words import spoken

THEME = load_theme("finance")


def with_files(made: ProductionPlan, folder: Path) -> tuple[ProductionPlan, dict[str, Path]]:
    """The plan with every source pointing at a file that is really there."""
    content = made.model_dump(mode="json")
    files: dict[str, Path] = {}

    def fill(value: object) -> None:
        if isinstance(value, dict):
            if set(value) == {"file", "sha256"}:
                path = written(folder / str(value["file"]))
                value["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
                files[value["sha256"]] = path
            for item in value.values():
                fill(item)
        elif isinstance(value, list):
            for item in value:
                fill(item)

    fill(content)
    return ProductionPlan.model_validate(content), files


def written(path: Path) -> Path:
    """A tone for the narration, a plain picture of the right size for all else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = {"backdrop": THEME.frame, "illustrations": THEME.illustration_size, "ticker": THEME.ticker.size}
    if path.parent.name == "narration":
        time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
        encode_mp3(path, Sound(0.2 * np.sin(2 * np.pi * 220 * time, dtype=np.float32)[None], SAMPLE_RATE))
    else:
        size = sizes.get(path.parent.name, THEME.alternator.size)
        Image.new("RGB", (size.width, size.height), "#808080").save(path)
    return path


def test_a_plan_becomes_a_film_of_its_length_and_the_same_bytes_again(tmp_path: Path) -> None:
    made, files = with_files(plan(spoken((0.0, 0.9), (1.0, 2.0)), ["a"]), tmp_path)
    seen: list[Progress] = []
    films = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        films.append(render(made, THEME, files, tmp_path / name, seen.append))
    assert films[0].frames == made.video_metadata.duration_frames
    assert seen[-1].done == seen[-1].total == films[0].frames
    assert films[0].path.read_bytes() == films[1].path.read_bytes()
    with av.open(films[0].path) as container:
        assert container.streams.video[0].frames == films[0].frames
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["video.mp4"]


def test_a_file_that_no_department_delivered_is_named_with_its_place() -> None:
    with pytest.raises(BadInput, match=r"backdrop: the plan names backdrop/backdrop\.png, which no department"):
        film_layers(plan(spoken((0.0, 1.0)), ["a"]), THEME, {})


def test_a_picture_that_cannot_be_read_is_named_with_its_scene(tmp_path: Path) -> None:
    made, files = with_files(plan(spoken((0.0, 1.0)), ["a"]), tmp_path)
    content = made.scenes[0].main_content
    assert content is not None
    files[content.source.sha256].write_bytes(b"no picture")
    with pytest.raises(BadInput, match=r"scene 1: the image .* cannot be read"):
        film_layers(made, THEME, files)
