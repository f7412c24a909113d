"""Webhooks of orders: told once what became of a video, through crashes and receivers that do not answer."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from vidfactory.deliveries import WAITS, Letter, Secretary, letters_of
from vidfactory.errors import Transient
from vidfactory.failures import BY_HAND, CANCELLED
from vidfactory.orders import place
from vidfactory.schema.brief import FinanceOrder
from vidfactory.settings import Settings, Webhook
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.letter_box import LetterBox
from vidfactory.storage.studio import Studio
from vidfactory_tests.screening.videos import KEY, Made, edition_of, keep, keep_film, keep_publication, keep_report

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@dataclass
class Office:
    """A studio with an order whose webhook is to be told, and a receiver that keeps what it gets."""

    store: ArtifactStore
    settings: Settings
    instance: dg.DagsterInstance
    folder: Path
    is_away: bool = False
    got: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    asked: int = 0

    def post(self, webhook: Webhook, number: str, event: str, content: Mapping[str, Any], now: dt.datetime) -> None:
        self.asked += 1
        if self.is_away:
            raise Transient("the webhook cannot be reached: ConnectError", where=str(webhook.address))
        self.got.append((number, event, content))

    def order(self, key: str = KEY) -> None:
        place(self.store.studio, key, FinanceOrder(query="GOOG", webhook="shop"), NOW.date())

    def run(self, status: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS, key: str = KEY) -> dg.DagsterRun:
        tags = {"dagster/partition": key, BY_HAND: "1"}
        return self.instance.create_run_for_job(_job, tags=tags, status=status)

    def turn(self, seen: Mapping[str, str] | None = None, now: dt.datetime = NOW) -> Mapping[str, str]:
        secretary = Secretary(self.store, self.settings, self.instance, self.post)
        return secretary.turn(seen or {}, now).seen

    def events(self) -> list[str]:
        return [event for _, event, _ in self.got]

    def letters(self) -> tuple[Letter, ...]:
        return letters_of(LetterBox(self.store.studio), KEY).letters


@dg.job
def _job() -> None:
    """Stands for a video's job."""


@pytest.fixture
def office(studio: Studio, store: ArtifactStore, tmp_path: Path) -> Iterator[Office]:
    settings = Settings(studio=str(studio.root), local=studio.local, reviewer="Ana").model_copy(
        update={"webhooks": {"shop": Webhook(address="http://127.0.0.1:9/", key_name="SHOP_SECRET")}}
    )
    with dg.DagsterInstance.ephemeral() as instance:
        made = Office(store, settings, instance, tmp_path)
        made.order()
        yield made


def test_nothing_is_told_on_the_way(office: Office) -> None:
    office.turn()
    for status in (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELED):
        office.run(status)
        office.turn()
    assert office.got == []


def test_a_video_that_waits_and_is_published_later_is_told_twice(office: Office) -> None:
    made = Made(channel=None)
    office.run()
    keep(office.store, office.folder / "files", made)
    seen = office.turn()
    assert office.events() == ["video.ready_for_review"]
    content = office.got[0][2]
    assert (content["video"], content["state"], content["edition"]) == (KEY, "waiting_for_review", edition_of(made))
    seen = office.turn(seen)
    office.run()
    keep_publication(office.store, made)
    seen = office.turn(seen)
    office.turn(seen)
    assert office.events() == ["video.ready_for_review", "video.published"]
    assert office.got[1][2]["published"] == [{"publisher": "library", "address": None, "visible_from": None}]
    assert LetterBox(office.store.studio).opened() == []


def test_a_lost_cursor_tells_nothing_again(office: Office) -> None:
    office.run()
    keep(office.store, office.folder / "files")
    for _ in range(3):
        office.turn({})
    assert office.events() == ["video.ready_for_review"]


def test_what_did_not_change_is_not_looked_at_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.run()
    keep(office.store, office.folder / "files")
    seen = office.turn()
    monkeypatch.setattr(Secretary, "_look_after", None)
    assert office.turn(seen) == seen


def test_a_failed_video_is_told_with_its_reason(office: Office) -> None:
    office.run(dg.DagsterRunStatus.FAILURE)
    office.turn()
    assert office.events() == ["video.failed"]
    assert office.got[0][2]["reason"] == "the run's process ended without a word"


