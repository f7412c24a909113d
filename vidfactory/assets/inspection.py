"""Inspection: the finished film measured, and whether it may go out."""

import dagster as dg

from vidfactory.assets.common import deliver, gallery, studio_asset, with_themes, workspace
from vidfactory.inspection.inspector import Planned, as_markdown, inspect
from vidfactory.rendering.film import Renderer
from vidfactory.schema.film import Video
from vidfactory.schema.inspection import QaReport
from vidfactory.schema.pictures import Backdrop, Cards, Charts, Illustrations, Ticker
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.screenplay import Screenplay
from vidfactory.schema.speech import Narration, Timestamps
from vidfactory.storage.studio import Studio
from vidfactory.themes import load_theme


@studio_asset(group_name="inspection", kinds={"ffmpeg"}, code_version=with_themes("1"))
def qa_report(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    timestamps: Timestamps,
    production_plan: ProductionPlan,
    narration: Narration,
    illustrations: Illustrations,
    charts: Charts,
    cards: Cards,
    ticker: Ticker,
    backdrop: Backdrop,
    video: Video,
    studio: dg.ResourceParam[Studio],
    renderer: dg.ResourceParam[Renderer],
) -> dg.Output[QaReport]:
    """The film measured against its plan: approve, review or reject, with a picture of what is wrong."""
    delivered = (narration, illustrations, charts, cards, ticker, backdrop)
    planned = Planned(
        plan=production_plan,
        theme=load_theme(production_plan.theme, production_plan.video_metadata.resolution),
        script=[token.shown for beat in screenplay.beats for token in beat.tokens],
        words=timestamps.words,
        files={media.sha256: media.path for artifact in delivered for media in artifact.media()},
    )
    report = inspect(video, planned, workspace(context, studio), renderer.workers)
    shown = {"evidence": gallery({"evidence": report.evidence})} if report.evidence else {}
    details = {f"{each.name}_{name}": value for each in report.measurements for name, value in each.figures.items()}
    table = dg.MetadataValue.md(as_markdown(report))
    return deliver(report, metadata={"verdict": report.verdict, "measurements": table, **shown, **details})
