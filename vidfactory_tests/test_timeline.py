"""Where the time of a benchmark's video went: sums over moments must add up."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.timeline import OWN, PREPARING, WAITING, WIDTH, Work, chain, joined, picture, starting_s, starts

spans = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda two: (float(min(two)), float(max(two)))), max_size=8
)


def work(name: str, ready: float, began: float, ended: float, *waits: tuple[float, float]) -> Work:
    return Work(name, ready, ready + 0.1, began, ended, waits)


ASKED = work("asked", 0, 1, 10, (2, 6), (4, 8))
DRAWN = work("drawn", 1, 2, 4)
FILM = work("film", 10, 11, 20)
NEEDS = {"asked": set[str](), "drawn": set[str](), "film": {"asked", "drawn", "unknown"}}


@given(spans)
def test_joined_spans_cover_the_same_moments_once(given_spans: list[tuple[float, float]]) -> None:
    found = joined(given_spans)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    for moment in (second + 0.5 for second in range(50)):
        assert any(a < moment < b for a, b in given_spans) == any(a < moment < b for a, b in found)


def test_calls_side_by_side_are_waited_for_once() -> None:
    assert ASKED.waiting_s == 6
    assert ASKED.own_s == 3
    assert ASKED.start_s == 1


def test_the_film_hangs_on_what_ended_latest_before_it() -> None:
    path = chain([ASKED, DRAWN, FILM], NEEDS, "film")
    assert [each.name for each in path] == ["asked", "film"]
    assert starting_s(path) == FILM.start_s > 0


def test_the_picture_has_a_line_a_step_in_which_each_moment_has_its_sign() -> None:
    scale, asked, drawn, film, legend = picture([ASKED, DRAWN, FILM], 20.0).splitlines()
    assert scale.split() == ["0", "s", "10", "s"]
    assert asked.startswith("asked  " + PREPARING)
    assert asked.count(WAITING) == pytest.approx(0.3 * WIDTH, abs=2)
    assert drawn.count(OWN) == pytest.approx(0.1 * WIDTH, abs=2)
    assert film.endswith(OWN)
    assert WAITING in legend


@pytest.mark.parametrize("whole_s", [1.0, 95.0, 400.0, 5000.0])
def test_the_scale_never_writes_over_its_own_marks(whole_s: float) -> None:
    scale = picture([ASKED], whole_s).splitlines()[0]
    marks = [int(mark) for mark in scale.split() if mark.isdigit()]
    assert marks == sorted(set(marks))
    assert len(scale) <= WIDTH + len("asked  ")


def test_what_a_step_costs_to_start_is_said_in_words() -> None:
    assert starts([ASKED, DRAWN, FILM]).startswith("median 1.00 s from the last thing that a step needs")
