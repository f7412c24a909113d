"""Which assets a run makes, and what it tells of one that failed."""

from vidfactory import runs

KEY = "finance-any"


def test_what_is_missing_waits_for_an_order_that_changed() -> None:
    assert runs.ready(KEY, ["brief", "illustrations"]) == ["brief"], "the screenplay between them may become another"


def test_what_nothing_lies_between_is_made_in_one_run() -> None:
    due = ["screenplay", "illustrations", "backdrop"]
    assert set(runs.ready(KEY, due)) == set(due)


def test_all_that_waits_is_made_once_nothing_before_it_is_due() -> None:
    assert runs.ready(KEY, ["illustrations"]) == ["illustrations"]


def test_a_video_of_which_nothing_is_there_is_made_in_one_run() -> None:
    assert runs.ready(KEY, runs.assets_of(KEY)) == runs.assets_of(KEY)
