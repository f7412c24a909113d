"""What a channel decides is a part of the brief: another voice has the film spoken again, and buys nothing else."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from vidfactory import runs
from vidfactory.assets import pictures, screenplay, sound, voice
from vidfactory.definitions import studio_of
from vidfactory.orders import place
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.channel import Channel, ChannelBudget
from vidfactory.settings import Settings
from vidfactory.storage.ledger import Ledger
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.scripted_studio import HEADS, ScriptedStudio
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.server import KEY as SERVICE_KEY
from vidfactory_tests.servers.studio import services_table
from vidfactory_tests.test_quoting import TODAY

VIDEO = "finance-voiced"
TAIL = [screenplay.screenplay, voice.narration, pictures.backdrop, sound.soundtrack]
BY_NAME = {asset.key.to_user_string(): asset for asset in [*HEADS, *TAIL]}
PAID = {"narrator": "elevenlabs", "illustrator": "google", "composer": "elevenlabs", "writer": "house"}
CHANNEL = Channel(voice="house", providers=PAID)


@dataclasses.dataclass(frozen=True)
class Voiced:
    """A video of a channel whose pictures, music and voice were bought."""

    studio: ScriptedStudio

    def settings(self, channel: Channel) -> Settings:
        table = services_table(self.studio.address, SERVICE_KEY)
        return self.studio.settings(table).model_copy(update={"channels": {"daily": channel}})

    def make(self, channel: Channel, assets: Iterable[str]) -> None:
        self.studio.instance.add_dynamic_partitions("videos", [VIDEO])
        assert self.studio.make(VIDEO, [BY_NAME[name] for name in assets], self.settings(channel)).success

    def due(self, channel: Channel) -> list[str]:
        """Those that are due of the assets that were made here."""
        found = runs.due(self.settings(channel), self.studio.instance, VIDEO)
        return [name for name in found if name in BY_NAME]

    def bought(self) -> list[tuple[str, str]]:
        entries = Ledger(studio_of(self.settings(CHANNEL))).entries(VIDEO)
        return sorted((entry.asset, entry.operation) for entry in entries)


@pytest.fixture
def voiced(tmp_path: Path, services: FakeServices) -> Iterator[Voiced]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = Voiced(ScriptedStudio(tmp_path, instance, services.address))
        order = FinanceOrder(posts=SAMPLES / "posts.json", channel="daily")
        place(studio_of(made.settings(CHANNEL)), VIDEO, order, TODAY)
        made.make(CHANNEL, BY_NAME)
        yield made


def test_another_voice_is_spoken_again_and_nothing_else_is_bought(voiced: Voiced) -> None:
    assert voiced.due(CHANNEL) == []
    free = CHANNEL.model_copy(update={"budget": ChannelBudget(video_usd=Decimal(9)), "review": "always", "priority": 5})
    assert voiced.due(free) == [], "money, reviews and turns change no film"

    other = CHANNEL.model_copy(update={"voice": "calm-educator"})
    before = voiced.bought()
    assert {asset for asset, _ in before} == {"narration", "backdrop", "soundtrack"}
    assert voiced.due(other) == ["brief"]
    voiced.make(other, ["brief"])
    again = voiced.due(other)
    assert "voice_crew" in again
    assert not {"screenplay", "narration", "backdrop", "soundtrack"} & set(again)
    voiced.make(other, again)
    assert voiced.due(other) == ["narration"], "pictures and music have crews of their own, which stayed"
    assert voiced.bought() == before
    voiced.make(other, ["narration"])
    assert voiced.due(other) == []
    assert {asset for asset, _ in (Counter(voiced.bought()) - Counter(before))} == {"narration"}
