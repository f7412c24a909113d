"""The other contestant: the film of a storyboard made with MoviePy 2.

Runs in an environment of its own (`benchmarks/requirements.txt`) and imports nothing of vidfactory:

    python moviepy_film.py storyboard.json film.mp4 [--tuned]

Prints `{"full": seconds}`: the wall time from the first file read to the film written.

By itself it is put together as MoviePy's documentation does: one composition of clips that fade in by
`CrossFadeIn`. `--tuned` takes what reading MoviePy's source teaches: the picture in the panel and the alternator
are compositions of their own, so that a fade costs the box and not the frame, and the ground is opaque.
Both zoom between pixels and read pictures without an alpha channel, which `resized` and `ImageClip` do not.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from moviepy import ColorClip, CompositeVideoClip, ImageClip, VideoClip, vfx
from PIL import Image

COLOURS = ["-vf", "scale=out_color_matrix=bt709:out_range=tv"]
COLOURS += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]


def main() -> None:
    storyboard = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    begun = time.perf_counter()
    encoder = storyboard["encoder"]
    preset = encoder["options"].pop("preset")
    settings = [word for name, value in encoder["options"].items() for word in (f"-{name}", value)]
    make = tuned_film if "--tuned" in sys.argv else film
    make(storyboard).write_videofile(
        sys.argv[2],
        fps=storyboard["fps"],
        codec="libx264",
        preset=preset,
        threads=encoder["threads"],
        ffmpeg_params=["-profile:v", "high", *settings, *COLOURS],
        audio=False,
        logger=None,
    )
    sys.stdout.write(json.dumps({"full": time.perf_counter() - begun}))


def film(storyboard: dict[str, Any]) -> VideoClip:
    """One composition of all clips."""
    panel, alternator = storyboard["panel"], storyboard["alternator"]
    inner = inside(panel)
    shots = [
        crossfaded(zooming(shot, inner[2:], frame_s(storyboard)), shot).with_position(inner[:2])
        for shot in panel["shots"]
    ]
    turns = [
        crossfaded(timed(ImageClip(opaque(turn["file"])), turn), turn).with_position(alternator["box"][:2])
        for turn in alternator["turns"]
    ]
    edge = ColorClip(panel["box"][2:], panel["edge_colour"]).with_position(panel["box"][:2])
    layers = [ImageClip(opaque(storyboard["backdrop"])), edge, *shots, *turns]
    return CompositeVideoClip(whole([*layers, *over(storyboard)], storyboard)).with_duration(seconds(storyboard))


def tuned_film(storyboard: dict[str, Any]) -> VideoClip:
    """Compositions within a composition, all on opaque ground."""
    panel, alternator, step = storyboard["panel"], storyboard["alternator"], frame_s(storyboard)
    inner = inside(panel)
    shots = [faded_in(zooming(shot, inner[2:], step), shot["fade_s"], step) for shot in panel["shots"]]
    turns = [
        faded_in(timed(ImageClip(opaque(turn["file"])), turn), turn["fade_s"], step) for turn in alternator["turns"]
    ]
    edge = plain(panel["box"][2:], panel["edge_colour"]).with_position(panel["box"][:2])
    layers = [
        ImageClip(opaque(storyboard["backdrop"])),
        edge,
        stacked(shots, inner),
        stacked(turns, alternator["box"]),
        *over(storyboard),
    ]
    clips = whole(layers, storyboard)
    return CompositeVideoClip(clips, use_bgclip=True).with_duration(seconds(storyboard))


def over(storyboard: dict[str, Any]) -> list[VideoClip]:
    """Ticker and captions."""
    place = tuple(storyboard["captions"]["box"][:2])
    captions = [timed(ImageClip(page["file"]), page).with_position(place) for page in storyboard["captions"]["pages"]]
    return [scrolling(storyboard["ticker"], storyboard["fps"]), *captions]


def inside(panel: dict[str, Any]) -> tuple[int, int, int, int]:
    """The panel's box without its edge."""
    edge = panel["edge_px"]
    left, top, width, height = panel["box"]
    return left + edge, top + edge, width - 2 * edge, height - 2 * edge


