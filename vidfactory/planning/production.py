"""The production plan: puts what the departments delivered on one timeline. Rules only, no model."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise

from vidfactory.drawing.caption import in_language
from vidfactory.planning.captions import caption_pages
from vidfactory.planning.clock import frame_at, frames_in, sample_at
from vidfactory.planning.scenes import scene_cuts, words_between
from vidfactory.schema.base import Frames, Media, Samples, Source, seconds_to_samples
from vidfactory.schema.film import Quality
from vidfactory.schema.motion import TransitionType
from vidfactory.schema.pictures import Backdrop, Cards, Charts, Illustrations, Picture, Soundtrack, Ticker
from vidfactory.schema.plan import (
    Alternator,
    AlternatorItem,
    AudioPlan,
    Effect,
    MainContent,
    MusicTrack,
    NarrationTrack,
    ProductionPlan,
    Scene,
    ScrollingTicker,
    Transition,
    VideoMetadata,
)
from vidfactory.schema.screenplay import Screenplay
from vidfactory.schema.speech import Narration, TimedWord, Timestamps
from vidfactory.schema.theme import Theme

EFFECTS: tuple[Effect, ...] = ("zoom_in", "pan_right", "zoom_out", "pan_left")


@dataclass(frozen=True)
class Deliveries:
    """Everything that the departments made for one film."""

    narration: Narration
    timestamps: Timestamps
    illustrations: Illustrations
    charts: Charts
    cards: Cards
    ticker: Ticker
    backdrop: Backdrop
    soundtrack: Soundtrack


def plan_production(
    screenplay: Screenplay, made: Deliveries, theme: Theme, quality: Quality = "social"
) -> ProductionPlan:
    """Scenes at the pauses, pictures in turn, captions on their words, everything in whole frames.

    theme: for the frame of the delivered film, which may be smaller than that of the pictures.
    """
    fps = theme.fps
    lead_in = seconds_to_samples(theme.mix.lead_in_s)
    spoken = made.timestamps.duration
    length = max(Frames(1), frame_at(lead_in + spoken + seconds_to_samples(theme.mix.tail_s), fps))
    words = tuple(_later(word, lead_in) for word in made.timestamps.words)
    return ProductionPlan(
        video_metadata=VideoMetadata(title=screenplay.title, duration_frames=length, resolution=theme.frame, fps=fps),
        theme=theme.name,
        language=screenplay.language,
        quality=quality,
        audio=AudioPlan(
            narration=NarrationTrack(source=_source("narration", made.narration.audio), start=lead_in),
            music=_music(made.soundtrack, theme),
        ),
        backdrop=_source("backdrop", made.backdrop.picture.image),
        scenes=_scenes(screenplay, made.illustrations, words, length, theme),
        captions=caption_pages(words, fps, length, in_language(theme.captions, screenplay.language)),
        alternator=_alternator(made, length, theme),
        ticker=_ticker(made.ticker, theme),
    )


def _later(word: TimedWord, offset: int) -> TimedWord:
    return word.model_copy(update={"start": Samples(word.start + offset), "end": Samples(word.end + offset)})


def _source(asset: str, media: Media) -> Source:
    return Source(file=f"{asset}/{media.name}", sha256=media.sha256)


def _music(soundtrack: Soundtrack, theme: Theme) -> MusicTrack | None:
    if soundtrack.music is None:
        return None
    return MusicTrack(
        source=_source("soundtrack", soundtrack.music),
        volume=theme.mix.music_volume,
        fade_out=seconds_to_samples(theme.mix.fade_out_s),
    )


def _ticker(ticker: Ticker, theme: Theme) -> ScrollingTicker | None:
    if ticker.strip is None:
        return None
    return ScrollingTicker(
        source=_source("ticker", ticker.strip.image), pixels_per_frame=theme.motion.ticker_px_per_frame
    )


def _scenes(
    screenplay: Screenplay, illustrations: Illustrations, words: Sequence[TimedWord], length: Frames, theme: Theme
) -> tuple[Scene, ...]:
    fps = theme.fps
    cuts = scene_cuts(words, sample_at(length, fps), seconds_to_samples(theme.motion.max_scene_s))
    edges = _rising_frames([frame_at(cut, fps) for cut in cuts], length)
    spans = list(pairwise(edges))
    spoken = [words_between(words, sample_at(start, fps), sample_at(end, fps)) for start, end in spans]
    pictures = assign_pictures(screenplay, illustrations, spoken)
    changing = frames_in(theme.motion.transition_s, fps)
    return tuple(
        Scene(
            scene_number=number,
            start_frame=start,
            end_frame=end,
            narration_text=" ".join(word.shown for word in said),
            words=said,
            main_content=picture and _main_content(picture, effect),
            transition=_transition(theme.motion.transition, min(changing, end - start) if start else 0),
        )
        for number, ((start, end), said, picture, effect) in enumerate(
            zip(spans, spoken, pictures, cycle(EFFECTS), strict=False), start=1
        )
    )


def _rising_frames(starts: Iterable[Frames], length: Frames) -> list[Frames]:
    """Scene starts without those that fall on one frame, closed by the film's end."""
    inside = sorted({start for start in starts if 0 <= start < length})
    return [*inside, length]


