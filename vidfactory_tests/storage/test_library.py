"""What is published from any worker lies where all find it."""

import uuid
from dataclasses import replace
from pathlib import Path

from upath import UPath

from vidfactory.schema.release import Appearance
from vidfactory.storage import objects
from vidfactory.storage.library import kept_for_all
from vidfactory.storage.studio import Studio

KEY = "finance-a"


def laid_out(studio: Studio, **texts: str) -> Appearance:
    """A folder as the library's publisher leaves it; `__` stands for a folder in between, `_` for a dot."""
    folder = studio.library / KEY
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Appearance(publisher="library", address=str(folder.resolve()))


def there(folder: UPath) -> dict[str, bytes | None]:
    found = {name: objects.get(folder / name) for name in objects.sizes(folder)}
    return found | {f"thumbnails/{name}": b"" for name in objects.names(folder / "thumbnails")}


def test_a_later_edition_takes_the_place_of_the_one_before_it_from_whichever_machine(tmp_path: Path) -> None:
    first = Studio(root=UPath(f"memory://library/{uuid.uuid4().hex}"), local=tmp_path / "here", inbox=tmp_path)
    second = replace(first, local=tmp_path / "there")
    seen = kept_for_all(first, KEY, laid_out(first, video_mp4="1", manifest_json="1", thumbnails__a_jpg="", old_txt=""))
    shelf = first.root / "library" / KEY
    assert seen.address == str(shelf)
    assert set(there(shelf)) == {"video.mp4", "manifest.json", "old.txt", "thumbnails/a.jpg"}
    kept_for_all(second, KEY, laid_out(second, video_mp4="2", manifest_json="2", thumbnails__b_jpg=""))
    assert there(shelf) == {"video.mp4": b"2", "manifest.json": b"2", "thumbnails/b.jpg": b""}
    assert not (second.library / KEY).exists(), "nothing is left on the machine"


def test_what_lies_elsewhere_stays_as_it_is(studio: Studio, tmp_path: Path) -> None:
    here = laid_out(studio, video_mp4="1")
    assert kept_for_all(studio, KEY, here) == here
    away = Studio(root=UPath("memory://library/x"), local=tmp_path, inbox=tmp_path)
    shown = Appearance(publisher="youtube", address="https://youtu.be/x", id="x")
    assert kept_for_all(away, KEY, shown) == shown
