"""`vidfactory export`: a package as a folder, and not where it must not be published."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from vidfactory import terminal
from vidfactory.cli import app
from vidfactory.definitions import studio_of
from vidfactory.release.layout import edition_in
from vidfactory.schema.base import Artifact
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.release import Package
from vidfactory.settings import read_settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory_tests.release.finished import KEY


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    """Artifacts of the studio that the command works on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDFACTORY_STUDIO", str(tmp_path / "studio"))
    monkeypatch.setenv("VIDFACTORY_LOCAL", str(tmp_path / "studio"))
    return ArtifactStore(studio_of(read_settings()))


@pytest.fixture
def packaged(store: ArtifactStore, package: Package, made: dict[str, Artifact]) -> ArtifactStore:
    """The store with a package in it that the inspector approves of."""
    brief = FinanceBrief(video=KEY, title=None, seconds=60, posts=None, prices=None, symbol=None)
    for asset, artifact in (("package", package), ("qa_report", made["qa_report"]), ("brief", brief)):
        store.save(KEY, asset, artifact)
    return store


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    """The exit code and all that is printed, in one line."""
    monkeypatch.setattr(terminal.out, "_width", 300, raising=False)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, " ".join(result.output.split())


def test_a_package_is_written_to_the_library(
    packaged: ArtifactStore, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = run(monkeypatch, "export", KEY)
    folder = packaged.studio.library / KEY
    assert code == 0, said
    assert str(folder) in said
    assert edition_in(folder) == package.edition
    assert (folder / "video.mp4").read_bytes() == package.video.path.read_bytes()


def test_a_package_is_written_to_any_folder(
    packaged: ArtifactStore, package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, "export", KEY, "away/with it")[0] == 0
    assert edition_in(tmp_path / "away" / "with it") == package.edition
    assert not packaged.studio.library.exists()


def test_what_waits_for_a_person_does_not_go_to_the_library(
    packaged: ArtifactStore, package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDFACTORY_REVIEW", "always")
    code, said = run(monkeypatch, "export", KEY)
    assert code == 2
    assert "waits for a person" in said
    assert not packaged.studio.library.exists()
    assert run(monkeypatch, "export", KEY, str(tmp_path / "look"))[0] == 0
    assert edition_in(tmp_path / "look") == package.edition


def test_what_nobody_has_inspected_does_not_go_to_the_library(
    packaged: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (packaged.studio.artifact_folder(KEY, "qa_report") / "artifact.json").unlink()
    code, said = run(monkeypatch, "export", KEY)
    assert code == 2
    assert f"not inspected as it is packed. Make it: vidfactory make {KEY}" in said
    assert not packaged.studio.library.exists()


def test_what_is_not_packaged_yet_says_how_to_make_it(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run(monkeypatch, "export", KEY)
    assert code == 2
    assert f"not packaged yet. Make it: vidfactory make {KEY}" in said


@pytest.mark.parametrize("key", ["../etc", "finance-../x", "UPPER-case"])
def test_a_key_that_would_leave_its_folder_is_refused(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    code, said = run(monkeypatch, "export", key)
    assert code == 2
    assert "no video key" in said
