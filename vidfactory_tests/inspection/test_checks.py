"""The checks in Dagster: what the report says of the film, and what stops the line."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from vidfactory import staleness
from vidfactory.assets.common import deliver, studio_asset
from vidfactory.assets.inspection import qa_report
from vidfactory.checks import videos as checks
from vidfactory.definitions import defs
from vidfactory.inspection.inspector import MEASUREMENTS
from vidfactory.partitions import videos
from vidfactory.rendering.film import Renderer
from vidfactory.rendering.segment_cache import SegmentCache
from vidfactory.schema.base import Artifact, Credit, Media, Samples, Size
from vidfactory.schema.inspection import Level, Measurement, QaReport
from vidfactory.schema.pictures import Backdrop, Cards, Charts, Illustrations, Picture, Ticker
from vidfactory.schema.release import Package
from vidfactory.schema.screenplay import Beat, Screenplay, Token
from vidfactory.schema.speech import Narration, Timestamps
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory_tests.inspection.films import WORDS, Made, timed_words, video_of
from vidfactory_tests.release.finished import Files, artifacts, packed

KEY = "finance-inspected"
GRAPH = defs.resolve_asset_graph()
HOUSE = Credit(provider="house", model="")
INPUTS = (
    *("screenplay", "timestamps", "production_plan", "narration", "illustrations", "charts", "cards", "ticker"),
    "backdrop",
)


@dg.asset(key="package", deps=["qa_report"], partitions_def=videos)
def packed_next() -> None:
    """What a rejected film must not reach."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        opened.add_dynamic_partitions("videos", [KEY])
        yield opened


def stored(film: Made, store: ArtifactStore) -> None:
    """All that the report is made from."""
    files = {path.stem: Media.of(path, "image/png") for path in film.planned.files.values() if path.suffix == ".png"}
    pictures = {
        name: Picture(name=name, image=media, size=Size(width=1, height=1), alt="") for name, media in files.items()
    }
    sound = next(path for path in film.planned.files.values() if path.suffix == ".flac")
    length = Samples(6 * 48_000)
    made: dict[str, Artifact] = {
        "screenplay": Screenplay(
            video=KEY,
            title="Small",
            headline="Small",
            description="",
            language="en",
            theme="finance",
            beats=(Beat(name="all", tokens=tuple(Token(shown=word, spoken=word) for word in WORDS)),),
        ),
        "timestamps": Timestamps(duration=length, words=timed_words(), pauses=(), aligner="by hand"),
        "production_plan": film.planned.plan,
        "narration": Narration(
            audio=Media.of(sound, "audio/flac"),
            duration=length,
            integrated_lufs=-16,
            voice="noise",
            words=(),
            made_by=HOUSE,
        ),
        "illustrations": Illustrations(
            pictures=tuple(picture for name, picture in pictures.items() if name.startswith("picture")), made_by=HOUSE
        ),
        "charts": Charts(pictures=()),
        "cards": Cards(pictures=()),
        "ticker": Ticker(strip=pictures["ticker"]),
        "backdrop": Backdrop(picture=pictures["backdrop"], made_by=HOUSE),
        "video": video_of(film.path),
    }
    for asset, artifact in made.items():
        store.save(KEY, asset, artifact)


def made_with(store: ArtifactStore, instance: dg.DagsterInstance, assets: list[Any]) -> dg.ExecuteInProcessResult:
    upstream = [dg.AssetSpec(name, partitions_def=videos) for name in INPUTS]
    film = delivering("video", store.load(KEY, "video"))
    resources = {
        "studio": store.studio,
        "renderer": Renderer(SegmentCache(store.studio.render_cache, 0), 2),
        "io_manager": ArtifactIOManager(store),
    }
    return dg.materialize(
        [*upstream, film, *assets], partition_key=KEY, instance=instance, resources=resources, raise_on_error=False
    )


def delivering(name: str, artifact: Artifact) -> dg.AssetsDefinition:
    """An asset that has been made already."""

    @studio_asset(key=name, code_version="1")
    def department() -> dg.Output[Any]:
        return deliver(artifact)

    return department


def told(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}


def report_of(store: ArtifactStore, *levels: Level) -> QaReport:
    """A report of the stored film whose measurements have these levels."""
    film = store.load(KEY, "video")
    found = tuple(
        Measurement(name=name, level=level, said=f"{name} is {level}", figures={"a_figure": 3.5})
        for name, level in zip(MEASUREMENTS, levels, strict=False)
    )
    verdict = "reject" if "issue" in levels else "review" if "warning" in levels else "approve"
    sha256 = next(film.media()).sha256
    return QaReport(video_sha256=sha256, verdict=verdict, measurements=found, evidence=None)


def checked(store: ArtifactStore, instance: dg.DagsterInstance, report: QaReport) -> dg.ExecuteInProcessResult:
    """The checks over a report that is there."""
    return made_with(store, instance, [delivering("qa_report", report), packed_next, checks.inspected])


