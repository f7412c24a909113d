"""One order a key, on stores that write only what is not there and on those that look first and write later."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vidfactory.storage import objects
from vidfactory.storage.order_book import OrderBook
from vidfactory.storage.studio import Studio
from vidfactory_tests.servers.object_store import BUCKET, ObjectStore

KEY = "finance-a"


@pytest.mark.parametrize("checks_ahead", [False, True])
def test_of_many_that_place_one_key_at_once_one_wins(s3: ObjectStore, tmp_path: Path, *, checks_ahead: bool) -> None:
    s3.checks_ahead = checks_ahead
    root = objects.opened(f"s3://{BUCKET}/studio", s3.environment)
    book = OrderBook(Studio(root=root, local=tmp_path, inbox=tmp_path))

    def won(number: int) -> bool:
        try:
            book.write_new(KEY, str(number).encode())
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(won, range(4)))
    assert results.count(True) == 1
    assert book.content(KEY) == str(results.index(True)).encode()
    assert objects.names(root / "briefs" / KEY) == [], "no claim is left"
