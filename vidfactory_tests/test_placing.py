"""Orders on the studio's storage: whole or not at all, with their files, for every machine that shares it."""

import datetime as dt
import os
import shutil
import signal
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile
from upath import UPath

from vidfactory.errors import BadInput
from vidfactory.orders import (
    accept,
    bring_recording,
    brought,
    is_placed,
    order_changed,
    place,
    placed_order,
)
from vidfactory.schema.brief import FinanceBrief, FinanceOrder
from vidfactory.settings import Settings
from vidfactory.storage import claims, objects
from vidfactory.storage.order_book import OrderBook
from vidfactory.storage.studio import Studio
from vidfactory_tests.conftest import SAMPLES

TODAY = dt.date(2026, 1, 1)
KEY = "finance-a"
SETTINGS = Settings(profile="offline")
PRICES = "Date,Close\n2008-10-09,300\n2008-10-10,310\n"


@pytest.fixture(params=["folder", "object store"])
def studio(request: pytest.FixtureRequest, tmp_path: Path) -> Studio:
    root = UPath(tmp_path / "studio") if request.param == "folder" else UPath(f"memory://orders/{uuid.uuid4().hex}")
    return Studio(root=root, local=tmp_path / "here", inbox=tmp_path / "inbox")


def elsewhere(studio: Studio, tmp_path: Path) -> Studio:
    """The same studio on another machine."""
    return replace(studio, local=tmp_path / "there")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder with the files of an order, which are gone once it is placed."""
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(SAMPLES / "posts.json", folder)
    (folder / "prices.csv").write_text(PRICES)
    wavfile.write(folder / "me.wav", 8_000, (0.3 * np.sin(np.arange(20_000) / 5)).astype(np.float32))
    return folder


def order_of(folder: Path) -> FinanceOrder:
    return FinanceOrder(
        posts=folder / "posts.json", prices=folder / "prices.csv", narration=folder / "me.wav", title="Mine"
    )


def accepted(studio: Studio) -> FinanceBrief:
    """The brief as a worker accepts it."""
    folder = studio.workspace(KEY, "brief")
    order = brought(studio, placed_order(studio, KEY), folder / "ordered")
    return accept(order, SETTINGS.decided(order), KEY, folder, TODAY)


def killed_during(work: Callable[[], object]) -> None:
    """Run `work` in a process of its own, which kills itself somewhere inside."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was to be killed, and lived"


def test_another_machine_makes_what_was_ordered_here(studio: Studio, tmp_path: Path, mine: Path) -> None:
    given = {path.suffix: path.read_bytes() for path in mine.iterdir()}
    place(studio, KEY, order_of(mine), TODAY)
    shutil.rmtree(mine)
    brief = accepted(elsewhere(studio, tmp_path))
    assert brief.title == "Mine"
    assert {media.path.suffix: media.path.read_bytes() for media in brief.media()} == given
    assert [media.name for media in brief.media()] == ["narration.wav", "posts.json", "prices.csv"]
    assert not order_changed(studio, SETTINGS, KEY, brief)


def test_a_file_of_an_order_that_is_changed_where_it_lies_is_noticed(studio: Studio, mine: Path) -> None:
    place(studio, KEY, order_of(mine), TODAY)
    brief = accepted(studio)
    (posts,) = [name for name in objects.names(studio.briefs / KEY) if name.startswith("posts.")]
    objects.put(studio.briefs / KEY / posts, b"[]")
    assert order_changed(studio, SETTINGS, KEY, brief)
    objects.remove(studio.briefs / KEY / posts)
    assert not order_changed(studio, SETTINGS, KEY, brief), "the brief has its own copy"


def test_what_a_person_writes_into_the_order_counts(studio: Studio, mine: Path) -> None:
    place(studio, KEY, order_of(mine), TODAY)
    path = studio.order_path(KEY)
    objects.put(path, (objects.get(path) or b"").replace(b"title: Mine", b"title: Ours"))
    assert placed_order(studio, KEY).title == "Ours"
    objects.put(path, b"posts: [")
    with pytest.raises(BadInput, match=r"finance-a\.yaml, line 1"):
        placed_order(studio, KEY)


def test_an_old_order_that_names_files_of_this_machine_is_read(studio: Studio, mine: Path) -> None:
    objects.put(studio.order_path(KEY), f"posts: {mine / 'posts.json'}\n".encode())
    assert accepted(studio).posts.path.read_bytes() == (mine / "posts.json").read_bytes()
    assert not order_changed(studio, SETTINGS, KEY, accepted(studio))