def test_a_film_is_measured_and_each_check_has_its_figures(
    film: Made, store: ArtifactStore, instance: dg.DagsterInstance
) -> None:
    """The tests' film is good but for its size, for which it is rejected: so nothing is packed, and all is told."""
    stored(film, store)
    result = made_with(store, instance, [qa_report, packed_next, checks.inspected])
    assert not result.success
    report = store.load(KEY, "qa_report")
    assert isinstance(report, QaReport)
    assert report.verdict == "reject"
    assert report.video_sha256 == next(store.load(KEY, "video").media()).sha256
    found = told(result)
    assert set(found) == {*MEASUREMENTS, "fit_to_publish"}
    assert {name for name, each in found.items() if not each.passed} == {"streams", "fit_to_publish"}
    assert found["sync"].metadata["offset_ms"].value == pytest.approx(0, abs=1)
    assert found["words_on_screen"].metadata["words"].value == len(WORDS)
    assert all(each.asset_key == dg.AssetKey("video") for name, each in found.items() if name in MEASUREMENTS)
    assert not any(each.blocking for name, each in found.items() if name in MEASUREMENTS)
    assert "the shorter side has 270 px, the least is 720" in (found["fit_to_publish"].description or "")
    assert not result.asset_materializations_for_node("package")
    (materialized,) = result.asset_materializations_for_node("qa_report")
    assert materialized.metadata["verdict"].value == "reject"
    assert "| issue | streams |" in str(materialized.metadata["measurements"].value)


def test_a_good_film_goes_on(film: Made, store: ArtifactStore, instance: dg.DagsterInstance) -> None:
    stored(film, store)
    result = checked(store, instance, report_of(store, *["good"] * len(MEASUREMENTS)))
    assert result.success
    assert all(each.passed for each in told(result).values())
    assert result.asset_materializations_for_node("package")


def test_a_warning_is_told_as_such_and_stops_nothing(
    film: Made, store: ArtifactStore, instance: dg.DagsterInstance
) -> None:
    stored(film, store)
    result = checked(store, instance, report_of(store, "good", "warning"))
    assert result.success
    found = told(result)
    assert (found["length"].passed, found["length"].severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found["fit_to_publish"].passed
    assert "length: length is warning" in (found["fit_to_publish"].description or "")


def test_a_report_of_another_film_says_nothing_of_this_one(
    film: Made, store: ArtifactStore, instance: dg.DagsterInstance
) -> None:
    stored(film, store)
    other = report_of(store, "good").model_copy(update={"video_sha256": "0" * 64})
    found = told(checked(store, instance, other))
    assert "not measured yet" in (found["streams"].description or "")
    assert found["streams"].severity == dg.AssetCheckSeverity.WARN


def failed(instance: dg.DagsterInstance, asset: str, check: str, *, blocking: bool) -> None:
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(asset),
            check_name=check,
            passed=False,
            metadata={},
            partition=KEY,
            blocking=blocking,
        )
    )


def test_only_what_a_blocking_check_stopped_is_made_again(instance: dg.DagsterInstance) -> None:
    """Else a film with a warning would be rendered for ever."""
    failed(instance, "video", "black", blocking=False)
    assert not staleness.check_failed(instance, GRAPH, "video", KEY)
    failed(instance, "qa_report", "fit_to_publish", blocking=True)
    assert staleness.check_failed(instance, GRAPH, "qa_report", KEY)


def test_the_films_checks_are_looked_at_again_when_its_report_is_made_anew() -> None:
    of_the_film = dg.AssetCheckKey(dg.AssetKey("video"), "sync")
    assert of_the_film in staleness.checks_of(GRAPH, ["qa_report"])
    assert of_the_film not in staleness.checks_of(GRAPH, ["package"])


def disclosed(package: Package, made: dict[str, Artifact]) -> Any:
    parts = (made[name] for name in ("narration", "illustrations", "backdrop", "soundtrack"))
    return checks.disclosure_present(package, *parts)


@pytest.fixture(scope="module")
def by_house(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Artifact], Package]:
    folder = tmp_path_factory.mktemp("house")
    made = artifacts(Files(folder / "files"))
    return made, packed(folder, made)


@pytest.fixture(scope="module")
def by_ai(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Artifact], Package]:
    folder = tmp_path_factory.mktemp("ai")
    made = artifacts(Files(folder / "files"), Credit(provider="elevenlabs", model="eleven_multilingual_v2"))
    return made, packed(folder, made)


def test_what_ai_made_is_disclosed_and_what_it_did_not_make_too(
    by_house: tuple[dict[str, Artifact], Package], by_ai: tuple[dict[str, Artifact], Package]
) -> None:
    for made, package in (by_house, by_ai):
        assert disclosed(package, made).passed
    assert by_ai[1].listing.made_with_ai
    assert not by_house[1].listing.made_with_ai


def test_a_listing_that_keeps_quiet_about_ai_is_seen(by_ai: tuple[dict[str, Artifact], Package]) -> None:
    made, package = by_ai
    unmarked = package.listing.model_copy(update={"made_with_ai": False})
    found = disclosed(package.model_copy(update={"listing": unmarked}), made)
    assert not found.passed
    assert "the listing's mark" in found.description
    unsaid = package.listing.model_copy(update={"description": "What happened in October."})
    found = disclosed(package.model_copy(update={"listing": unsaid}), made)
    assert (found.passed, found.description) == (False, "not disclosed in 'Made with AI' in the description")


def test_a_film_whose_credentials_keep_quiet_about_ai_is_seen(
    by_house: tuple[dict[str, Artifact], Package], by_ai: tuple[dict[str, Artifact], Package]
) -> None:
    made, package = by_ai
    found = disclosed(package.model_copy(update={"video": by_house[1].video}), made)
    assert (found.passed, found.description) == (False, "not disclosed in the film's credentials")
