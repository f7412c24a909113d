"""What every publisher keeps to."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from vidfactory.ports import Publisher
from vidfactory.schema.release import Appearance
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.publishers import (
    KEY,
    PUBLISHERS,
    kit_of,
    log_in,
    on_channel,
    package_in,
    release_in,
    sha256,
)
from vidfactory_tests.servers import FakeServices

every_publisher = pytest.mark.parametrize("name", PUBLISHERS)
Publish = Callable[[str, bytes], Appearance]


@pytest.fixture
def publish(services: FakeServices, tmp_path: Path) -> Publish:
    """Publishes a film of these bytes as the same video, by a publisher that remembers nothing."""
    log_in(tmp_path / "private", services)

    def published(name: str, film: bytes) -> Appearance:
        publisher: Publisher = PUBLISHERS[name].provide(kit_of(name, services, tmp_path / "private", Direct()))
        return asyncio.run(publisher.publish(release_in(tmp_path / "packed", film)))

    return published


def films_at(name: str, services: FakeServices, folder: Path) -> list[str]:
    """Hashes of the films that can be seen there."""
    if name == "youtube":
        return [video["sha256"] for video in on_channel(services)]
    return [sha256(path.read_bytes()) for path in folder.rglob("video.mp4")]


@every_publisher
def test_the_film_is_there_byte_by_byte(name: str, publish: Publish, services: FakeServices, tmp_path: Path) -> None:
    film = bytes(range(256)) * 4321
    appearance = publish(name, film)
    assert appearance.publisher == name
    assert appearance.address
    assert films_at(name, services, tmp_path / "private") == [sha256(film)]


@every_publisher
def test_the_same_edition_again_is_found_and_never_doubled(
    name: str, publish: Publish, services: FakeServices, tmp_path: Path
) -> None:
    first, again = publish(name, b"film"), publish(name, b"film")
    assert first == again
    assert films_at(name, services, tmp_path / "private") == [sha256(b"film")]


@every_publisher
def test_another_edition_is_there_as_it_is(name: str, publish: Publish, services: FakeServices, tmp_path: Path) -> None:
    publish(name, b"film")
    publish(name, b"another")
    assert sha256(b"another") in films_at(name, services, tmp_path / "private")


@every_publisher
def test_what_is_published_stays_where_it_was(name: str, services: FakeServices, tmp_path: Path) -> None:
    log_in(tmp_path / "private", services)
    package = package_in(tmp_path / "packed")
    before = {path: path.read_bytes() for path in (tmp_path / "packed").iterdir()}
    publisher = PUBLISHERS[name].provide(kit_of(name, services, tmp_path / "private"))
    asyncio.run(publisher.publish(release_in(tmp_path / "packed")))
    assert {path: path.read_bytes() for path in (tmp_path / "packed").iterdir()} == before
    assert package.video.path.exists()


def test_the_library_keeps_one_folder_a_video(publish: Publish, tmp_path: Path) -> None:
    assert publish("library", b"film").address == str(tmp_path / "private" / KEY)
    publish("library", b"another")
    assert [path.name for path in (tmp_path / "private").iterdir() if path.is_dir()] == [KEY]
