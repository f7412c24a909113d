"""The local profile: a script from a model server on this machine, Piper's voice, the house's pictures, for nothing."""

import dagster as dg
import pytest

from vidfactory.assets.pictures import backdrop, illustrations
from vidfactory.assets.screenplay import screenplay
from vidfactory.assets.sound import soundtrack
from vidfactory.assets.voice import narration, timestamps
from vidfactory.definitions import studio_of
from vidfactory.orders import place
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.finance import Analysis, MarketData
from vidfactory.schema.pictures import Illustrations, Soundtrack
from vidfactory.schema.speech import Narration, Timestamps
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.providers.tiny_piper import make_voice
from vidfactory_tests.scripted_studio import HEADS, ScriptedStudio
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.fixtures import loopback, services
from vidfactory_tests.servers.studio import KEY_NAMES
from vidfactory_tests.test_quoting import TODAY

__all__ = ["loopback", "services"]
KEY = "finance-local"


def test_a_video_of_the_local_profile_needs_no_key_and_costs_nothing(
    store: ArtifactStore, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEY_NAMES:
        monkeypatch.delenv(name, raising=False)
    folder = store.studio.local
    table = {
        "ollama": {"address": f"{services.url('ollama')}/v1"},
        "yfinance": {"address": services.url("yahoo"), "per_minute": 100_000},
    }
    settings = Settings(profile="local", studio=str(folder), local=folder, services=table, budget_usd=0)
    make_voice(folder / "piper", "en_US-lessac-medium")
    place(studio_of(settings), KEY, FinanceOrder(posts=SAMPLES / "posts_june_2022.json", seconds=45), TODAY)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("videos", [KEY])
        tail = [screenplay, narration, timestamps, illustrations, backdrop, soundtrack]
        assert ScriptedStudio(folder, instance).make(KEY, [*HEADS, *tail], settings).success

    made = [store.load(KEY, asset) for asset in ("finance/analysis", "narration", "illustrations", "soundtrack")]
    credits_ = [each.made_by for each in made if isinstance(each, Analysis | Narration | Illustrations | Soundtrack)]
    assert [credit.provider for credit in credits_] == ["ollama", "piper", "house", "house"]
    assert {credit.cost_usd for credit in credits_} == {0}
    prices, times = store.load(KEY, "finance/market_data"), store.load(KEY, "timestamps")
    assert isinstance(prices, MarketData)
    assert prices.symbols[0].series.source == "Yahoo Finance"
    assert isinstance(times, Timestamps)
    assert times.aligner.startswith("piper")
    assert services.spent == 0
    assert {entry.service for entry in services.served} == {"ollama", "yahoo"}
