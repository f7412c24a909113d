"""YouTube: what it is told, an upload that is cut anywhere, and nothing twice."""

import asyncio
import datetime as dt
import itertools
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from vidfactory.errors import Exhausted, NotYet, Permanent
from vidfactory.ports import Calls, Release
from vidfactory.providers import youtube_publisher
from vidfactory.providers.resumable_upload import GRAIN, arrived
from vidfactory.providers.youtube_api import QUOTA_ZONE, quota_returns
from vidfactory.providers.youtube_publisher import fitting_tags, mark
from vidfactory.release.listing import TAGS_CHARACTERS, utf16_units
from vidfactory.schema.base import Media
from vidfactory.schema.release import Appearance
from vidfactory_tests.providers import publish_child
from vidfactory_tests.providers.publishers import (
    LISTING,
    calls_in,
    kit_of,
    log_in,
    on_channel,
    package_in,
    release_in,
    sha256,
)
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import CutAfter, CutBefore, CutInside, Fault, Refused, Status, TooMany, WrongShape

PROJECT = Path(__file__).parents[2]
FILM = random.Random(5).randbytes(3 * GRAIN + 12_345)
"""Four chunks of the smallest size, the last one odd."""
PUT, OPEN = "put", "open"


@dataclass(frozen=True)
class Channel:
    """A studio in `folder` with a login, and the fake YouTube that it publishes to."""

    services: FakeServices
    folder: Path

    def publish(self, release: Release | None = None, calls: Calls | None = None, **options: Any) -> Appearance:
        """Publish with a call desk that remembers, as another process would that finds the same studio."""
        kit = kit_of(
            "youtube",
            self.services,
            self.folder / "private",
            calls or calls_in(self.folder / "studio"),
            **{"chunk_kib": 256, **options},
        )
        return asyncio.run(youtube_publisher.provide(kit).publish(release or self.release()))

    def release(self, film: bytes = FILM, **changes: Any) -> Release:
        return release_in(self.folder / "packed", film, **changes)

    def meets(self, operation: str, *faults: Fault | None) -> None:
        self.services.next("youtube", *faults, operation=operation)

    @property
    def video(self) -> dict[str, Any]:
        """The only video that there is."""
        (found,) = on_channel(self.services)
        return found

    def sent(self, operation: str = PUT) -> int:
        return len(self.services.of("youtube", operation))


@pytest.fixture
def channel(services: FakeServices, tmp_path: Path) -> Channel:
    log_in(tmp_path / "private", services)
    return Channel(services, tmp_path)


def whole(video: dict[str, Any], film: bytes = FILM) -> bool:
    return (video["bytes"], video["sha256"]) == (len(film), sha256(film))


# --- what YouTube is told ------------------------------------------------------------------------


def test_a_video_is_told_with_all_that_the_listing_says(channel: Channel) -> None:
    release = channel.release()
    appearance = channel.publish(release)
    video = channel.video
    assert whole(video)
    assert video["snippet"] == {
        "title": LISTING.title,
        "description": LISTING.description,
        "tags": [*LISTING.tags, mark(release.package.edition)],
        "categoryId": "27",
        "defaultLanguage": "en",
        "defaultAudioLanguage": "en",
    }
    assert video["status"] == {
        "privacyStatus": "public",
        "selfDeclaredMadeForKids": False,
        "containsSyntheticMedia": True,
    }
    assert video["media_type"] == "video/mp4"
    assert appearance.address == f"https://youtu.be/{appearance.id}"
    assert appearance.visible_from is None


def test_a_video_has_its_wide_thumbnail_and_its_captions(channel: Channel) -> None:
    package = channel.release().package
    channel.publish()
    assert channel.video["thumbnails"] == [package.thumbnails[1].sha256]
    text = package.subtitles.srt.path.read_text("utf-8")
    assert channel.video["captions"] == [{"language": "en", "name": "", "text": text}]


def test_the_settings_say_who_may_see_it_and_whom_it_is_for(channel: Channel) -> None:
    channel.publish(privacy="unlisted", category="25", made_for_kids=True)
    assert channel.video["status"]["privacyStatus"] == "unlisted"
    assert channel.video["status"]["selfDeclaredMadeForKids"] is True
    assert channel.video["snippet"]["categoryId"] == "25"


def test_a_privacy_that_there_is_not_is_named_before_a_byte_is_sent(channel: Channel) -> None:
    with pytest.raises(Permanent, match=r"options\.privacy: there is no privacy 'secret'\. There are: public"):
        channel.publish(privacy="secret")
    assert channel.sent(OPEN) == 0


