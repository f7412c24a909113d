import numpy as np

from vidfactory.drawing.waveform import draw_waveform
from vidfactory.schema.base import Size
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import opened

PALETTE = load_theme("finance").palette
SIZE = Size(width=240, height=100)


def heights(samples: np.ndarray) -> np.ndarray:
    """Height of the ink in each column."""
    picture = np.asarray(opened(draw_waveform(samples.astype(np.float32), SIZE, PALETTE)).convert("L"))
    assert picture.shape == (SIZE.height, SIZE.width)
    return (picture < 128).sum(axis=0)


def test_loud_stretch_is_high_and_silence_is_a_thin_line() -> None:
    drawn = heights(np.concatenate([np.zeros(4800), np.full(4800, 0.5)]))
    assert drawn[:100].max() == 2
    assert drawn[140:].max() == 50


def test_full_scale_and_clipped_samples_fill_the_height() -> None:
    assert heights(np.full(480, -1.0)).max() == heights(np.full(480, 7.0)).max() == SIZE.height


def test_single_click_is_seen_however_long_the_sound_is() -> None:
    samples = np.zeros(1_000_000)
    samples[500_000] = 1
    assert heights(samples).max() == SIZE.height


def test_sound_without_samples_is_a_flat_line() -> None:
    assert heights(np.zeros(0)).max() == 2
