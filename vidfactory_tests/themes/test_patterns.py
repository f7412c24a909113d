"""The patterns of motion: all there, each as a person saw it, and a wrong file says where it is wrong."""

import pytest

from vidfactory.catalogue import theme_names
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box
from vidfactory.schema.overlay import (
    BarOverlay,
    CounterOverlay,
    Lettering,
    Overlay,
    PathOverlay,
    Point,
    TextOverlay,
)
from vidfactory.themes.patterns import load_patterns, read_patterns
from vidfactory_tests.drawing.likeness import assert_like_golden
from vidfactory_tests.rendering.floor import HEADLINE, THEME, drawn, placement, strip

PATTERNS = load_patterns()
SIDES = ("left", "right", "top", "bottom")
MOMENTS = {"enter": (10, 30, 50, 70, 100), "exit": (0, 30, 50, 70, 90), "emphasis": (0, 15, 30, 50, 100)}
"""In per cent of a pattern's length."""
TOLERANCE = 5.0
GOOD = """
[nod]
kind = "emphasis"
length_s = 0.5
tracks.y = [{ at = 0, value = 0 }, { at = 0.5, value = 0.1, easing = "sine_out" }, { at = 1, value = 0 }]
"""


def subject(pattern: str) -> Overlay:
    """What shows a pattern best."""
    place = placement(pattern, start=0)
    if pattern == "count_up":
        wide = {**place, "box": Box(left=4, top=32, width=112, height=56)}
        return CounterOverlay(**wide, end_value=1250, prefix="$", lettering=Lettering(font="headline", size_px=40))
    if pattern == "bar_grow":
        return BarOverlay(**{**place, "box": Box(left=44, top=12, width=32, height=96)}, colour="ink")
    if pattern == "draw_path":
        corners = ((0, 0.9), (0.3, 0.4), (0.5, 0.7), (1, 0))
        points = tuple(Point(x=x, y=y) for x, y in corners)
        return PathOverlay(**place, points=points, width_px=10, colour="ink")
    return TextOverlay(**place, text="BUY", lettering=HEADLINE)


@pytest.mark.parametrize("name", list(PATTERNS))
def test_a_pattern_looks_as_it_did(name: str, request: pytest.FixtureRequest) -> None:
    pattern = PATTERNS[name]
    length = round(pattern.length_s * THEME.fps)
    moments = MOMENTS.get(pattern.kind, (5, 25, 50, 75, 100))
    pictures = [drawn([subject(name)], length * percent // 100) for percent in moments]
    assert_like_golden(strip(pictures), f"pattern_{name}", request.config, TOLERANCE)


def test_every_pattern_of_the_specification_is_there() -> None:
    kinds: dict[str, set[str]] = {}
    for name, pattern in PATTERNS.items():
        kinds.setdefault(pattern.kind, set()).add(name)
    assert kinds == {
        "enter": {"fade_in", "bounce_in", "zoom_in", *(f"slide_in_from_{side}" for side in SIDES)},
        "emphasis": {"pulse", "shake", "glow", "highlight_flash"},
        "exit": {"fade_out", "dissolve", *(f"slide_out_to_{side}" for side in SIDES)},
        "loop": {"float", "rotate", "breathe"},
        "data": {"count_up", "bar_grow", "draw_path"},
    }


def test_the_patterns_are_no_theme() -> None:
    assert "patterns" not in theme_names()


def test_a_new_pattern_is_a_new_table() -> None:
    assert list(read_patterns(GOOD, "nods.toml")) == ["nod"]


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ('kind = "wiggle"', 'kind = "emphasis"', r"nods\.toml, \[nod\], kind: "),
        ("length_s = 0", "length_s = 0.5", r"nods\.toml, \[nod\], length_s: .*greater than 0"),
        ("length = 0.5", "length_s = 0.5", r"nods\.toml, \[nod\], length"),
        ("tracks.z", "tracks.y", r"nods\.toml, \[nod\], tracks\.z"),
        ('"swing"', '"sine_out"', r"nods\.toml, \[nod\], tracks\.y\.1\.easing"),
        ("at = 1.5", "at = 0.5", r"nods\.toml, \[nod\], tracks\.y\.1\.at"),
        ("at = 0, value = 0.1", "at = 0.5, value = 0.1", r"nods\.toml, \[nod\], tracks\.y: keyframes must go from"),
        ("at = 1, value = 0.1", "at = 1, value = 0", r"nods\.toml, \[nod\]: tracks\.y: emphasis must end at rest"),
        ("at = 0, value = 2", "at = 0, value = 0 ", r"nods\.toml, \[nod\]: tracks\.y: emphasis must begin at rest"),
        (
            "tracks.scale = [{ at = 0, value = 9 }, { at = 1, value = 1 }]\n#",
            "tracks.y",
            r"tracks\.scale: it must stay",
        ),
        ("value = nan", "value = 0.1", r"nods\.toml, \[nod\], tracks\.y\.1\.value"),
        ("= =", "=", r"nods\.toml: the patterns are not valid"),
    ],
)
def test_a_wrong_file_is_named_with_its_table_and_field(wrong: str, right: str, message: str) -> None:
    changed = GOOD.replace(right, wrong, 1)
    assert changed != GOOD
    with pytest.raises(BadInput, match=message):
        read_patterns(changed, "nods.toml")
