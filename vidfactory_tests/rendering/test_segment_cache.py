"""The cache of finished segments: found again, never over its limit, never in the way of a running render."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vidfactory.rendering.segment_cache import SegmentCache


def kept(cache: SegmentCache, folder: Path, name: str, size: int, age_s: int) -> None:
    path = folder / f"new-{name}"
    path.write_bytes(name.encode() * size)
    cache.keep(name, path)
    path.unlink()
    used = (cache.folder / name).stat().st_mtime - age_s
    os.utime(cache.folder / name, (used, used))


@pytest.fixture
def cache(tmp_path: Path) -> SegmentCache:
    return SegmentCache(tmp_path / "cache", limit_bytes=250)


def test_what_was_kept_is_found_under_its_name(cache: SegmentCache, tmp_path: Path) -> None:
    assert not cache.take("a", tmp_path / "mine")
    kept(cache, tmp_path, "a", 100, age_s=0)
    assert cache.take("a", tmp_path / "mine")
    assert (tmp_path / "mine").read_bytes() == b"a" * 100


def test_what_was_used_longest_ago_goes_first(cache: SegmentCache, tmp_path: Path) -> None:
    for name, age_s in (("a", 30), ("b", 20), ("c", 10)):
        kept(cache, tmp_path, name, 100, age_s)
    cache.take("a", tmp_path / "mine")
    assert cache.trim() == 100
    assert sorted(path.name for path in cache.folder.iterdir()) == ["a", "c"]


def test_under_the_limit_nothing_goes(cache: SegmentCache, tmp_path: Path) -> None:
    kept(cache, tmp_path, "a", 250, age_s=9)
    assert cache.trim() == 0


def test_a_render_keeps_what_it_took_when_the_cache_lets_it_go(cache: SegmentCache, tmp_path: Path) -> None:
    kept(cache, tmp_path, "a", 300, age_s=0)
    cache.take("a", tmp_path / "mine")
    assert cache.trim() == 300
    assert (tmp_path / "mine").read_bytes() == b"a" * 300


def test_keeping_what_is_kept_leaves_one_file(cache: SegmentCache, tmp_path: Path) -> None:
    kept(cache, tmp_path, "a", 100, age_s=0)
    cache.take("a", tmp_path / "mine")
    cache.keep("a", tmp_path / "mine")
    assert [path.name for path in cache.folder.iterdir()] == ["a"]


def test_what_is_just_being_put_there_is_left_alone_and_old_litter_goes(cache: SegmentCache, tmp_path: Path) -> None:
    kept(cache, tmp_path, "a", 300, age_s=0)
    for name, age_s in (("new.mp4.1.part", 10), ("old.mp4.2.part", 4000)):
        litter = cache.folder / name
        litter.write_bytes(bytes(10))
        os.utime(litter, (litter.stat().st_mtime - age_s,) * 2)
    cache.trim()
    assert [path.name for path in cache.folder.iterdir()] == ["new.mp4.1.part"]


BUSY = """
import sys
import threading
from pathlib import Path
from vidfactory.rendering.segment_cache import SegmentCache

folder, me = Path(sys.argv[1]), sys.argv[2]
cache = SegmentCache(folder / "cache", 5000)
mine = folder / me
mine.write_bytes(bytes(1000))
for number in range(400):
    cache.keep(f"{number % 12}", mine)
    cache.trim()
"""


def test_renders_that_keep_and_trim_at_once_do_not_hurt_each_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUSY, str(tmp_path)]
    busy = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in ("one", "two")]
    assert [process.communicate()[1] for process in busy] == ["", ""]


def test_without_links_what_was_taken_last_still_goes_last(
    cache: SegmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    for name, age_s in (("a", 30), ("b", 20), ("c", 10)):
        kept(cache, tmp_path, name, 100, age_s)
    cache.take("a", tmp_path / "mine")
    cache.trim()
    assert sorted(path.name for path in cache.folder.iterdir()) == ["a", "c"]


def test_an_empty_cache_has_nothing_to_trim(cache: SegmentCache) -> None:
    assert cache.trim() == 0


HOLDING = """
import sys, time
from pathlib import Path
from vidfactory.rendering.segment_cache import SegmentCache

with SegmentCache(Path(sys.argv[1]), 5000).claimed("a"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_who_waited_for_a_claim_finds_what_was_made_under_it(cache: SegmentCache, tmp_path: Path) -> None:
    found: list[bool] = []

    def waiting() -> None:
        with cache.claimed("a"):
            found.append(cache.take("a", tmp_path / "theirs"))

    other = threading.Thread(target=waiting)
    with cache.claimed("a"):
        other.start()
        other.join(0.2)
        assert not found
        kept(cache, tmp_path, "a", 100, age_s=0)
    other.join()
    assert found == [True]
    assert [path.name for path in cache.folder.iterdir()] == ["a"]


def test_the_claim_of_a_process_that_was_killed_is_free(cache: SegmentCache) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDING, str(cache.folder)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        holder.kill()
    with cache.claimed("a"):
        assert cache.trim() == 0


def test_a_claim_is_no_litter_while_it_is_held(cache: SegmentCache, tmp_path: Path) -> None:
    kept(cache, tmp_path, "b", 300, age_s=0)
    with cache.claimed("a"):
        cache.trim()
        assert [path.name for path in cache.folder.iterdir()] == ["a.claim"]
