"""The cache of finished segments: found again, never over its limit, never in the way of a running render."""

import os
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


def test_an_empty_cache_has_nothing_to_trim(cache: SegmentCache) -> None:
    assert cache.trim() == 0
