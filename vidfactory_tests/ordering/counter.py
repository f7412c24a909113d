"""A studio with a server of orders, for tests: videos in several states, a channel, and tokens.

Belongs here: what tests of `ordering` start from. Does not belong here: expectations.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from fastapi import FastAPI
from starlette.testclient import TestClient

from vidfactory.definitions import studio_of
from vidfactory.ordering.app import application
from vidfactory.ordering.tokens import SCOPES, Tokens
from vidfactory.schema.channel import Channel, ChannelBudget
from vidfactory.settings import Settings, Webhook
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory_tests.screening.videos import Made, keep, keep_publication

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
WAITING, PUBLISHED = "finance-waiting", "finance-published"
CHANNEL = "daily-markets"
OTHER = "other-markets"
VIDEOS = (Made(key=WAITING, channel=CHANNEL), Made(key=PUBLISHED, verdict="approve", channel=OTHER))


@dataclass(frozen=True)
class Counter:
    """A server over the studio in `folder`, and whoever comes with a token that may do everything."""

    folder: Path
    settings: Settings
    instance: dg.DagsterInstance
    app: FastAPI
    token: str

    @property
    def store(self) -> ArtifactStore:
        return ArtifactStore(studio_of(self.settings))

    def client(self, token: str | None = None) -> TestClient:
        """Somebody with another token."""
        return TestClient(
            self.app,
            headers={"authorization": f"Bearer {token or self.token}"},
            raise_server_exceptions=False,
            base_url="http://127.0.0.1:3002",
        )

    def new_token(self, name: str, **changes: object) -> str:
        """One more token."""
        wanted = {"scopes": SCOPES, "channels": (), "per_minute": 1_000_000, **changes}
        return Tokens(self.store.studio).make(name, NOW, **wanted)  # type: ignore[arg-type]


def settings_of(folder: Path) -> Settings:
    """Settings with two channels and a webhook."""
    return Settings(
        studio=str(folder / "studio"), local=folder / "studio", inbox=folder / "inbox", reviewer="Ana"
    ).model_copy(
        update={
            "channels": {
                CHANNEL: Channel(name="Markets", budget=ChannelBudget(video_usd=2, day_usd=10)),
                OTHER: Channel(),
            },
            "webhooks": {"shop": Webhook(address="http://127.0.0.1:9/", key_name="SHOP_SECRET")},
        }
    )


def keep_videos(folder: Path) -> None:
    """A video that waits for a person and one that is published, in the studio of `folder`."""
    store = ArtifactStore(studio_of(settings_of(folder)))
    for made in VIDEOS:
        keep(store, folder / "files" / made.key, made)
    keep_publication(store, VIDEOS[1])


def counter(folder: Path, instance: dg.DagsterInstance) -> Counter:
    """A server over the studio of `folder`, in which those videos are."""
    settings = settings_of(folder)
    instance.add_dynamic_partitions("videos", [made.key for made in VIDEOS])
    token = Tokens(studio_of(settings)).make("everything", NOW, scopes=SCOPES, channels=(), per_minute=1_000_000)
    return Counter(folder, settings, instance, application(settings, instance), token)
