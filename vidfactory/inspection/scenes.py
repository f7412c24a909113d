"""Measured on the scenes: each with its own picture on screen, and no picture too often."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

from imagehash import ImageHash

from vidfactory.inspection.limits import Limits
from vidfactory.inspection.panels import Panels, Shown
from vidfactory.inspection.seeing import SHOWN
from vidfactory.schema.base import Frames
from vidfactory.schema.inspection import Measurement
from vidfactory.schema.plan import Scene


def pictures_on_screen(panels: Panels, shown: Sequence[tuple[int, Shown]], limits: Limits) -> Measurement:
    """Each scene's picture in the panel, from the end of its transition to the next.

    shown: with their frames.
    """
    wrong = [(seen.own, frame, seen.scene) for frame, seen in shown if seen.own > limits.same_picture]
    looked_at = {seen.scene for _, seen in shown}
    pictured = {number for number, scene in enumerate(panels.scenes) if scene.main_content}
    unseen = [number for number in pictured - looked_at if _clear_frames(panels, number) >= panels.fps]
    numbers = sorted({panels.scenes[number].scene_number for _, _, number in wrong})
    faults = [f"another picture than its own is on screen in scene {', '.join(map(str, numbers))}"] if wrong else []
    if unseen:
        faults.append(f"nothing was seen of scene {', '.join(str(panels.scenes[n].scene_number) for n in unseen)}")
    most = max((seen.own for _, seen in shown), default=0)
    other = min((seen.nearest_other for _, seen in shown), default=0)
    return Measurement(
        name="pictures_on_screen",
        level="issue" if faults else "good",
        said=f"{'; '.join(faults) or f'{len(looked_at)} scenes show their own pictures'}: at most {most} of 64 bits of "
        f"the perceptual hash differ, the limit is {limits.same_picture}",
        figures={
            "scenes": len(pictured),
            "looks": len(shown),
            "most_bits_differing": most,
            "other_pictures_differ": other,
        },
        moments=tuple(Frames(frame) for _, frame, _ in sorted(wrong, reverse=True)[:SHOWN])
        + tuple(panels.scenes[number].start_frame for number in unseen[:SHOWN]),
    )


def repetition(scenes: Sequence[Scene], hashes: Mapping[str, ImageHash], limits: Limits) -> Measurement:
    """The same picture, or one that is nearly the same, in two scenes running or in too many of them."""
    twins = {other: one for one, other in combinations(hashes, 2) if hashes[one] - hashes[other] <= limits.near_picture}
    pictures = [scene.main_content.source if scene.main_content else None for scene in scenes]
    looks = [picture and _first(picture.sha256, twins) for picture in pictures]
    pairs = zip(scenes[1:], pairwise(looks), strict=True)
    running = [scene for scene, (before, now) in pairs if now is not None and before == now]
    names = {look: picture.file for look, picture in zip(looks, pictures, strict=True) if look and picture}
    used = Counter(look for look in looks if look is not None)
    most = max(2.0, limits.picture_share * len(scenes))
    often = [look for look, count in used.items() if count > most]
    faults = [f"scene {', '.join(str(scene.scene_number) for scene in running)} shows the picture of the one before"]
    faults = faults if running else []
    faults += [f"{names[look]} is shown in {used[look]} of {len(scenes)} scenes" for look in often]
    twice = [scene.start_frame for scene, look in zip(scenes, looks, strict=True) if look in often]
    return Measurement(
        name="repetition",
        level="warning" if faults else "good",
        said="; ".join(faults)
        if faults
        else f"{len(used)} pictures in {len(scenes)} scenes, none twice running, none in more than {int(most)}",
        figures={
            "pictures": len(used),
            "scenes": len(scenes),
            "near_duplicates": len(twins),
            "running": len(running),
            "most_used": max(used.values(), default=0),
        },
        moments=tuple(dict.fromkeys([*(_settled(scene) for scene in running), *twice]))[:SHOWN],
    )


def _first(sha256: str, twins: Mapping[str, str]) -> str:
    while sha256 in twins:
        sha256 = twins[sha256]
    return sha256


def _settled(scene: Scene) -> Frames:
    return Frames(min(scene.start_frame + scene.transition.duration_frames, scene.end_frame - 1))


def _clear_frames(panels: Panels, number: int) -> int:
    scene = panels.scenes[number]
    return sum(panels.is_clear(frame) for frame in range(scene.start_frame, scene.end_frame))