def frame_s(storyboard: dict[str, Any]) -> float:
    return 1 / storyboard["fps"]


def seconds(storyboard: dict[str, Any]) -> float:
    """Half a frame more than the film: MoviePy cuts the product of duration and rate to a whole number."""
    return (storyboard["frames"] + 0.5) * frame_s(storyboard)


def whole(layers: list[VideoClip], storyboard: dict[str, Any]) -> list[VideoClip]:
    return [layer if layer.end else layer.with_duration(seconds(storyboard)) for layer in layers]


def crossfaded(clip: VideoClip, span: dict[str, Any]) -> VideoClip:
    return clip.with_effects([vfx.CrossFadeIn(span["fade_s"])]) if span["fade_s"] else clip


def timed(clip: VideoClip, span: dict[str, Any]) -> VideoClip:
    return clip.with_start(span["start_s"]).with_end(span["end_s"])


def shown(picture: dict[str, Any]) -> VideoClip:
    return timed(ImageClip(opaque(picture["file"])), picture)


def opaque(path: str) -> np.ndarray:
    """MoviePy blends every picture that has an alpha channel, even where nothing shows through."""
    return np.asarray(Image.open(path).convert("RGB"))


def plain(size: tuple[int, int], colour: tuple[int, int, int]) -> VideoClip:
    """`ColorClip` in bytes: MoviePy's own holds 64-bit integers and converts them for every frame."""
    return ImageClip(np.full((size[1], size[0], 3), colour, np.uint8))


def zooming(shot: dict[str, Any], size: tuple[int, int], frame_s: float) -> VideoClip:
    """The picture around its middle, an even pixel, through a window of `size`, on an eased line between two zooms.

    `clip.resized(zoom)` would keep to whole pixels, so that the picture shakes, and takes longer.
    """
    clip = shown(shot)
    last_s = max(clip.duration - frame_s, frame_s)
    first, change = shot["zoom_from"], shot["zoom_to"] - shot["zoom_from"]
    middle = clip.w // 4 * 2, clip.h // 4 * 2

    def seen(get_frame: Callable[[float], np.ndarray], t: float) -> np.ndarray:
        zoom = first + change * eased(t / last_s)
        left, top = middle[0] - size[0] / zoom / 2, middle[1] - size[1] / zoom / 2
        window = (left, top, left + size[0] / zoom, top + size[1] / zoom)
        return np.asarray(Image.fromarray(get_frame(t)).resize(size, Image.Resampling.BILINEAR, window))

    return clip.transform(seen)


def faded_in(clip: VideoClip, fade_s: float, frame_s: float) -> VideoClip:
    """`vfx.CrossFadeIn` along an eased line, already begun in the clip's first frame."""
    if not fade_s:
        return clip
    covering = clip.with_mask()

    def share(get_frame: Callable[[float], np.ndarray], t: float) -> np.ndarray:
        return get_frame(t) if t >= fade_s else get_frame(t) * eased((t + frame_s) / (fade_s + frame_s))

    return covering.with_mask(covering.mask.transform(share))


def stacked(clips: list[VideoClip], box: tuple[int, int, int, int]) -> VideoClip:
    left, top, width, height = box
    ground = plain((width, height), (0, 0, 0)).with_end(max(clip.end for clip in clips))
    return CompositeVideoClip([ground, *clips], use_bgclip=True).with_position((left, top))


def scrolling(ticker: dict[str, Any], fps: int) -> VideoClip:
    left, top, width, _ = ticker["box"]
    strip = np.asarray(Image.open(ticker["file"]).convert("RGB"))
    loop = strip.shape[1]
    endless = np.concatenate([strip, strip[:, :width]], axis=1)

    def window(t: float) -> np.ndarray:
        at = round(t * fps) * ticker["pixels_per_frame"] % loop
        return endless[:, at : at + width]

    return VideoClip(window).with_position((left, top))


def eased(share: float) -> float:
    """Smoothstep, within [0, 1]."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


if __name__ == "__main__":
    main()
