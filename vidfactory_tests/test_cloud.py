"""A short made by services, from an order to its MP4, through the command line."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import av
import pytest
from pytest_socket import enable_socket
from typer.testing import Result
from upath import UPath

from vidfactory.schema.pictures import Illustrations
from vidfactory.schema.speech import Narration, Timestamps
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.studio import Studio
from vidfactory_tests.command import PROJECT, Command, here
from vidfactory_tests.servers.server import KEY as SERVICE_KEY
from vidfactory_tests.servers.studio import services_environment

__all__ = ["here"]
KEY = "finance-cloud"


class Services:
    """The fake services as a process of their own."""

    def __init__(self, address: str) -> None:
        self.address = address

    def served(self) -> list[dict[str, Any]]:
        enable_socket()
        with urlopen(f"{self.address}/control/served", timeout=10) as answer:  # noqa: S310 - our own server
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def spent(self) -> Decimal:
        return sum((Decimal(entry["billed"]) for entry in self.served()), Decimal(0))


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    command = [sys.executable, "-m", "vidfactory_tests.servers"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Services(process.stdout.readline().strip())
        process.terminate()


@pytest.fixture(scope="module")
def vidfactory(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Command:
    environment = {**services_environment(services.address, SERVICE_KEY), "VIDFACTORY_PROFILE": "cloud"}
    return Command(tmp_path_factory.mktemp("cloud"), environment)


@pytest.fixture(scope="module")
def made(vidfactory: Command) -> "subprocess.CompletedProcess[str]":
    order = ("--query", "GOOG", "--key", KEY, "--quality", "draft", "--seconds", "45")
    film = vidfactory("new", "finance", *order, "--make")
    assert film.returncode == 0, film.stdout + film.stderr
    return film


def test_the_film_is_there_and_each_part_says_who_made_it(
    vidfactory: Command, made: "subprocess.CompletedProcess[str]"
) -> None:
    with av.open(str(vidfactory.folder_of("video", KEY) / "video.mp4")) as film:
        assert film.streams.video[0].codec.name == "h264"
        assert len(film.streams.audio) == 1
    narration = vidfactory.artifact("narration", KEY)
    assert isinstance(narration, Narration)
    assert narration.made_by.provider == "elevenlabs"
    times = vidfactory.artifact("timestamps", KEY)
    assert isinstance(times, Timestamps)
    assert {word.timing for word in times.words} == {"exact"}
    pictures = vidfactory.artifact("illustrations", KEY)
    assert isinstance(pictures, Illustrations)
    assert len(pictures.pictures) == 12
    assert pictures.made_by.provider == "google"


def test_the_ledger_is_what_the_services_charged(vidfactory: Command, services: Services, made: object) -> None:
    folder = vidfactory.folder / "studio"
    sums = Ledger(Studio(root=UPath(folder), local=folder, inbox=folder)).sums(KEY)
    assert sums.settled == services.spent() > 0
    assert (sums.reserved, sums.doubtful) == (0, 0)


def test_cost_shows_the_quote_beside_what_was_spent(
    vidfactory: Command, services: Services, made: object, here: Callable[..., Result]
) -> None:
    shown = here(vidfactory, "cost", KEY)
    assert shown.exit_code == 0, shown.output
    assert f"{services.spent():.4f}" in shown.stdout
    assert re.search(r"illustrations .*\$\d", shown.stdout)


def test_made_again_from_the_first_asset_it_costs_nothing(
    vidfactory: Command, services: Services, made: object
) -> None:
    before, spent = len(services.served()), services.spent()
    shutil.rmtree(vidfactory.folder / "studio" / "videos" / KEY / "illustrations")
    again = vidfactory("make", KEY, "--from", "finance/tweets", "--to", "production_plan")
    assert again.returncode == 0, again.stdout + again.stderr
    assert (len(services.served()), services.spent()) == (before, spent)
    assert re.search(r"for \$0\.00", again.stdout)
    finished = vidfactory("make", KEY)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "video " not in finished.stdout, "the film was rendered again though nothing had changed"


def test_a_budget_of_half_the_price_stops_before_the_call_that_would_exceed_it(
    vidfactory: Command, services: Services, made: object, tmp_path: Path, here: Callable[..., Result]
) -> None:
    price = services.spent()
    before = services.spent()
    poor = Command(tmp_path, {**vidfactory.more, "VIDFACTORY_BUDGET_USD": str(price / 2)})
    here(poor, "new", "finance", "--query", "GOOG", "--key", KEY, "--quality", "draft", "--seconds", "45")
    stopped = poor("make", KEY, "--to", "production_plan")
    assert stopped.returncode == 2
    assert "budget" in stopped.stderr
    assert 0 < services.spent() - before <= price / 2
    assert poor.artifact("finance/analysis", KEY)
