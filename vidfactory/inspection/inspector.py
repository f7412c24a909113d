"""The inspector: a finished film measured against its plan, and the verdict.

Belongs here: which measurements there are, in what order the film is read for them, and what follows. Does not belong
here: how each is taken (`technical`, `hearing`, `seeing`, `wording`, `scenes`).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vidfactory.drawing.caption import in_language
from vidfactory.inspection import hearing, scenes, seeing, technical, wording
from vidfactory.inspection.evidence import evidence
from vidfactory.inspection.footage import Footage, Undecodable, opened, watched
from vidfactory.inspection.lettering import Script, cues_of
from vidfactory.inspection.limits import Limits
from vidfactory.inspection.looks import viewers
from vidfactory.inspection.panels import Panels
from vidfactory.inspection.sound import listened, offsets, rough_copy
from vidfactory.rendering.stage import Files, file_of, film_layers
from vidfactory.schema.base import SAMPLE_RATE, Media
from vidfactory.schema.film import Video
from vidfactory.schema.inspection import Level, Measurement, QaReport, Verdict
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Theme

MEASUREMENTS = {
    "streams": "Container, codecs, size, rate, profile, pixel format, colour tags",
    "length": "Pictures and sound last as long as the plan, to one frame",
    "loudness": "Integrated loudness within 1 LU of what the theme wants",
    "peaks": "True peak under the theme's limit, and no sample at full scale",
    "silences": "No silence of more than 2 s",
    "sync": "The voice is heard where the plan has it, to 33 ms",
    "black": "No black frames",
    "frozen": "Nothing stands still that should move",
    "blurred": "At most a tenth of the frames is blurred",
    "flat": "No frame shows nothing",
    "brightness": "Neither dark nor glaring on the whole",
    "captions": "The captions say the words of the script, in order and on time",
    "words_on_screen": "Every word is seen on the film in its time, and none when none is due",
    "safe_area": "No word stands outside the safe area",
    "glyphs": "A face has every character that is shown",
    "pictures_on_screen": "Each scene's picture is seen on the film in its time",
    "repetition": "No picture twice running or too often",
}
"""What is measured, by name, in the order of the report; numbers are the business of each desk's own check."""
WARNINGS_TO_REVIEW = 3
"""More of them are as bad as an issue."""
_WORST_FIRST: Mapping[Level, int] = {"issue": 0, "warning": 1, "good": 2}


@dataclass(frozen=True)
class Planned:
    """What the film should be.

    script: the screenplay's words as they are shown. words: when each is heard, in samples of the narration.
    files: of the plan, by their SHA-256, the narration's among them.
    """

    plan: ProductionPlan
    theme: Theme
    script: Sequence[str]
    words: Sequence[TimedWord]
    files: Files


def inspect(video: Video, planned: Planned, folder: Path, workers: int = 1, limits: Limits | None = None) -> QaReport:
    """Measure the film, and draw the evidence of what is wrong into `folder`.

    The film is decoded once, by `workers` threads. One that cannot be decoded is an issue of every measurement, never
    an error. Raises BadInput where the plan's own files are missing.
    """
    film, fps = video.file.path, planned.plan.video_metadata.fps
    try:
        measurements = _measured(opened(film), planned, workers, limits or Limits())
    except Undecodable as error:
        said = f"it could not be measured: {error.what}"
        measurements = tuple(Measurement(name=name, level="issue", said=said) for name in MEASUREMENTS)
    assert [measurement.name for measurement in measurements] == list(MEASUREMENTS)
    drawn = evidence(film, measurements, fps, planned.theme.palette)
    if drawn is not None:
        (folder / "evidence.jpg").write_bytes(drawn)
    return QaReport(
        video_sha256=video.file.sha256,
        verdict=verdict(measurements),
        measurements=measurements,
        evidence=None if drawn is None else Media.of(folder / "evidence.jpg", "image/jpeg"),
    )


def verdict(measurements: Sequence[Measurement]) -> Verdict:
    """Any issue rejects, no warning approves, a few want a person's look, more reject."""
    levels = Counter(measurement.level for measurement in measurements)
    if levels["issue"] or levels["warning"] > WARNINGS_TO_REVIEW:
        return "reject"
    return "review" if levels["warning"] else "approve"


def reasons(report: QaReport) -> list[str]:
    """What speaks against a film, issues first, each with its measurement's name."""
    bad = sorted((m for m in report.measurements if m.level != "good"), key=lambda m: _WORST_FIRST[m.level])
    return [f"{m.name}: {m.said}" for m in bad]


def as_markdown(report: QaReport) -> str:
    """The measurements as a table, the worst first."""
    rows = [
        f"| {measurement.level} | {measurement.name} | {measurement.said.replace('|', '/')} |"
        for measurement in sorted(report.measurements, key=lambda measurement: _WORST_FIRST[measurement.level])
    ]
    return "\n".join(["| | Measured | Found |", "|---|---|---|", *rows])


def _measured(footage: Footage, planned: Planned, workers: int, limits: Limits) -> tuple[Measurement, ...]:
    plan, theme = planned.plan, planned.theme
    about, fps = plan.video_metadata, plan.video_metadata.fps
    style = in_language(theme.captions, plan.language)
    narration = file_of(plan.audio.narration.source, planned.files, "narration")
    with ThreadPoolExecutor(workers, thread_name_prefix="inspector") as pool:
        sound = pool.submit(listened, footage.path, limits.peak)
        spoken = pool.submit(rough_copy, narration, "narration")
        script = Script(cues_of(plan.captions, style), style, limits.caption_likeness)
        panels = Panels(plan, theme, planned.files)
        seen = watched(footage, fps, viewers(about.resolution, fps, script, panels), pool)
        heard, voice = sound.result(), spoken.result()
    looks = seen.looks
    pieces = offsets(heard.rough, voice, plan.audio.narration.start / SAMPLE_RATE)
    starts_s = footage.sound.starts_s
    sightings = [(look.frame, look.caption) for look in looks if look.caption is not None]
    shown = [(look.frame, look.panel) for look in looks if look.panel is not None]
    return (
        technical.streams(footage, seen.damaged, heard.fault, about, limits),
        technical.length(footage, heard, about),
        hearing.loudness(heard, theme.mix, limits),
        hearing.peaks(heard, theme.mix, limits, fps, starts_s),
        hearing.silences(heard, planned.words, plan.audio.narration.start, limits, fps, starts_s),
        hearing.sync(pieces, starts_s, limits, fps),
        seeing.black(looks, limits, fps),
        seeing.frozen(looks, _changes(planned), limits, fps),
        seeing.blurred(looks, limits, fps),
        seeing.flat(looks, limits, fps),
        seeing.brightness(looks, limits),
        wording.captions(script.cues, planned.words, planned.script, plan, limits),
        wording.words_on_screen(script, sightings, limits, fps),
        wording.safe_area(script, sightings, plan, theme),
        wording.glyphs(plan, theme),
        scenes.pictures_on_screen(panels, shown, limits),
        scenes.repetition(plan.scenes, panels.hashes, limits),
    )


def _changes(planned: Planned) -> Callable[[int, int], bool]:
    """Whether the plan's layers have different states at two frames."""
    layers = film_layers(planned.plan, planned.theme, planned.files)

    def changes(one: int, other: int) -> bool:
        return any(layer.state(one) != layer.state(other) for layer in layers)

    return changes
