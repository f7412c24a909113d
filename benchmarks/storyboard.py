"""The plan in the plain words that MoviePy's side reads: files, boxes, seconds, zooms and fades.

Captions are drawn here, so that both sides show the same letters.
"""

from pathlib import Path
from typing import Any

from PIL import Image, ImageColor

from benchmarks.stored import Reference
from vidfactory.drawing.caption import caption_image
from vidfactory.rendering.encode import Encoder
from vidfactory.schema.base import Box, Size
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.theme import Theme


def storyboard(film: Reference, theme: Theme, encoder: Encoder, threads: int, folder: Path) -> dict[str, Any]:
    """Every layer with its files; times in seconds, boxes as (left, top, width, height).

    The captions' pictures are written to `folder`. `threads` are the encoder's.
    """
    plan, files = film.plan, film.files
    about, alternator, ticker = plan.video_metadata, plan.alternator, plan.ticker
    assert alternator is not None
    assert ticker is not None
    return {
        "fps": about.fps,
        "frames": about.duration_frames,
        "backdrop": str(files[plan.backdrop.sha256]),
        "panel": {
            "box": _box(theme.panel),
            "edge_px": theme.panel_frame_px,
            "edge_colour": ImageColor.getrgb(theme.palette.ink),
            "shots": _shots(film, theme),
        },
        "alternator": {
            "box": _box(theme.alternator),
            "turns": [
                {
                    "file": str(files[item.source.sha256]),
                    "start_s": item.start_frame / about.fps,
                    "end_s": _end_of_turn(plan, n) / about.fps,
                    "fade_s": alternator.transition_frames / about.fps if n else 0.0,
                }
                for n, item in enumerate(alternator.items)
            ],
        },
        "ticker": {
            "box": _box(theme.ticker),
            "file": str(files[ticker.source.sha256]),
            "pixels_per_frame": ticker.pixels_per_frame,
        },
        "captions": {"box": _box(theme.captions.box), "pages": _pages(plan, theme, folder)},
        "encoder": {"threads": threads, "options": encoder.options(about.fps)},
    }


def _shots(film: Reference, theme: Theme) -> list[dict[str, Any]]:
    """Each picture from its scene's start until the next one has faded in over it."""
    about, scenes = film.plan.video_metadata, film.plan.scenes
    shots = []
    for n, scene in enumerate(scenes):
        content = scene.main_content
        assert content is not None
        assert content.effect in {"zoom_in", "zoom_out"}
        path = film.files[content.source.sha256]
        wide, near = _zooms(_size(path), theme)
        tail = scenes[n + 1].transition.duration_frames if n + 1 < len(scenes) else 0
        shots.append(
            {
                "file": str(path),
                "start_s": scene.start_frame / about.fps,
                "end_s": (scene.end_frame + tail) / about.fps,
                "fade_s": scene.transition.duration_frames / about.fps,
                "zoom_from": wide if content.effect == "zoom_in" else near,
                "zoom_to": near if content.effect == "zoom_in" else wide,
            }
        )
    return shots


def _zooms(picture: Size, theme: Theme) -> tuple[float, float]:
    """How much the picture is resized where it just fills the panel inside its frame, and where it is nearest."""
    edges = 2 * theme.panel_frame_px
    seen = Size(width=picture.width // 4 * 4, height=picture.height // 4 * 4)
    wide = max((theme.panel.width - edges) / seen.width, (theme.panel.height - edges) / seen.height)
    return wide, wide * (1 + theme.motion.zoom_percent / 100)


def _end_of_turn(plan: ProductionPlan, turn: int) -> int:
    """In frames: a side stays until the next one has faded in over it."""
    assert plan.alternator is not None
    items = plan.alternator.items
    if turn + 1 == len(items):
        return items[turn].end_frame
    return min(items[turn].end_frame + plan.alternator.transition_frames, plan.video_metadata.duration_frames)


def _pages(plan: ProductionPlan, theme: Theme, folder: Path) -> list[dict[str, Any]]:
    """The caption pages; a text that comes again has one picture."""
    fps, texts = plan.video_metadata.fps, sorted({page.text for page in plan.captions})
    paths = {text: folder / f"caption{n:03d}.png" for n, text in enumerate(texts)}
    for text, path in paths.items():
        caption_image(text, theme.captions).save(path)
    return [
        {"file": str(paths[page.text]), "start_s": page.start_frame / fps, "end_s": page.end_frame / fps}
        for page in plan.captions
    ]


def _size(path: Path) -> Size:
    with Image.open(path) as image:
        return Size(width=image.width, height=image.height)


def _box(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.width, box.height
