"""Setting a plan up: pictures of any size fit their places unstretched, and what cannot be used is named."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidfactory.errors import BadInput
from vidfactory.rendering.compositor import Compositor
from vidfactory.rendering.sprite import Sprite
from vidfactory.rendering.stage import Fit, Pictures, film_layers
from vidfactory.schema.base import Box, Frames, Size, Source
from vidfactory.schema.overlay import PictureOverlay
from vidfactory.schema.plan import ProductionPlan
from vidfactory_tests.rendering.tiny import THEME, TinyStudio

WANTED = Size(width=40, height=20)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyStudio:
    return TinyStudio(tmp_path / "tiny")


def marked(width: int, height: int) -> Image.Image:
    """White, with a black square in the middle."""
    image = Image.new("RGB", (width, height), "white")
    side = min(width, height) // 4 * 2
    image.paste("black", ((width - side) // 2, (height - side) // 2, (width + side) // 2, (height + side) // 2))
    return image


def fitted(tiny: TinyStudio, image: Image.Image, fit: Fit) -> Sprite:
    path = tiny.folder / "image.png"
    image.save(path)
    source = tiny.known(path)
    return Pictures(tiny.files).fitted({"scene 1": source}, WANTED, fit)[source.sha256]


@pytest.mark.parametrize("size", [(40, 20), (80, 40), (100, 20), (40, 60), (33, 21), (20, 10)])
def test_a_picture_of_any_size_covers_its_place_without_being_stretched(
    tiny: TinyStudio, size: tuple[int, int]
) -> None:
    sprite = fitted(tiny, marked(*size), "cover")
    assert sprite.size == WANTED
    assert sprite.alpha is None
    dark = sprite.y < 128
    assert abs(int(dark.any(axis=0).sum()) - int(dark.any(axis=1).sum())) <= 2


def test_a_contained_picture_is_whole_on_a_transparent_ground(tiny: TinyStudio) -> None:
    sprite = fitted(tiny, Image.new("RGB", (20, 20), "white"), "contain")
    assert sprite.alpha is not None
    assert (sprite.alpha.luma[:, 10:30] == 255).all()
    assert (sprite.alpha.luma[:, :10] == 0).all()


def test_a_picture_of_the_right_size_is_not_touched(tiny: TinyStudio) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (20, 40, 3), np.uint8))
    assert (fitted(tiny, noise, "cover").y == Sprite.of(noise).y).all()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), r"scene 2: the image .*002000\.png is missing"),
        (lambda path: path.write_bytes(b"no image"), r"scene 2: the image .*002000\.png cannot be read"),
        (lambda path: path.write_bytes(b""), r"scene 2: the image .*002000\.png cannot be read"),
        (lambda path: Image.new("RGB", (1, 1)).save(path), r"scene 2: .*002000\.png has only 1x1 pixels.*Give one"),
        (lambda path: Image.new("1", (20_000, 20_000)).save(path), r"scene 2: .*is too large.*at most 64 million"),
    ],
)
def test_a_picture_that_cannot_be_used_is_named_with_its_scene_before_anything_is_drawn(
    tiny: TinyStudio, spoil: Callable[[Path], object], message: str
) -> None:
    plan = tiny.plan(["#100000", "#002000"], [10, 10])
    content = plan.scenes[1].main_content
    assert content is not None
    spoil(tiny.files[content.source.sha256])
    with pytest.raises(BadInput, match=message):
        film_layers(plan, THEME, tiny.files)


def test_a_picture_cut_off_in_its_middle_is_named_when_it_is_drawn(tiny: TinyStudio) -> None:
    plan = tiny.plan(["#100000"], [10])
    content = plan.scenes[0].main_content
    assert content is not None
    path = tiny.files[content.source.sha256]
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:5000])
    layers = film_layers(plan, THEME, tiny.files)
    with pytest.raises(BadInput, match=r"scene 1: the image .* cannot be read"):
        Compositor(THEME.frame, layers).draw(0)


def test_a_file_that_no_department_delivered_is_named_with_its_place(tiny: TinyStudio) -> None:
    with pytest.raises(BadInput, match=r"backdrop: the plan names backdrop\.png, which no department"):
        film_layers(tiny.plan(["#100000"], [10]), THEME, {})


def frame_of(plan: ProductionPlan, tiny: TinyStudio) -> np.ndarray:
    compositor = Compositor(THEME.frame, film_layers(plan, THEME, tiny.files))
    compositor.draw(0)
    return np.asarray(compositor.frame.to_ndarray(format="rgb24"))


def test_every_layer_stands_where_the_theme_puts_it(tiny: TinyStudio) -> None:
    shown = frame_of(tiny.plan(["#a0a0a0"], [10]), tiny)
    panel, line = THEME.panel, THEME.panel_frame_px
    ink = tuple(int(THEME.palette.ink[at : at + 2], 16) for at in (1, 3, 5))
    for (x, y), colour in {
        (4, THEME.ticker.top + 4): (64, 64, 64),
        (THEME.alternator.left + 8, THEME.alternator.top + 8): (32, 32, 32),
        (panel.left + panel.width // 2, panel.top + panel.height // 2): (160, 160, 160),
        (panel.left + panel.width // 2, panel.top): ink,
        (panel.left + panel.width // 2, panel.bottom - 1): ink,
        (panel.left, panel.top + panel.height // 2): ink,
        (panel.right - 1, panel.top + panel.height // 2): ink,
        (panel.left + panel.width // 2, panel.top + line): (160, 160, 160),
        (4, 4): (128, 128, 128),
    }.items():
        assert np.allclose(shown[y, x], colour, atol=6), (x, y)


def test_a_long_film_keeps_only_a_few_sprites(tiny: TinyStudio) -> None:
    size = Size(width=8, height=8)
    sources = {f"scene {n}": tiny.picture(f"p{n}", f"#0000{n:02x}", size) for n in range(40)}
    pictures = Pictures(tiny.files).fitted(sources, size, "cover")
    first = pictures[sources["scene 0"].sha256]
    assert pictures[sources["scene 0"].sha256] is first
    for source in sources.values():
        assert pictures[source.sha256].size == size
    assert pictures[sources["scene 0"].sha256] is not first


def overlaid(name: str, source: Source, width: int, height: int) -> PictureOverlay:
    box = Box(left=20, top=20, width=width, height=height)
    return PictureOverlay(name=name, box=box, start_frame=Frames(0), end_frame=Frames(10), source=source)


def test_the_same_picture_in_two_overlays_is_fitted_to_each(tiny: TinyStudio) -> None:
    """Adding one leaves the other's pixels alone, and so the name of what was rendered before."""
    source = tiny.picture("badge", "#ff0000", Size(width=90, height=60))
    large, small = overlaid("large", source, 90, 60), overlaid("small", source, 30, 20)
    plan = tiny.plan(["#100000"], [10])
    alone, both = (
        film_layers(plan.model_copy(update={"overlays": overlays}), THEME, tiny.files)
        for overlays in ((large,), (large, small))
    )
    drawn = [layers[len(alone) - 1].draw(layers[len(alone) - 1].state(0)) for layers in (alone, both)]
    assert (drawn[0].sprite.y == drawn[1].sprite.y).all()
    assert [layer.draw(layer.state(0)).sprite.size.width for layer in both[-2:]] == [90, 30]


def test_an_overlays_picture_that_is_missing_is_named(tiny: TinyStudio) -> None:
    lost = Source(file="illustrations/01.png", sha256="a" * 64)
    plan = tiny.plan(["#100000"], [10]).model_copy(update={"overlays": (overlaid("badge", lost, 30, 20),)})
    with pytest.raises(BadInput, match=r"overlay 'badge': the plan names illustrations/01\.png, which no department"):
        film_layers(plan, THEME, tiny.files)
