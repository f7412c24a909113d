"""The score: each feature follows what it says it measures, and the total its formula."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.drawing.thumbnail_score import (
    WEIGHTS,
    score_thumbnail,
    strength,
    subject_centre,
    text_contrast,
)
from vidfactory.schema.base import Box

HEIGHT, WIDTH = 360, 640
WORDS = Box(left=40, top=60, width=300, height=60)
levels = st.integers(0, 255)


def plain(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), (red, green, blue), dtype=np.uint8)


def striped(dark: int, light: int) -> np.ndarray:
    picture = plain(light, light, light)
    picture[:, : WIDTH // 2] = dark
    return picture


def lettered(ground: int, ink: int, box: Box = WORDS) -> np.ndarray:
    """Bars in place of letters."""
    picture = plain(ground, ground, ground)
    for left in range(box.left, box.right, 20):
        picture[box.top : box.bottom, left : left + 10] = ink
    return picture


def feature(picture: np.ndarray, name: str, *text: Box) -> float:
    return score_thumbnail(picture, text).features[name]


def test_the_total_is_the_weighted_sum_of_all_features_and_the_weights_are_one() -> None:
    score = score_thumbnail(lettered(240, 10), [WORDS])
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert set(score.features) == set(WEIGHTS)
    assert score.total == pytest.approx(sum(WEIGHTS[name] * score.features[name] for name in WEIGHTS), abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_feature_is_from_nought_to_one_whatever_the_picture(seed: int) -> None:
    random = np.random.default_rng(seed)
    noise = random.integers(0, 256, (int(random.integers(1, 60)), int(random.integers(1, 60)), 3), dtype=np.uint8)
    score = score_thumbnail(noise, [Box(left=0, top=0, width=noise.shape[1], height=noise.shape[0])])
    assert all(0 <= value <= 1 for value in (score.total, strength(noise), *score.features.values()))
    assert all(0 <= part <= 1 for part in subject_centre(noise))


@settings(max_examples=20, deadline=None)
@given(levels, levels, levels)
def test_more_contrast_is_never_worse(middle: int, one: int, other: int) -> None:
    less, more = sorted((one, other))
    pictures = [striped(max(0, middle - by), min(255, middle + by)) for by in (less, more)]
    assert feature(pictures[0], "contrast") <= feature(pictures[1], "contrast")


@settings(max_examples=20, deadline=None)
@given(levels, levels)
def test_clearer_letters_are_never_worse(one: int, other: int) -> None:
    fainter, clearer = sorted((one, other), reverse=True)
    pictures = [lettered(255, ink) for ink in (fainter, clearer)]
    ratios = [text_contrast(picture, WORDS) for picture in pictures]
    assert ratios[0] <= ratios[1]
    assert feature(pictures[0], "text", WORDS) <= feature(pictures[1], "text", WORDS)


@settings(max_examples=20, deadline=None)
@given(st.integers(8, 150), st.integers(8, 150))
def test_taller_letters_are_never_worse(one: int, other: int) -> None:
    scores = []
    for height in sorted((one, other)):
        box = WORDS.model_copy(update={"height": height})
        scores.append(feature(lettered(240, 10, box), "text", box))
    assert scores[0] <= scores[1]


def test_letters_that_are_a_smear_in_a_list_count_less() -> None:
    small = WORDS.model_copy(update={"height": 10})
    assert feature(lettered(240, 10, small), "text", small) < feature(lettered(240, 10), "text", WORDS) - 0.2


def test_black_on_white_has_the_greatest_contrast_there_is() -> None:
    assert text_contrast(lettered(255, 0), WORDS) == pytest.approx(21, abs=0.1)


def test_without_words_nothing_is_given_for_them() -> None:
    score = score_thumbnail(plain(128, 128, 128), [])
    assert score.features["text"] == 0
    assert "against: text: no words" in score.reasons


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30))
def test_more_shapes_are_never_simpler(one: int, other: int) -> None:
    def with_shapes(count: int) -> np.ndarray:
        picture = plain(240, 240, 240)
        for index in range(count):
            row, column = divmod(index, 6)
            cv2.rectangle(
                picture, (20 + column * 100, 10 + row * 70), (70 + column * 100, 50 + row * 70), (0, 0, 0), -1
            )
        return picture

    fewer, more = sorted((one, other))
    assert feature(with_shapes(fewer), "simplicity") >= feature(with_shapes(more), "simplicity")


def test_what_stands_at_a_third_is_better_than_in_a_corner() -> None:
    def with_spot(x: float, y: float) -> np.ndarray:
        picture = plain(240, 240, 240)
        cv2.circle(picture, (round(x * WIDTH), round(y * HEIGHT)), 40, (0, 0, 0), -1)
        return picture

    third, corner = (feature(with_spot(x, y), "thirds") for x, y in ((1 / 3, 1 / 3), (0.08, 0.9)))
    assert third > corner + 0.2
    assert subject_centre(with_spot(0.75, 0.3)) == pytest.approx((0.75, 0.3), abs=0.06)


def test_colours_far_apart_beat_one_colour() -> None:
    assert feature(plain(200, 60, 60), "colours") == 0
    assert feature(striped(0, 255), "colours") > 0.5


def test_warm_beats_cool_and_grey_lies_between() -> None:
    warm, grey, cool = (feature(plain(*rgb), "warmth") for rgb in ((240, 200, 60), (128, 128, 128), (60, 120, 240)))
    assert warm > grey > cool


def test_saturation_and_brightness_are_best_between_too_little_and_too_much() -> None:
    grey, half, loud = (feature(plain(*rgb), "saturation") for rgb in ((128, 128, 128), (200, 120, 120), (255, 0, 0)))
    assert (grey, half, loud) == (0, 1, 0)
    black, middle, white = (feature(plain(level, level, level), "brightness") for level in (5, 140, 255))
    assert black < 0.05 < middle == 1
    assert white == 0


def test_reasons_give_the_figures_for_and_against() -> None:
    reasons = score_thumbnail(lettered(255, 0), [WORDS]).reasons
    assert any(
        reason.startswith("for: text: letters 16 to 16 px tall in a list, contrast 21.0:1") for reason in reasons
    )
    assert any(reason.startswith("against: saturation: mean saturation 0.00") for reason in reasons)


def test_a_bold_picture_holds_better_when_small_than_a_fine_one() -> None:
    bold, fine = plain(240, 240, 240), plain(240, 240, 240)
    cv2.circle(bold, (320, 180), 110, (0, 0, 0), -1)
    fine[::2] = 10
    assert strength(bold) > strength(fine) + 0.2
