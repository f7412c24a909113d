"""What every asset of the studio shares: its decorator, its scratch folder, how it delivers."""

import os
from collections.abc import Mapping
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg

from vidfactory.drawing.preview import image_markdown
from vidfactory.partitions import videos
from vidfactory.ports import Tally
from vidfactory.providers.crew import Crew, Hired
from vidfactory.schema.base import Artifact, Credit, Media
from vidfactory.schema.crew import Wishes
from vidfactory.storage.studio import Studio
from vidfactory.themes import themes_sha256

Delivered = TypeVar("Delivered", bound=Artifact)

RENDER_POOL = "render"
"""The pool, and the queue of workers, of what keeps whole cores for minutes."""
studio_asset = partial(dg.asset, partitions_def=videos, owners=["team:studio"])
"""The decorator of all assets: one partition a video. Each states its group, kinds and code version."""
FIRST = {"dagster/priority": "1"}
"""Op tags of what a film waits for longest: it is started before whatever else could start as well."""
FOREMOST = {"dagster/priority": "2"}
"""Of what must have asked its service before those have, which ask it for much."""

ASIDE = 5
"""How much a step gives way that the film waits for less than for others, as `nice` counts it: a third of their share,
so that beside other films it still comes on before its browser runs out of patience, or its film waits for it."""
LATER = 10
"""The same of a step that nothing waits for until the film is made: a tenth of a share."""


def give_way(niceness: int = ASIDE) -> None:
    """Let other steps have the cores first, from here on; without effect where the step is no process of its own."""
    if parent_process() is not None:
        os.nice(niceness)


def with_themes(version: str) -> str:
    """The code version of an asset that follows the themes: it changes when a theme's file does."""
    return f"{version}+themes.{themes_sha256()[:12]}"


def workspace(context: dg.AssetExecutionContext, studio: Studio) -> Path:
    """A scratch folder for the media of this materialisation; it goes when they are stored."""
    return studio.workspace(context.partition_key, asset_name(context))


def hire(context: dg.AssetExecutionContext, crew: Crew, wishes: Wishes) -> Hired:
    """Who works on this asset of this video."""
    return crew.hired(context.partition_key, asset_name(context), wishes)


def asset_name(context: dg.AssetExecutionContext) -> str:
    return "/".join(context.asset_key.path)


def deliver(
    artifact: Delivered,
    made_by: Credit | None = None,
    metadata: Mapping[str, Any] | None = None,
    tally: Tally | None = None,
) -> dg.Output[Delivered]:
    """Hand an artifact over with its content hash as data version and what people want to see."""
    files = list(artifact.media())
    details: dict[str, Any] = {
        "schema": artifact.schema_version,
        "bytes": sum(media.size for media in files),
        "files": len(files),
        **(served_by(made_by) if made_by else {}),
        **spending(tally or Tally()),
        **(metadata or {}),
    }
    return dg.Output(artifact, data_version=dg.DataVersion(artifact.content_sha256()), metadata=details)


def served_by(made_by: Credit) -> dict[str, Any]:
    """Who made it, and why those before them in the chain did not."""
    passed_over = {"instead_of": "\n".join(made_by.instead_of)} if made_by.instead_of else {}
    return {"provider": made_by.provider, "model": made_by.model, **passed_over}


def spending(tally: Tally) -> dict[str, Any]:
    """What the calls of a materialisation came to, as figures that Dagster plots."""
    cost = {"cost_usd": float(tally.spent_usd)}
    if not tally.sent and not tally.remembered:
        return cost
    return {
        **cost,
        "possibly_charged_usd": float(tally.doubtful_usd),
        "saved_usd": float(tally.saved_usd),
        "calls": tally.sent,
        "cache_hits": tally.remembered,
        "latency_s": round(tally.waited_s / max(tally.sent, 1), 3),
        **{f"bought_{unit}": count for unit, count in tally.units.items()},
    }


def gallery(pictures: Mapping[str, Media]) -> dg.MarkdownMetadataValue:
    """Pictures inline, each under its name."""
    return dg.MetadataValue.md("\n\n".join(image_markdown(name, media.path) for name, media in pictures.items()))
