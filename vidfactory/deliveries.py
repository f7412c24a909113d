"""Letters about ordered videos: what an order's webhook is told, once each, whatever happens in between.

Belongs here: which letters there are to send, when, and what became of each. Does not belong here: how one is signed
and posted (`webhooks`), where they are kept (`storage.letter_box`), and whose turn it is (`sensors.deliveries`).

A letter is written down before it is posted, and again after it. A crash in between posts it once more under the same
number, by which its receiver knows it.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import dagster as dg
from pydantic import JsonValue, ValidationError

from vidfactory.errors import BadInput, DamagedArtifact, Permanent, Transient, VidfactoryError
from vidfactory.failures import failed_run
from vidfactory.orders import is_placed, placed_order
from vidfactory.schema.base import Model
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.release import Appearance
from vidfactory.settings import Settings, Webhook
from vidfactory.standings import NewestRun, Stage, Standing, newest_runs, placeless, standing
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.letter_box import LetterBox
from vidfactory.webhooks import webhook_of

Event = Literal["video.ready_for_review", "video.published", "video.failed"]
Post = Callable[[Webhook, str, str, Mapping[str, JsonValue], dt.datetime], None]
EVENTS: Mapping[Stage, Event] = {
    "waiting": "video.ready_for_review",
    "published": "video.published",
    "failed": "video.failed",
    "rejected": "video.failed",
}
"""What a webhook is told, by the stage of a video. The other stages are on the way to one of these."""
WAITS = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
"""Before each try after the first: together almost two days, then it is given up."""
ORPHANED = dt.timedelta(hours=1)
"""Placing an order takes seconds: a note that has no order after that long was left by a crash before it."""
MOST_AT_ONCE = 20
"""So many letters are posted at a time, which keeps a turn short."""


class Letter(Model):
    """One message. number: the same in every try. said: what kept it from being delivered."""

    number: str
    event: Event
    at: dt.datetime
    content: Mapping[str, JsonValue]
    state: Literal["waiting", "delivered", "given_up"] = "waiting"
    tries: int = 0
    next_try: dt.datetime
    said: str = ""

    def delivered(self) -> "Letter":
        return self.model_copy(update={"state": "delivered", "tries": self.tries + 1, "said": ""})

    def failed(self, said: str, now: dt.datetime) -> "Letter":
        """After a try that did not succeed: to be tried again, or given up."""
        after = {"tries": self.tries + 1, "said": said}
        if self.tries >= len(WAITS):
            return self.model_copy(update={**after, "state": "given_up"})
        return self.model_copy(update={**after, "next_try": now + WAITS[self.tries]})


class Letters(Model):
    """All letters about a video, oldest first."""

    schema_version: Literal["letters/1"] = "letters/1"
    letters: tuple[Letter, ...] = ()

    @property
    def is_waiting(self) -> bool:
        """Whether one is still to be delivered."""
        return any(letter.state == "waiting" for letter in self.letters)


@dataclass(frozen=True)
class Turn:
    """What came of looking after all videos once. seen: what needs no second look until its newest run changes."""

    seen: Mapping[str, str]
    posted: int
    complaints: tuple[str, ...]


class Secretary:
    """Writes and posts the letters of a studio; `post` is `webhooks.post` with one try."""

    def __init__(self, store: ArtifactStore, settings: Settings, instance: dg.DagsterInstance, post: Post) -> None:
        self._store, self._settings, self._instance, self._post = store, settings, instance, post
        self._box = LetterBox(store.studio)

    def turn(self, seen: Mapping[str, str], now: dt.datetime) -> Turn:
        """Look after every video of which somebody is still to be told, `seen` being what the last turn returned.

        A webhook that does not answer is asked once in a turn. What is lost of `seen` is looked at again: nothing is
        posted twice for that.
        """
        opened = self._box.opened()
        newest = newest_runs(self._instance, opened)
        still: dict[str, str] = {}
        complaints: list[str] = []
        posted, silent = 0, set[str]()
        for key in opened:
            mark = f"{newest[key].run_id}/{newest[key].state}" if key in newest else ""
            if mark and seen.get(key) == mark:
                still[key] = mark
                continue
            if posted >= MOST_AT_ONCE:
                continue
            try:
                done = self._look_after(key, newest.get(key), silent, now)
            except VidfactoryError as error:
                complaints.append(f"{key}: {error}")
                continue
            posted += done.posted
            complaints += done.complaints
            if mark and done.is_settled:
                still[key] = mark
        return Turn(still, posted, tuple(complaints))

    def _look_after(self, key: str, last: NewestRun | None, silent: set[str], now: dt.datetime) -> "_Done":
        """Write the letter that is due, post those that wait; close where nothing more is to come."""
        if not is_placed(self._store.studio, key):
            since = self._box.opened_at(key)
            if since is not None and now - since > ORPHANED:
                self._box.close(key)
            return _Done()
        order = placed_order(self._store.studio, key)
        if not order.webhook:
            self._box.close(key)
            return _Done()
        letters = letters_of(self._box, key)
        stands = standing(self._store, self._settings, key, last)
        due = self._due(key, order, stands, last, now)
        if due is not None and due.number not in {letter.number for letter in letters.letters}:
            letters = Letters(letters=(*letters.letters, due))
            self._keep(key, letters)
        letters, done = self._posted(key, order.webhook, letters, silent, now)
        if stands.stage == "published" and not letters.is_waiting:
            self._box.close(key)
        return _Done(
            done.posted, done.complaints, is_settled=not letters.is_waiting and not self._comes_back(key, last)
        )

    def _due(
        self, key: str, order: FinanceOrder, stands: Standing, last: NewestRun | None, now: dt.datetime
    ) -> Letter | None:
        """The letter about where a video stands now; None on the way to somewhere, and while it is tried again."""
        event = EVENTS.get(stands.stage)
        if event is None or last is None:
            return None
        reason = stands.note
        if stands.stage == "failed":
            if last.state != "failed":
                return None
            run = failed_run(self._instance, key, last.run_id)
            if run.next_try is not None or run.was_cancelled:
                return None
            reason = "; ".join(f"{each.asset}: {each.said}".removeprefix(": ") for each in run.failures)
        package = stands.found.package if stands.found else None
        subject = package.edition if package else last.run_id
        number = hashlib.sha256(f"{key}/{stands.stage}/{subject}".encode()).hexdigest()[:32]
        publication = stands.found.publication if stands.found and stands.stage == "published" else None
        return Letter(
            number=f"msg_{number}",
            event=event,
            at=now,
            next_try=now,
            content={
                "video": key,
                "channel": order.channel,
                "state": {"waiting": "waiting_for_review"}.get(stands.stage, stands.stage),
                "reason": placeless(self._settings, reason),
                "at": now.isoformat(),
                "edition": package.edition if package else None,
                "published": [_place(each) for each in publication.appearances] if publication else [],
            },
        )

    def _posted(
        self, key: str, name: str, letters: Letters, silent: set[str], now: dt.datetime
    ) -> "tuple[Letters, _Done]":
        """The letters after those that are due were posted."""
        posted, complaints = 0, list[str]()
        for number, letter in enumerate(letters.letters):
            if letter.state != "waiting" or letter.next_try > now or name in silent:
                continue
            try:
                self._post(webhook_of(self._settings, name), letter.number, letter.event, letter.content, now)
                after = letter.delivered()
                posted += 1
            except (Transient, Permanent, BadInput) as error:
                silent.add(name)
                after = letter.failed(str(error), now)
                complaints.append(f"{key}, {letter.event}: {error}")
            changed = (*letters.letters[:number], after, *letters.letters[number + 1 :])
            letters = Letters(letters=changed)
            self._keep(key, letters)
        return letters, _Done(posted, tuple(complaints))

    def _comes_back(self, key: str, last: NewestRun | None) -> bool:
        """Whether a run that failed is tried again by itself."""
        if last is None or last.state != "failed":
            return False
        return failed_run(self._instance, key, last.run_id).next_try is not None

    def _keep(self, key: str, letters: Letters) -> None:
        self._box.write(key, letters.model_dump_json(indent=1).encode())


@dataclass(frozen=True)
class _Done:
    """What was done about one video. is_settled: only another run of it can bring another letter."""

    posted: int = 0
    complaints: tuple[str, ...] = ()
    is_settled: bool = False


def letters_of(box: LetterBox, key: str) -> Letters:
    """The letters about a video; DamagedArtifact where they cannot be read."""
    content = box.read(key)
    try:
        return Letters() if content is None else Letters.model_validate_json(content)
    except ValidationError as error:
        raise DamagedArtifact(
            "its letters cannot be read", where=key, remedy=f"Remove letters/{key}.json from the studio"
        ) from error


def _place(each: Appearance) -> dict[str, JsonValue]:
    return {
        "publisher": each.publisher,
        "address": public(each.address),
        "visible_from": each.visible_from.isoformat() if each.visible_from else None,
    }


def public(address: str) -> str | None:
    """An address that others can reach; None for a folder of the studio's."""
    return address if address.startswith(("http://", "https://")) else None
