"""Footage: what is sampled of a film is what a viewer sees."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest

from vidfactory.inspection.footage import opened, watched

FPS = 30
FRAMES = 90
SIDE = 128
HELD = 7
"""For so many frames each picture stands."""


def film(path: Path, preset: str) -> Path:
    """Pictures of noise, each for a few frames, in one group of pictures; with a silent track."""
    with av.open(str(path), "w") as container:
        options = {"preset": preset, "sc_threshold": "0", "g": "300"}
        pictures = container.add_stream("libx264", FPS, options=options)
        pictures.width = pictures.height = SIDE
        pictures.pix_fmt = "yuv420p"
        sound = container.add_stream("aac", 48_000, layout="mono")
        for number in range(FRAMES):
            noise = np.random.default_rng(number // HELD).integers(0, 2, (SIDE // 8, SIDE // 8), np.uint8)
            luma = np.kron(noise * 200 + 20, np.ones((8, 8), np.uint8))
            planes = np.concatenate([luma, np.full((SIDE // 2, SIDE), 128, np.uint8)])
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(planes, "yuv420p")))
        container.mux(pictures.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 48_000
        container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
    return path


def lumas(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray").astype(np.int16) for frame in container.decode(video=0)]


@pytest.mark.parametrize("preset", ["veryfast", "medium", "slow"])
def test_a_sampled_frame_shows_what_a_viewer_sees_however_it_was_encoded(tmp_path: Path, preset: str) -> None:
    path = film(tmp_path / "film.mp4", preset)
    shown = lumas(path)

    def look() -> object:
        return lambda number, frame: (number, frame.to_ndarray(format="gray").astype(np.int16))

    with ThreadPoolExecutor(1) as pool:
        seen = watched(opened(path), FPS, look, pool)

    assert opened(path).pictures.rests_on_one == (preset == "veryfast")
    assert len(seen.looks) > FRAMES // 8
    assert max(np.abs(picture - shown[number]).mean() for number, picture in seen.looks) < 10
