"""Assembly: the plan, the film, its poster and contact sheet."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from vidfactory.assets.common import RENDER_POOL, deliver, gallery, give_way, studio_asset, with_themes, workspace
from vidfactory.drawing.poster import contact_sheet, draw_poster
from vidfactory.planning.production import Deliveries, plan_as_markdown, plan_production
from vidfactory.rendering.film import Renderer
from vidfactory.rendering.frames import frames_at
from vidfactory.rendering.pool import Progress
from vidfactory.rendering.rushes import Shoot, shoot_rushes
from vidfactory.schema.base import Artifact, Credit, Media
from vidfactory.schema.brief import Brief
from vidfactory.schema.film import Poster, Rushes, Video
from vidfactory.schema.frame import output_size
from vidfactory.schema.pictures import Backdrop, Cards, Charts, Illustrations, Picture, Soundtrack, Ticker
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.screenplay import Screenplay
from vidfactory.schema.speech import Narration, Timestamps
from vidfactory.storage.dailies import Dailies, at_work
from vidfactory.storage.studio import Studio
from vidfactory.themes import load_theme

SHEET_FRAMES = 12


@studio_asset(group_name="assembly", kinds={"python"}, code_version=with_themes("2"))
def production_plan(
    brief: Brief,
    screenplay: Screenplay,
    narration: Narration,
    timestamps: Timestamps,
    illustrations: Illustrations,
    charts: Charts,
    cards: Cards,
    ticker: Ticker,
    backdrop: Backdrop,
    soundtrack: Soundtrack,
) -> dg.Output[ProductionPlan]:
    """Scenes at the pauses, pictures in turn, captions on their words: rules only, no model."""
    made = Deliveries(narration, timestamps, illustrations, charts, cards, ticker, backdrop, soundtrack)
    theme = load_theme(screenplay.theme, output_size(brief.aspect, brief.quality))
    plan = plan_production(screenplay, made, theme, brief.quality)
    return deliver(
        plan,
        metadata={
            "plan": dg.MetadataValue.md(plan_as_markdown(plan)),
            "scenes": len(plan.scenes),
            "duration_s": plan.video_metadata.duration_seconds,
        },
    )


@studio_asset(group_name="assembly", kinds={"video", "ffmpeg"}, code_version=with_themes("1"))
def rushes(
    context: dg.AssetExecutionContext,
    brief: Brief,
    screenplay: Screenplay,
    narration: Narration,
    timestamps: Timestamps,
    charts: Charts,
    cards: Cards,
    ticker: Ticker,
    backdrop: Backdrop,
    soundtrack: Soundtrack,
    studio: dg.ResourceParam[Studio],
    renderer: dg.ResourceParam[Renderer],
) -> dg.Output[Rushes]:
    """What of the film is certain already, rendered while its last pictures are drawn; `video` takes it from there."""
    give_way()
    theme = load_theme(screenplay.theme, output_size(brief.aspect, brief.quality))

    def planned(pictures: Sequence[Picture]) -> ProductionPlan:
        drawn = Illustrations(pictures=tuple(pictures), made_by=Credit(provider="", model=""))
        made = Deliveries(narration, timestamps, drawn, charts, cards, ticker, backdrop, soundtrack)
        return plan_production(screenplay, made, theme, brief.quality)

    wanted = [cue.name for beat in screenplay.beats for cue in beat.cues]
    shoot = Shoot(theme, wanted, files_of(narration, charts, cards, ticker, backdrop, soundtrack), planned)
    pictures, film = (Dailies(studio, context.partition_key, asset) for asset in ("illustrations", "video"))
    made = shoot_rushes(shoot, pictures, film.more_may_come, renderer, workspace(context, studio))
    return deliver(made, metadata={"pictures": made.pictures, "frames": made.frames})


@studio_asset(
    group_name="assembly",
    kinds={"video", "ffmpeg"},
    pool=RENDER_POOL,
    op_tags={"dagster-celery/queue": RENDER_POOL},
    code_version=with_themes("2"),
)
def video(
    context: dg.AssetExecutionContext,
    production_plan: ProductionPlan,
    narration: Narration,
    illustrations: Illustrations,
    charts: Charts,
    cards: Cards,
    ticker: Ticker,
    backdrop: Backdrop,
    soundtrack: Soundtrack,
    studio: dg.ResourceParam[Studio],
    renderer: dg.ResourceParam[Renderer],
) -> dg.Output[Video]:
    """The film: layers composited and encoded in segments, the mix mastered and muxed once."""
    files = files_of(narration, illustrations, charts, cards, ticker, backdrop, soundtrack)
    theme = load_theme(production_plan.theme, production_plan.video_metadata.resolution)

    def report(at: Progress) -> None:
        context.log.info("%d of %d frames, %.0f a second, %.0f s left", at.done, at.total, at.fps, at.left_s)

    folder = workspace(context, studio)
    with at_work(folder):
        film = renderer.render(production_plan, theme, files, folder, report)
    made = Video(
        file=Media.of(film.path, "video/mp4"),
        size=film.size,
        fps=film.fps,
        duration_frames=film.frames,
        encoder=film.encoding,
        refused=film.refused,
        loudness=film.loudness,
    )
    figures = {
        "duration_s": film.frames / film.fps,
        "encoder": film.encoding,
        **film.tally.figures(),
        **film.loudness.model_dump(),
    }
    return deliver(made, metadata=figures)


@studio_asset(group_name="assembly", kinds={"image"}, code_version=with_themes("1"))
def poster(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    illustrations: Illustrations,
    backdrop: Backdrop,
    video: Video,
    studio: dg.ResourceParam[Studio],
) -> dg.Output[Poster]:
    """The still that stands for the film, and a sheet of frames from its whole length."""
    folder, theme = workspace(context, studio), load_theme(screenplay.theme, screenplay.frame)
    still, sheet = folder / "poster.jpg", folder / "contact_sheet.jpg"
    picture = illustrations.pictures[0] if illustrations.pictures else backdrop.picture
    still.write_bytes(draw_poster(picture.image.path.read_bytes(), screenplay.headline, screenplay.kicker, theme))
    moments = [(2 * n + 1) * video.duration_frames // (2 * SHEET_FRAMES) for n in range(SHEET_FRAMES)]
    labels = [f"{moment / video.fps:.1f} s" for moment in moments]
    columns = 6 if theme.frame.height > theme.frame.width else 4
    sheet.write_bytes(contact_sheet(frames_at(video.file.path, moments), labels, columns, theme.palette))
    made = Poster(poster=Media.of(still, "image/jpeg"), contact_sheet=Media.of(sheet, "image/jpeg"))
    return deliver(made, metadata={"pictures": gallery({"poster": made.poster, "contact sheet": made.contact_sheet})})


def files_of(*artifacts: Artifact) -> dict[str, Path]:
    """The files of artifacts by their SHA-256."""
    return {media.sha256: media.path for artifact in artifacts for media in artifact.media()}