def test_a_moment_to_come_is_left_to_youtube(channel: Channel) -> None:
    at = dt.datetime(2100, 12, 1, 18, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    appearance = channel.publish(channel.release(visible_from=at))
    assert channel.video["status"]["privacyStatus"] == "private"
    assert channel.video["status"]["publishAt"] == "2100-12-01T17:00:00Z"
    assert appearance.visible_from == at


def test_a_moment_that_passed_while_it_waited_for_a_person_is_now(channel: Channel) -> None:
    channel.publish(channel.release(visible_from=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    assert channel.video["status"]["privacyStatus"] == "public"
    assert "publishAt" not in channel.video["status"]


@given(st.lists(st.text("ab 📉", min_size=1, max_size=60).filter(str.strip), max_size=40))
def test_tags_never_exceed_what_youtube_counts_and_always_hold_the_mark(tags: list[str]) -> None:
    kept = fitting_tags(LISTING.model_copy(update={"tags": tuple(tags)}), mark("a" * 64))
    assert kept[-1] == mark("a" * 64)
    assert list(kept[:-1]) == tags[: len(kept) - 1]
    counted = utf16_units(",".join(f'"{tag}"' if " " in tag else tag for tag in kept))
    assert counted <= TAGS_CHARACTERS
    if len(kept) <= len(tags):
        next_one = tags[len(kept) - 1]
        assert counted + utf16_units(next_one) + 1 + 2 * (" " in next_one) > TAGS_CHARACTERS


# --- an upload that is cut -----------------------------------------------------------------------

CUTS = st.lists(st.integers(0, GRAIN + 1), min_size=1, max_size=6)
NUMBERS = itertools.count()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CUTS, st.integers(0, GRAIN))
@example([0], 0)
@example([GRAIN - 1, 1, GRAIN], 1)
def test_an_upload_cut_at_any_byte_goes_on_there(services: FakeServices, cuts: list[int], rest: int) -> None:
    film = random.Random(next(NUMBERS)).randbytes(2 * GRAIN + rest)  # each its own: an edition is uploaded once
    before = len(on_channel(services))
    with TemporaryDirectory() as folder:
        channel = Channel(services, Path(folder))
        log_in(channel.folder / "private", services)
        for cut in cuts:
            channel.meets(PUT, None, CutInside(cut))  # the state is asked for, then a chunk is cut
        channel.publish(channel.release(film))
    videos = on_channel(services)
    assert len(videos) == before + 1
    assert whole(videos[-1], film)


def test_what_has_arrived_is_not_sent_again(channel: Channel) -> None:
    channel.meets(PUT, None, None, CutInside(1000))
    channel.publish()
    assert channel.sent() == 1 + 2 + 1 + 3, "the state, two chunks, the state again, and the rest from byte 263,144 on"
    assert channel.sent(OPEN) == 1


@pytest.mark.parametrize("fault", [CutAfter(0.0), CutAfter(0.5), WrongShape()])
def test_an_answer_that_is_lost_after_the_last_byte_is_asked_for_again(channel: Channel, fault: Fault) -> None:
    channel.meets(PUT, None, None, None, None, fault)
    appearance = channel.publish()
    assert whole(channel.video)
    assert appearance.id
    assert channel.sent(OPEN) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_session_that_is_lost_is_followed_by_a_new_one(channel: Channel, status: int) -> None:
    channel.meets(PUT, None, None, Status(status))
    channel.publish()
    assert whole(channel.video)
    assert channel.sent(OPEN) == 2


def test_a_session_that_is_lost_after_the_last_byte_doubles_nothing(channel: Channel) -> None:
    channel.meets(PUT, None, None, None, None, CutAfter(0.0), Status(404))
    appearance = channel.publish()
    assert whole(channel.video)
    assert channel.sent(OPEN) == 1
    assert appearance.visible_from is None
    assert channel.video["thumbnails"], "and the rest follows"


def test_a_studio_that_is_lost_doubles_nothing(channel: Channel) -> None:
    at = dt.datetime(2100, 12, 1, tzinfo=dt.UTC)
    first = channel.publish(channel.release(visible_from=at))
    again = channel.publish(calls=calls_in(channel.folder / "another"))
    assert again == first
    assert whole(channel.video)


def test_an_edition_is_found_on_a_later_page(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    first = channel.publish()
    for number in range(3):
        channel.publish(channel.release(b"film %d" % number))
    monkeypatch.setattr(youtube_publisher, "PAGE", 1)
    again = channel.publish(calls=calls_in(channel.folder / "another"))
    assert again == first


def test_a_busy_service_is_waited_for(channel: Channel) -> None:
    channel.meets(OPEN, Status(503), TooMany())
    channel.meets(PUT, Status(500), None, Status(503), CutBefore(), TooMany())
    channel.meets("thumbnail", Status(503))
    channel.meets("captions", CutAfter(0.0))
    channel.publish()
    assert whole(channel.video)
    assert len(channel.video["captions"]) == 1, "those of the try whose answer was lost"


def test_two_at_once_publish_it_once(channel: Channel) -> None:
    release = channel.release()

    async def both() -> list[Appearance]:
        kits = [
            kit_of(
                "youtube",
                channel.services,
                channel.folder / "private",
                calls_in(channel.folder / "studio"),
                chunk_kib=256,
            )
            for _ in range(2)
        ]
        return list(await asyncio.gather(*(youtube_publisher.provide(kit).publish(release) for kit in kits)))

    first, second = asyncio.run(both())
    assert first == second
    assert whole(channel.video)


def test_a_film_that_was_packed_anew_is_never_mixed_with_the_old_one(channel: Channel) -> None:
    old = channel.release()
    channel.meets(PUT, None, None, *(CutInside(0) for _ in range(40)))
    with pytest.raises(Exhausted, match="the same job is looked at"):
        channel.publish(old)
    channel.services.switches.clear()
    film = FILM[::-1]
    channel.publish(Release(old.video, package_in(channel.folder / "packed", film, edition=old.package.edition)))
    assert whole(channel.video, film)
    assert channel.sent(OPEN) == 2


def test_a_publisher_killed_in_the_middle_goes_on_in_its_session(channel: Channel) -> None:
    channel.services.latency("youtube.put", 0.15)
    (channel.folder / publish_child.PACKAGE).write_text(channel.release().package.model_dump_json())
    with child(channel, 256) as process:
        while channel.sent() < 3:
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    chunks = channel.sent()
    assert on_channel(channel.services) == []
    assert chunks < 5
    channel.publish()
    assert whole(channel.video)
    assert channel.sent(OPEN) == 1
    assert channel.sent() <= 5 + 2, "the state once more, and at most one chunk again"


def test_a_large_film_is_never_in_memory_as_a_whole(channel: Channel) -> None:
    package = package_in(channel.folder / "packed", bytes(32 * 1024 * 1024))
    (channel.folder / publish_child.PACKAGE).write_text(package.model_dump_json())
    with child(channel, 8192) as process:
        said, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    assert int(said.split()[1]) < 16_000


def child(channel: Channel, chunk_kib: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", publish_child.__name__, channel.services.url("youtube"), str(chunk_kib)]
    return subprocess.Popen(
        [*command, str(channel.folder)], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(
    ("header", "count"), [("bytes=0-0", 1), ("bytes=0-262143", 262144), ("0-99", 100), ("", 0), ("bytes=5-9", 0)]
)
def test_a_range_says_how_much_has_arrived(header: str, count: int) -> None:
    assert arrived(header) == count


# --- what YouTube does not take ------------------------------------------------------------------


def test_a_used_up_quota_waits_for_its_day_and_loses_nothing(channel: Channel) -> None:
    channel.meets(OPEN, Refused())
    with pytest.raises(NotYet, match="quotaExceeded") as refused:
        channel.publish()
    until = refused.value.until.astimezone(QUOTA_ZONE)
    assert (until.hour, until.minute) == (0, 0)
    assert refused.value.until > dt.datetime.now(tz=dt.UTC)
    channel.publish()
    assert whole(channel.video)


def test_a_quota_that_runs_out_in_the_middle_keeps_the_session(channel: Channel) -> None:
    channel.meets(PUT, None, None, Refused())
    with pytest.raises(NotYet):
        channel.publish()
    channel.publish()
    assert whole(channel.video)
    assert channel.sent(OPEN) == 1


def test_a_quota_that_runs_out_before_the_captions_uploads_nothing_again(channel: Channel) -> None:
    channel.meets("captions", Refused())
    with pytest.raises(NotYet):
        channel.publish()
    puts = channel.sent()
    channel.publish()
    assert channel.sent() == puts
    assert len(channel.video["captions"]) == 1


def test_a_channel_that_may_not_set_thumbnails_is_told_how_it_may(channel: Channel) -> None:
    channel.meets("thumbnail", Refused())
    with pytest.raises(Permanent, match=r"may not set thumbnails\. Confirm its phone number"):
        channel.publish()
    channel.publish()
    assert whole(channel.video)
    assert channel.sent(OPEN) == 1


def test_a_title_that_youtube_refuses_stops_at_once(channel: Channel) -> None:
    listing = LISTING.model_copy(update={"title": "<b>"})
    with pytest.raises(Permanent, match="invalidTitle"):
        channel.publish(Release("finance-demo", package_in(channel.folder / "packed", FILM, listing)))
    assert channel.sent(OPEN) == 1


@given(st.integers(1_600_000_000, 2_200_000_000))
def test_quotas_return_at_the_next_midnight_of_california(second: int) -> None:
    now = dt.datetime.fromtimestamp(second, tz=dt.UTC)
    until = quota_returns(now)
    there = until.astimezone(QUOTA_ZONE)
    assert there.time() == dt.time()
    assert there.date() == now.astimezone(QUOTA_ZONE).date() + dt.timedelta(days=1)
    assert dt.timedelta() < until - now <= dt.timedelta(hours=25)


def test_the_wide_thumbnail_is_chosen_and_the_first_where_none_is_wide(tmp_path: Path) -> None:
    standing, lying = (_picture(tmp_path / name, size) for name, size in (("a.jpg", (9, 16)), ("b.jpg", (16, 9))))
    assert youtube_publisher.landscape((standing, lying)) == lying
    assert youtube_publisher.landscape((standing,)) == standing


def _picture(path: Path, size: tuple[int, int]) -> Media:
    Image.new("RGB", size).save(path)
    return Media.of(path, "image/jpeg")
