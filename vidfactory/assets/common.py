"""What every asset of the studio shares: its decorator, its scratch folder, how it delivers."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg

from vidfactory.drawing.preview import image_markdown
from vidfactory.partitions import videos
from vidfactory.schema.base import Artifact, Credit, Media
from vidfactory.storage.studio import Studio
from vidfactory.themes import themes_sha256

Delivered = TypeVar("Delivered", bound=Artifact)

studio_asset = partial(dg.asset, partitions_def=videos, owners=["team:studio"])
"""The decorator of all assets: one partition a video. Each states its group, kinds and code version."""


def with_themes(version: str) -> str:
    """The code version of an asset that follows the themes: it changes when a theme's file does."""
    return f"{version}+themes.{themes_sha256()[:12]}"


def workspace(context: dg.AssetExecutionContext, studio: Studio) -> Path:
    """A scratch folder for the media of this materialisation; it goes when they are stored."""
    return studio.workspace(context.partition_key, asset_name(context))


def asset_name(context: dg.AssetExecutionContext) -> str:
    return "/".join(context.asset_key.path)


def deliver(
    artifact: Delivered, made_by: Credit | None = None, metadata: Mapping[str, Any] | None = None
) -> dg.Output[Delivered]:
    """Hand an artifact over with its content hash as data version and what people want to see."""
    files = list(artifact.media())
    details: dict[str, Any] = {
        "schema": artifact.schema_version,
        "bytes": sum(media.size for media in files),
        "files": len(files),
        "cost_usd": float(made_by.cost_usd) if made_by else 0.0,
        **({"provider": made_by.provider, "model": made_by.model} if made_by else {}),
        **(metadata or {}),
    }
    return dg.Output(artifact, data_version=dg.DataVersion(artifact.content_sha256()), metadata=details)


def gallery(pictures: Mapping[str, Media]) -> dg.MarkdownMetadataValue:
    """Pictures inline, each under its name."""
    return dg.MetadataValue.md("\n\n".join(image_markdown(name, media.path) for name, media in pictures.items()))