def test_a_recording_takes_the_place_of_the_one_before_it(studio: Studio, tmp_path: Path, mine: Path) -> None:
    place(studio, KEY, order_of(mine), TODAY)
    second = tmp_path / "second.wav"
    wavfile.write(second, 8_000, (0.2 * np.sin(np.arange(20_000) / 7)).astype(np.float32))
    bring_recording(elsewhere(studio, tmp_path), KEY, second)
    brief = accepted(studio)
    assert brief.narration.path.read_bytes() == second.read_bytes()
    assert len(objects.names(studio.briefs / KEY)) == 3


def test_an_order_whose_placing_was_killed_is_not_there_and_can_be_placed(tmp_path: Path, mine: Path) -> None:
    studio = Studio(root=UPath(tmp_path / "studio"), local=tmp_path / "here", inbox=tmp_path)
    kills = (
        (objects, "create"),  # its files are there
        (OrderBook, "wait"),
    )
    for owner, name in kills:

        def killed(owner: object = owner, name: str = name) -> None:
            setattr(owner, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
            place(studio, KEY, order_of(mine), TODAY, waiting=True)

        killed_during(killed)
        assert not is_placed(studio, KEY)
    place(studio, KEY, order_of(mine), TODAY, waiting=True)
    assert accepted(studio).title == "Mine"


def test_of_many_that_place_one_key_at_once_one_wins_with_its_own_files(
    tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "TICKET_POLL_S", 0.01)
    contents = []
    for number in range(8):
        contents.append(tmp_path / f"{number}.json")
        contents[-1].write_text((SAMPLES / "posts.json").read_text() + " " * number)

    def won(source: Path) -> bool:
        try:
            place(studio, KEY, FinanceOrder(posts=source), TODAY)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(won, contents))
    assert results.count(True) == 1
    winner = contents[results.index(True)]
    there = brought(studio, placed_order(studio, KEY), tmp_path / "brought")
    assert there.posts.read_bytes() == winner.read_bytes()


def test_a_key_that_is_taken_leaves_the_first_order_as_it_was(studio: Studio, mine: Path) -> None:
    place(studio, KEY, order_of(mine), TODAY)
    before = {name: objects.get(studio.briefs / KEY / name) for name in objects.names(studio.briefs / KEY)}
    with pytest.raises(BadInput, match="already an order"):
        place(studio, KEY, FinanceOrder(query="google"), TODAY, waiting=True)
    assert {name: objects.get(studio.briefs / KEY / name) for name in objects.names(studio.briefs / KEY)} == before
    assert OrderBook(studio).waiting() == []


def test_the_same_order_again_is_no_error_where_a_try_was_cut_off(studio: Studio, mine: Path) -> None:
    place(studio, KEY, order_of(mine), TODAY, waiting=True)
    again = TODAY + dt.timedelta(days=1)
    place(studio, KEY, order_of(mine), again, waiting=True, again=True)
    with pytest.raises(BadInput, match="already an order"):
        place(studio, KEY, order_of(mine).model_copy(update={"title": "Other"}), again, waiting=True, again=True)
    OrderBook(studio).starts(KEY)
    with pytest.raises(BadInput, match="already an order"):
        place(studio, KEY, order_of(mine), again, waiting=True, again=True)


def test_a_query_ordered_again_keeps_its_day(studio: Studio) -> None:
    place(studio, KEY, FinanceOrder(query="google"), TODAY)
    place(studio, KEY, FinanceOrder(query="google"), TODAY + dt.timedelta(days=1), again=True)
    assert placed_order(studio, KEY).day == TODAY


def test_the_key_of_a_retired_video_is_not_given_again(studio: Studio) -> None:
    objects.put(studio.tombstones / f"{KEY}.json", b"{}")
    with pytest.raises(BadInput, match="retired"):
        place(studio, KEY, FinanceOrder(query="google"), TODAY)


def test_an_order_says_why_it_waits_until_it_is_started(studio: Studio) -> None:
    place(studio, KEY, FinanceOrder(query="google"), TODAY, waiting=True, cause="trend")
    place(studio, "finance-b", FinanceOrder(query="google"), TODAY)
    book = OrderBook(studio)
    assert (book.waiting(), book.cause(KEY)) == ([KEY], "trend")
    book.starts(KEY)
    assert (book.waiting(), book.cause(KEY)) == ([], None)


def test_a_removed_order_leaves_nothing(studio: Studio, mine: Path) -> None:
    place(studio, KEY, order_of(mine), TODAY, waiting=True)
    OrderBook(studio).remove(KEY)
    OrderBook(studio).remove(KEY)
    assert not is_placed(studio, KEY)
    assert objects.names(studio.briefs / KEY) == objects.names(studio.waiting) == []
