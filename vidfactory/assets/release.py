"""Release: thumbnails, the package, and where it is published."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from vidfactory import reviews
from vidfactory.accounts import entries_of
from vidfactory.assets.common import LATER, deliver, gallery, give_way, hire, studio_asset, with_themes, workspace
from vidfactory.assets.lineage import accounts_of, origins_of
from vidfactory.drawing.thumbnail_choice import Candidate, MadeThumbnail, make_thumbnails
from vidfactory.errors import NotYet
from vidfactory.ports import Release
from vidfactory.providers.crew import Crew, Hired
from vidfactory.release.credentials import read_credentials
from vidfactory.release.identity import Signatory
from vidfactory.release.packing import pack
from vidfactory.schema.base import Artifact, Media, Size
from vidfactory.schema.brief import Brief
from vidfactory.schema.inspection import QaReport
from vidfactory.schema.pictures import Backdrop, Illustrations
from vidfactory.schema.release import Appearance, Package, Publication, Thumbnail, Thumbnails
from vidfactory.schema.screenplay import Screenplay
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.library import kept_for_all
from vidfactory.storage.studio import Studio
from vidfactory.themes import load_theme

THUMBNAIL_FRAMES = {"wide": Size(width=1280, height=720), "vertical": Size(width=1080, height=1920)}


@studio_asset(group_name="release", kinds={"image"}, code_version=with_themes("1"))
def thumbnails(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    illustrations: Illustrations,
    backdrop: Backdrop,
    studio: dg.ResourceParam[Studio],
) -> dg.Output[Thumbnails]:
    """Concepts from the strongest pictures, wide and vertical, and variants of the best; scored by a heuristic."""
    give_way(LATER)
    folder = workspace(context, studio)
    themes = {shape: load_theme(screenplay.theme, frame) for shape, frame in THUMBNAIL_FRAMES.items()}
    said = {cue.name: beat.text for beat in screenplay.beats for cue in beat.cues}
    candidates = [
        Candidate(picture.name, picture.image.path.read_bytes(), said.get(picture.name, ""))
        for picture in illustrations.pictures or (backdrop.picture,)
    ]
    drawn = make_thumbnails(screenplay.headline, screenplay.kicker, screenplay.language, candidates, themes)
    made = Thumbnails(thumbnails=tuple(_stored_thumbnail(folder, each, themes[each.shape].frame) for each in drawn))
    shown = {
        "thumbnails": gallery({each.name: each.image for each in made.thumbnails}),
        "scores": dg.MetadataValue.md(scores_as_markdown(made)),
        "best_score": made.thumbnails[0].score,
    }
    return deliver(made, metadata=shown)


PACKED = (
    *("screenplay", "narration", "illustrations", "charts", "cards", "ticker", "backdrop", "soundtrack"),
    *("production_plan", "video", "thumbnails", "qa_report"),
)
"""What a package is made of. The report is among it so that nothing is packed that the inspector rejects."""


@studio_asset(
    ins={name: dg.AssetIn() for name in PACKED}, group_name="release", kinds={"video"}, code_version=with_themes("1")
)
def package(
    context: dg.AssetExecutionContext,
    studio: dg.ResourceParam[Studio],
    signatory: dg.ResourceParam[Signatory],
    **delivered: Artifact,
) -> dg.Output[Package]:
    """The signed film with all that goes with it: thumbnails, captions, what platforms are told, manifest, timeline."""
    key = context.partition_key
    origins = origins_of(context.instance, ArtifactStore(studio), key, delivered)
    identity = signatory.identity(dt.datetime.now(tz=dt.UTC))
    made = pack(origins, accounts_of(entries_of(studio, key)), identity, workspace(context, studio))
    signed = read_credentials(made.video.path)
    figures = {
        "title": made.listing.title,
        "description": dg.MetadataValue.md(made.listing.description.replace("\n", "  \n")),
        "tags": ", ".join(made.listing.tags),
        "edition": made.edition,
        "credentials": f"{signed.state}, signed by {signed.signed_by}: {signed.source_type.rpartition('/')[2]}",
        "made_with_ai": made.listing.made_with_ai,
    }
    return deliver(made, metadata=figures)


DISCLOSURE = dg.AssetCheckKey(dg.AssetKey("package"), "disclosure_present")


@studio_asset(group_name="release", kinds={"python"}, code_version="1", output_required=False)
def publication(
    context: dg.AssetExecutionContext,
    brief: Brief,
    package: Package,
    qa_report: QaReport,
    crew: dg.ResourceParam[Crew],
    studio: dg.ResourceParam[Studio],
) -> Iterator[dg.Output[Publication]]:
    """Where the package can be seen. Nothing is made while a person must decide, or a publisher wait for its day."""
    key = context.partition_key
    earlier = reviews.publication_of(ArtifactStore(studio), key)
    found = reviews.Candidate(key, package, qa_report, brief.wishes, earlier)
    review = reviews.review_of(studio, crew.settings, found)
    if not review.may_be_published:
        context.log.warning("%s: %s", review.state, review.why)
        return
    if _is_undisclosed(context.instance, key):
        context.log.warning("rejected: its package does not say how it was made, see the check disclosure_present")
        return
    hired = hire(context, crew, brief.wishes)
    release = Release(key, package, brief.publish_at)
    try:
        seen = asyncio.run(_published(release, hired))
    except NotYet as wait:
        context.log.warning("waiting: %s", wait)
        return
    seen = [kept_for_all(studio, key, each) for each in seen]
    made = Publication(edition=package.edition, appearances=tuple(seen))
    places = {each.publisher: dg.MetadataValue.url(each.address) for each in seen}
    yield deliver(made, metadata=places, tally=hired.tally())


def _is_undisclosed(instance: dg.DagsterInstance, video: str) -> bool:
    """Whether the check of the package failed when it last ran: it stops the run that packs, and no later one."""
    last = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [DISCLOSURE], partition_filter=PartitionKeyFilter(key=video)
    )
    return any(record.status is AssetCheckExecutionRecordStatus.FAILED for record in last.values())


async def _published(release: Release, hired: Hired) -> list[Appearance]:
    """Where each publisher has put it, one after the other."""
    return [await publisher.publish(release) for _, publisher in hired.publishers]


def scores_as_markdown(thumbnails: Thumbnails) -> str:
    """A table of what each thumbnail scores and why; the score is a heuristic, and says nothing of faces."""
    rows = [
        f"| {each.name} | {each.score:.2f} | {each.varies} | {'<br>'.join(each.reasons)} |"
        for each in thumbnails.thumbnails
    ]
    return "\n".join(("| Thumbnail | Score (heuristic) | Differs by | Why |", "|---|---|---|---|", *rows))


def _stored_thumbnail(folder: Path, made: MadeThumbnail, size: Size) -> Thumbnail:
    path = folder / f"{made.name}.jpg"
    path.write_bytes(made.jpeg)
    return Thumbnail(
        name=made.name,
        concept=made.concept,
        varies=made.varies,
        image=Media.of(path, "image/jpeg"),
        size=size,
        score=made.score.total,
        features=made.score.features,
        reasons=made.score.reasons,
    )
