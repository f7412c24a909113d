"""Assembles the studio for Dagster. Tests call `build_defs` with other resources; nothing is decided here."""

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

import dagster as dg

from vidfactory.assets import (
    assembly,
    brief,
    crews,
    finance,
    inspection,
    operation,
    pictures,
    release,
    screenplay,
    sound,
    voice,
)
from vidfactory.checks import videos
from vidfactory.errors import BadInput
from vidfactory.jobs import VIDEO_JOBS, clean_up_job, job_name, operation_job, review_job, studio_executor
from vidfactory.orders import wishes_now
from vidfactory.providers.chromium import ChromiumBrowser
from vidfactory.providers.crew import Crew
from vidfactory.release.identity import Signatory
from vidfactory.rendering.film import Renderer
from vidfactory.rendering.segment_cache import SegmentCache
from vidfactory.schedules import channel_schedules, clean_up_schedule, nightly_job, operation_schedule
from vidfactory.sensors.approvals import approvals_sensor
from vidfactory.sensors.backfills import backfills_sensor
from vidfactory.sensors.deliveries import deliveries_sensor
from vidfactory.sensors.failures import failures_sensor
from vidfactory.sensors.inbox import inbox_sensor
from vidfactory.sensors.trending import trends_sensors
from vidfactory.settings import Settings, read_settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.call_desk import CallDesk, Limit, Patience
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory.storage.objects import opened
from vidfactory.storage.places import Places, PlacesOfMachine
from vidfactory.storage.studio import Studio

ASSET_MODULES = [brief, crews, finance, screenplay, voice, pictures, sound, assembly, inspection, release, operation]


def studio_of(settings: Settings) -> Studio:
    """The folders that the settings name."""
    root = opened(settings.studio_address, os.environ)
    return Studio(root=root, local=settings.local_folder, inbox=settings.inbox_folder)


def renderer_of(settings: Settings) -> Renderer:
    """The renderer with the processes and the cache that the settings allow."""
    cache = SegmentCache(studio_of(settings).render_cache, round(settings.render_cache_gb * 1_000_000_000))
    return Renderer(cache, settings.render_workers)


def call_desk_of(settings: Settings, patience: Patience | None = None) -> CallDesk:
    """The way to all services, within the limits that the settings give each."""
    limits = {
        name: Limit(service.concurrency, service.per_minute, service.timeout_s)
        for name, service in settings.services.items()
    }
    return CallDesk(studio_of(settings), limits, patience, places_of(settings))


def places_of(settings: Settings) -> Places:
    """How services' limits are kept over all who share them: of this machine, or of all that reach one database."""
    address = settings.limits.get_secret_value()
    if not address:
        return PlacesOfMachine(studio_of(settings).places)
    try:
        from vidfactory.storage.postgres_places import PostgresPlaces  # noqa: PLC0415  -- of the extra `cluster`
    except ModuleNotFoundError as error:
        raise BadInput(
            f"it needs {error.name}", where="limits", remedy="Install the extra: pip install 'vidfactory[cluster]'"
        ) from error
    return PostgresPlaces(address)


def crew_of(settings: Settings) -> Crew:
    """Who works on videos, by the settings' profile and each order's wishes."""
    return Crew(settings, call_desk_of(settings).on, partial(wishes_now, studio_of(settings)))


def signatory_of(settings: Settings) -> Signatory:
    """Who signs films: whom the settings name, else the studio itself."""
    given = settings.credentials
    return Signatory(studio_of(settings).own_identity, given.certificate, given.key_file)


def build_defs(settings: Settings | None = None, overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """All assets, checks, jobs and sensors with the resources of the settings' profile.

    `overrides` replaces resources by name.
    """
    settings = settings or read_settings()
    studio = studio_of(settings)
    resources: dict[str, Any] = {
        "studio": studio,
        "io_manager": ArtifactIOManager(ArtifactStore(studio)),
        "crew": crew_of(settings),
        "browser": ChromiumBrowser(settings.chromium),
        "renderer": renderer_of(settings),
        "signatory": signatory_of(settings),
        **(overrides or {}),
    }
    return dg.Definitions(
        assets=dg.load_assets_from_modules(ASSET_MODULES),
        asset_checks=dg.load_asset_checks_from_modules([videos]),
        jobs=[*VIDEO_JOBS, review_job, operation_job, clean_up_job, nightly_job],
        executor=studio_executor(settings),
        schedules=[operation_schedule, clean_up_schedule, *channel_schedules(settings)],
        sensors=[
            *(inbox_sensor, approvals_sensor, failures_sensor, deliveries_sensor, backfills_sensor),
            *trends_sensors(settings),
        ],
        resources=resources,
    )


defs = build_defs()


def studio_job(video_format: str) -> dg.JobDefinition:
    """The job of a format, for executors that build it again in another process."""
    return defs.resolve_job_def(job_name(video_format))