def test_what_somebody_cancelled_is_not_told_as_a_failure(office: Office) -> None:
    tags = {"dagster/partition": KEY, BY_HAND: CANCELLED}
    office.instance.create_run_for_job(_job, tags=tags, status=dg.DagsterRunStatus.FAILURE)
    seen = office.turn()
    assert (office.got, list(seen)) == ([], [KEY])


def test_a_failure_that_is_tried_again_is_not_told_yet(office: Office) -> None:
    office.instance.create_run_for_job(_job, tags={"dagster/partition": KEY}, status=dg.DagsterRunStatus.FAILURE)
    seen = office.turn()
    assert (office.got, seen) == ([], {})


def test_a_film_that_the_inspector_rejects_has_failed(office: Office) -> None:
    made = Made(verdict="reject")
    office.run(dg.DagsterRunStatus.FAILURE)
    keep_film(office.store, office.folder / "files", made)
    keep_report(office.store, office.folder / "files", made)
    office.turn()
    assert office.events() == ["video.failed"]
    assert (office.got[0][2]["state"], "8 frames are black" in office.got[0][2]["reason"]) == ("rejected", True)


def test_a_receiver_that_is_away_is_asked_again_later_and_then_given_up(office: Office) -> None:
    office.run()
    keep(office.store, office.folder / "files")
    office.is_away = True
    now = NOW
    for wait in WAITS:
        seen = office.turn({}, now)
        assert seen == {}
        office.turn({}, now + wait - dt.timedelta(seconds=1))
        now += wait
    office.turn({}, now)
    (letter,) = office.letters()
    assert (office.asked, letter.tries, letter.state) == (len(WAITS) + 1, len(WAITS) + 1, "given_up")
    assert "cannot be reached" in letter.said
    office.is_away = False
    assert set(office.turn({}, now + dt.timedelta(days=9))) == {KEY}
    assert office.got == []


def test_a_receiver_that_comes_back_gets_the_same_letter(office: Office) -> None:
    office.run()
    keep(office.store, office.folder / "files")
    office.is_away = True
    office.turn()
    number = office.letters()[0].number
    office.is_away = False
    office.turn({}, NOW + MINUTE)
    assert [each[0] for each in office.got] == [number]
    assert office.letters()[0].state == "delivered"


def test_a_crash_behind_the_post_sends_the_same_number_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.run()
    keep(office.store, office.folder / "files")
    write = LetterBox.write
    writes: list[str] = []

    def killed(box: LetterBox, key: str, content: bytes) -> None:
        writes.append(key)
        if len(writes) == 2:
            raise KeyboardInterrupt
        write(box, key, content)

    monkeypatch.setattr(LetterBox, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        office.turn()
    monkeypatch.undo()
    office.turn()
    office.turn()
    assert len(office.got) == 2
    assert len({number for number, _, _ in office.got}) == 1


def test_one_silent_receiver_is_asked_once_in_a_turn(office: Office) -> None:
    office.is_away = True
    for key in (KEY, "finance-b", "finance-c"):
        if key != KEY:
            office.order(key)
        office.run(key=key)
        keep(office.store, office.folder / key, Made(key=key))
    office.turn()
    assert office.asked == 1


def test_a_note_without_an_order_goes_after_an_hour(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    box = LetterBox(office.store.studio)
    box.open("finance-nothing")
    noted = box.opened_at("finance-nothing")
    assert noted is not None
    office.turn({}, noted + dt.timedelta(minutes=59))
    assert "finance-nothing" in box.opened()
    office.turn({}, noted + dt.timedelta(minutes=61))
    assert "finance-nothing" not in box.opened()


def test_a_video_whose_letters_are_damaged_does_not_keep_others_from_theirs(office: Office) -> None:
    LetterBox(office.store.studio).write(KEY, b"{")
    office.order("finance-b")
    for key in (KEY, "finance-b"):
        office.run(key=key)
        keep(office.store, office.folder / key, Made(key=key))
    turn = Secretary(office.store, office.settings, office.instance, office.post).turn({}, NOW)
    assert "letters cannot be read" in turn.complaints[0]
    assert [content["video"] for _, _, content in office.got] == ["finance-b"]
