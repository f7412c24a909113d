"""How good a thumbnail is likely to be: features measured from its pixels, a formula, and reasons in words.

A heuristic: the weights and the marks below are a designer's judgement, not learned from what viewers
clicked. Faces are not judged, because no face detector is installed and a drawn figure is none.

Belongs here: measuring pictures as small as a list shows them. Does not belong here: drawing a thumbnail,
and which ones are tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidfactory.schema.base import Box

Picture = NDArray[np.uint8]
"""RGB of shape (height, width, 3)."""
Levels = NDArray[np.float64]

LIST_SIDE_PX = 168
"""The longer side of a thumbnail in a list: 168x94 on YouTube."""
SUBJECT_SIDE_PX = 64
DOMINANT_COLOURS = 5
LUMA = (0.2126, 0.7152, 0.0722)
"""Of red, green and blue, by ITU-R BT.709."""
WEIGHTS: Mapping[str, float] = {
    "text": 0.30,
    "contrast": 0.18,
    "simplicity": 0.14,
    "thirds": 0.10,
    "colours": 0.10,
    "saturation": 0.08,
    "brightness": 0.06,
    "warmth": 0.04,
}
"""What each feature counts for; together 1."""
LEGIBLE_PX, EASY_PX, LARGE_PX = 4.0, 9.0, 24.0
"""Height of capitals in a list: a smear, easy to read, and as large as they need to be."""
LEAST_RATIO, BEST_RATIO = 4.5, 12.0
"""WCAG 2 contrast of letters that is just accepted for large type, and that is as good as any."""
GOOD, POOR = 0.7, 0.35


@dataclass(frozen=True)
class Score:
    """`total` is the sum of `features` by `WEIGHTS`; all are from 0 to 1."""

    total: float
    features: Mapping[str, float]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Measured:
    feature: float
    figure: str
    """What was measured, in words."""


def score_thumbnail(picture: Picture, text: Sequence[Box]) -> Score:
    """Score a thumbnail whose lines of capitals stand in the boxes `text`, in its pixels.

    Measured on the picture as a list shows it, `LIST_SIDE_PX` long:

    - text: a quarter for the height of the smallest letters (from `LEGIBLE_PX` to `EASY_PX`), a quarter for
      that of the largest (to `LARGE_PX`), half for the least contrast of a line (WCAG 2, from `LEAST_RATIO`
      to `BEST_RATIO` on a logarithmic scale); 0 without text
    - contrast: standard deviation of luma, of the 0.35 that a third of black beside white has
    - simplicity: 1 less the share of pixels on an edge, of 0.4
    - thirds: how near what stands out lies to a point of the rule of thirds
    - colours: how far the five dominant colours are apart in CIELAB, of 70
    - saturation, brightness: mean, best between marks (see `_saturation`, `_brightness`)
    - warmth: red over blue on average, of the 0.3 that warm paper with an accent has
    """
    small = shrunk(picture, LIST_SIDE_PX)
    measured = {
        "text": _text(picture, text),
        "contrast": _contrast(small),
        "simplicity": _simplicity(small),
        "thirds": _thirds(small),
        "colours": _colours(small),
        "saturation": _saturation(small),
        "brightness": _brightness(small),
        "warmth": _warmth(small),
    }
    features = {name: round(each.feature, 4) for name, each in measured.items()}
    total = sum(WEIGHTS[name] * feature for name, feature in features.items())
    return Score(round(total, 4), features, tuple(_reasons(measured)))


def strength(picture: Picture) -> float:
    """How well a picture holds when it is small, from 0 to 1: contrast, then simplicity, then one subject.

    0.4 contrast + 0.3 simplicity + 0.3 focus, where focus is the share of what stands out that lies within a
    quarter of the picture's longer side of its centre of mass.
    """
    small = shrunk(picture, LIST_SIDE_PX // 2)
    return 0.4 * _contrast(small).feature + 0.3 * _simplicity(small).feature + 0.3 * _focus(small)


def subject_centre(picture: Picture) -> tuple[float, float]:
    """Where the mass of what stands out lies: parts of the width and of the height. The middle of a plain picture."""
    standing_out = _subject(picture)
    total = standing_out.sum()
    if total < 1e-6:
        return 0.5, 0.5
    rows, columns = _middles(standing_out)
    return float((standing_out * columns).sum() / total), float((standing_out * rows).sum() / total)


def shrunk(picture: Picture, longer_side: int) -> Picture:
    """The picture with its longer side of `longer_side` px, each pixel the mean of what it covers."""
    height, width = picture.shape[:2]
    by = longer_side / max(height, width)
    size = max(1, round(width * by)), max(1, round(height * by))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def text_contrast(picture: Picture, box: Box) -> float:
    """WCAG 2 contrast of the lightest and the darkest tenth of what is in `box`: letters and their ground."""
    inside = picture[max(0, box.top) : box.bottom, max(0, box.left) : box.right]
    linear = _linear(inside)
    dark, light = np.percentile(linear @ LUMA, (10, 90))
    return float((light + 0.05) / (dark + 0.05))


def _text(picture: Picture, text: Sequence[Box]) -> _Measured:
    if not text:
        return _Measured(0.0, "no words")
    heights = [box.height * LIST_SIDE_PX / max(picture.shape[:2]) for box in text]
    ratio = min(text_contrast(picture, box) for box in text)
    smallest = _between(min(heights), LEGIBLE_PX, EASY_PX)
    largest = _between(max(heights), LEGIBLE_PX, LARGE_PX)
    clear = _between(float(np.log(ratio)), float(np.log(LEAST_RATIO)), float(np.log(BEST_RATIO)))
    figure = f"letters {min(heights):.0f} to {max(heights):.0f} px tall in a list, contrast {ratio:.1f}:1"
    return _Measured(0.25 * smallest + 0.25 * largest + 0.5 * clear, figure)


def _contrast(small: Picture) -> _Measured:
    spread = float(_luma(small).std())
    return _Measured(min(1.0, spread / 0.35), f"light and dark differ by {spread:.2f} of 1")


def _simplicity(small: Picture) -> _Measured:
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    edges = float((cv2.Canny(grey, 100, 200) > 0).mean())
    return _Measured(1 - min(1.0, edges / 0.4), f"{edges:.0%} of it are edges")


def _thirds(small: Picture) -> _Measured:
    standing_out = _subject(small)
    rows, columns = _middles(standing_out)
    squared = np.minimum((rows - 1 / 3) ** 2, (rows - 2 / 3) ** 2) + np.minimum(
        (columns - 1 / 3) ** 2, (columns - 2 / 3) ** 2
    )
    total = standing_out.sum()
    near = float((standing_out * np.exp(-squared / (2 * (1 / 6) ** 2))).sum() / total) if total > 1e-6 else 0.0
    return _Measured(near, f"{near:.0%} of what stands out is near a third")


def _colours(small: Picture) -> _Measured:
    reduced = Image.fromarray(small).quantize(DOMINANT_COLOURS, Image.Quantize.MEDIANCUT, kmeans=2)
    counts = np.bincount(np.asarray(reduced).ravel(), minlength=DOMINANT_COLOURS)[:DOMINANT_COLOURS]
    palette = np.zeros((DOMINANT_COLOURS, 3), dtype=np.float32)
    listed = np.asarray(reduced.getpalette("RGB"), dtype=np.float32).reshape(-1, 3)[:DOMINANT_COLOURS]
    palette[: len(listed)] = listed
    lab = cv2.cvtColor(palette[None] / 255, cv2.COLOR_RGB2LAB)[0].astype(np.float64)
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    share = counts / counts.sum()
    mean = float(share @ apart @ share)
    names = ", ".join(
        f"#{red:02x}{green:02x}{blue:02x}"
        for red, green, blue in palette[np.argsort(-counts, kind="stable")].astype(int).tolist()
    )
    return _Measured(min(1.0, mean / 70), f"dominant colours {names}, {mean:.0f} apart")


def _saturation(small: Picture) -> _Measured:
    """Best from 0.15 to 0.6: grey is overlooked, and all over the same loud colour is tiring."""
    mean = float((cv2.cvtColor(small, cv2.COLOR_RGB2HSV)[:, :, 1] / 255).mean())
    return _Measured(_plateau(mean, 0.0, 0.15, 0.6, 1.0), f"mean saturation {mean:.2f}")


def _brightness(small: Picture) -> _Measured:
    """Best from 0.4 to 0.75: the darker sinks into a dark page, the lighter into a white one."""
    mean = float(_luma(small).mean())
    return _Measured(_plateau(mean, 0.05, 0.4, 0.75, 1.0), f"mean brightness {mean:.2f}")


def _warmth(small: Picture) -> _Measured:
    red_over_blue = float((small[:, :, 0].astype(np.float64) - small[:, :, 2]).mean() / 255)
    return _Measured(_between(red_over_blue, -0.1, 0.3), f"red over blue {red_over_blue:+.2f}")


def _focus(small: Picture) -> float:
    standing_out = _subject(small)
    total = standing_out.sum()
    if total < 1e-6:
        return 0.0
    x, y = subject_centre(small)
    height, width = small.shape[:2]
    rows, columns = _middles(standing_out)
    longer = max(width, height)
    distance = np.hypot((columns - x) * width / longer, (rows - y) * height / longer)
    return float(standing_out[distance <= 0.25].sum() / total)


def _subject(picture: Picture) -> Levels:
    """What stands out: how far each place is from the light around it, with fine hatching blurred away."""
    luma = _luma(shrunk(picture, SUBJECT_SIDE_PX))
    standing_out: Levels = np.abs(cv2.GaussianBlur(luma, (0, 0), 1.5) - cv2.GaussianBlur(luma, (0, 0), 12))
    return standing_out


def _middles(levels: Levels) -> tuple[Levels, Levels]:
    """Each pixel's place as parts of the height (a column) and of the width (a row)."""
    height, width = levels.shape
    return (np.arange(height)[:, None] + 0.5) / height, (np.arange(width)[None] + 0.5) / width


def _luma(picture: Picture) -> Levels:
    luma: Levels = picture @ np.array(LUMA) / 255
    return luma


def _linear(picture: Picture) -> Levels:
    values = picture / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _between(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _plateau(value: float, none: float, low: float, high: float, too_much: float) -> float:
    """1 from `low` to `high`, falling to 0 at `none` and at `too_much`."""
    return min(_between(value, none, low), 1 - _between(value, high, too_much))


def _reasons(measured: Mapping[str, _Measured]) -> list[str]:
    """The features that speak clearly for or against it, those that count for most first."""
    by_weight = sorted(measured, key=lambda name: -WEIGHTS[name])
    good = [f"for: {name}: {measured[name].figure}" for name in by_weight if measured[name].feature >= GOOD]
    poor = [f"against: {name}: {measured[name].figure}" for name in by_weight if measured[name].feature <= POOR]
    return good + poor
