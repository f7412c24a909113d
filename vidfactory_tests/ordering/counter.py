"""A studio with a server of orders, for tests: videos in several states, a channel, and tokens.

Belongs here: what tests of `ordering` start from. Does not belong here: expectations.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from upath import UPath

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


def counter(folder: Path, instance: dg.DagsterInstance) -> Counter:
    """A server over a new studio with a video that waits for a person and one that is published."""
    settings = Settings(
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
    store = ArtifactStore(studio_of(settings))
    for made in (Made(key=WAITING, channel=CHANNEL), Made(key=PUBLISHED, verdict="approve", channel=OTHER)):
        keep(store, folder / "files" / made.key, made)
        instance.add_dynamic_partitions("videos", [made.key])
    keep_publication(store, Made(key=PUBLISHED, verdict="approve", channel=OTHER))
    assert isinstance(store.studio.root, UPath)
    token = Tokens(store.studio).make("everything", NOW, scopes=SCOPES, channels=(), per_minute=1_000_000)
    return Counter(folder, settings, instance, application(settings, instance), token)


@pytest.fixture
def desk(tmp_path: Path) -> "Counter":
    """A server of a test's own."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield counter(tmp_path, instance)