def _main_content(picture: Picture, effect: Effect) -> MainContent:
    return MainContent(type="illustration", source=_source("illustrations", picture.image), effect=effect)


def _transition(kind: TransitionType, frames: int) -> Transition:
    """No frames, as where the film begins, are a cut."""
    return Transition(type=kind if frames else "cut", duration_frames=Frames(frames))


def assign_pictures(
    screenplay: Screenplay, illustrations: Illustrations, scenes: Sequence[tuple[TimedWord, ...]]
) -> list[Picture | None]:
    """One picture a scene: those of its beat in turn, never the same twice running where there is another.

    A beat with one picture and several scenes takes turns with the pictures of the beats before it.
    """
    pictures = {picture.name: picture for picture in illustrations.pictures}
    own = [[cue.name for cue in beat.cues if cue.name in pictures] for beat in screenplay.beats]
    used: Counter[str] = Counter()
    chosen: list[Picture | None] = []
    shown, beat = "", 0
    for words in scenes:
        beat = words[0].beat if words else beat
        so_far = [name for names in own[: beat + 1] for name in names]
        others = [name for name in own[beat] if name != shown] or [name for name in so_far if name != shown]
        candidates = others or so_far or list(pictures)
        if not candidates:
            chosen.append(None)
            continue
        shown = min(candidates, key=lambda name: used[name])
        used[shown] += 1
        chosen.append(pictures[shown])
    return chosen


def _alternator(made: Deliveries, length: Frames, theme: Theme) -> Alternator | None:
    """Card and chart take turns, each for half a cycle; with several charts each turn shows the next one."""
    cards = [_source("cards", picture.image) for picture in made.cards.pictures]
    charts = [_source("charts", picture.image) for picture in made.charts.pictures]
    if not cards and not charts:
        return None
    turns = _turns(cards, charts)
    half = frames_in(theme.motion.alternation_s / 2, theme.fps)
    starts = range(0, length, half)
    items = tuple(
        AlternatorItem(source=source, start_frame=Frames(start), end_frame=Frames(min(start + half, length)))
        for start, source in zip(starts, cycle(turns), strict=False)
    )
    return Alternator(items=items, transition_frames=frames_in(theme.motion.alternation_fade_s, theme.fps))


def _turns(cards: list[Source], charts: list[Source]) -> list[Source]:
    """Card, chart, card, next chart, ...; where one kind is missing the other is alone."""
    if not cards or not charts:
        return cards or charts
    rounds = max(len(cards), len(charts))
    return [source for turn in range(rounds) for source in (cards[turn % len(cards)], charts[turn % len(charts)])]


def plan_as_markdown(plan: ProductionPlan) -> str:
    """The scenes as a table that a person can read."""
    fps = plan.video_metadata.fps
    rows = [
        f"| {scene.scene_number} | {scene.start_frame / fps:.2f} | {scene.end_frame / fps:.2f} | {_shown(scene)} "
        f"| {scene.narration_text.replace('|', '/')} |"
        for scene in plan.scenes
    ]
    return "\n".join(["| Scene | From, s | To, s | Picture | Words |", "|---|---|---|---|---|", *rows])


def _shown(scene: Scene) -> str:
    content = scene.main_content
    return f"{content.source.file}, {content.effect}" if content else "none"
