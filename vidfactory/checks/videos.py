"""Asset checks: what would embarrass a channel is measured and stops the line."""

from collections.abc import Iterator, Mapping

import dagster as dg

from vidfactory.desks.finance.claims import find_claims, unsupported_numbers
from vidfactory.errors import MissingArtifact
from vidfactory.inspection.inspector import MEASUREMENTS, reasons
from vidfactory.partitions import videos
from vidfactory.planning.reading import reading_of
from vidfactory.release.credentials import SOURCE_TYPES, read_credentials
from vidfactory.release.makers import MADE_WITH_AI, WITHOUT_AI, origin_of, parts_of
from vidfactory.rendering.audio import decode
from vidfactory.schema.base import Artifact, samples_to_seconds
from vidfactory.schema.finance import MarketData, SelectedTweet
from vidfactory.schema.inspection import Level, QaReport
from vidfactory.schema.pictures import Backdrop, Illustrations, Soundtrack
from vidfactory.schema.release import Package
from vidfactory.schema.screenplay import Draft
from vidfactory.schema.speech import RECORDED, Narration, Timestamps
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio


@dg.asset_check(
    asset=["finance", "draft"],
    additional_ins={
        "selected_tweet": dg.AssetIn(key=["finance", "selected_tweet"]),
        "market_data": dg.AssetIn(key=["finance", "market_data"]),
    },
    partitions_def=videos,
    blocking=True,
    description="Every number that is spoken is in the post or in the market data",
)
def numbers_have_sources(draft: Draft, selected_tweet: SelectedTweet, market_data: MarketData) -> dg.AssetCheckResult:
    """Fails with each number that neither the post nor the market data holds."""
    text = " ".join(beat.text for beat in draft.beats)
    unsupported = unsupported_numbers(text, selected_tweet.tweet, market_data)
    return dg.AssetCheckResult(
        passed=not unsupported,
        metadata={"numbers": len(find_claims(text)), "unsupported": ", ".join(claim.text for claim in unsupported)},
    )


@dg.asset_check(
    asset="timestamps",
    additional_ins={"narration": dg.AssetIn()},
    partitions_def=videos,
    blocking=True,
    description="The narration is a reading of the script",
)
def words_are_heard(
    context: dg.AssetCheckExecutionContext, timestamps: Timestamps, narration: Narration
) -> dg.AssetCheckResult:
    """Fails where an aligner's findings say that the narration is silent, another text, or not just the script.

    A heuristic (`planning.reading`). A narrator that knows its own times has spoken the script.
    """
    if timestamps.score is None:
        return dg.AssetCheckResult(passed=True, description=f"the times are {timestamps.aligner}")
    reading = reading_of(timestamps, timestamps.score, decode(narration.audio.path))
    key = context.partition_key
    remedy = (
        f"Read what `vidfactory show {key}` shows, then: vidfactory make {key} --narration FILE"
        if narration.made_by == RECORDED
        else f"Make it again: vidfactory make {key} --from narration"
    )
    return dg.AssetCheckResult(
        passed=not reading.faults,
        description=f"{'; '.join(reading.faults)}. {remedy}" if reading.faults else "it is a reading of the script",
        metadata={
            "words": reading.words,
            "words_heard": reading.heard,
            "score": reading.score,
            "sound_explained": reading.explained,
            "letters_a_second": reading.letters_a_second,
            "duration_s": samples_to_seconds(timestamps.duration),
        },
    )


SEVERITIES: Mapping[Level, dg.AssetCheckSeverity] = {
    "good": dg.AssetCheckSeverity.ERROR,
    "warning": dg.AssetCheckSeverity.WARN,
    "issue": dg.AssetCheckSeverity.ERROR,
}
INSPECTED = [
    *(
        dg.AssetCheckSpec(name, asset="video", additional_deps=["qa_report"], description=wanted, partitions_def=videos)
        for name, wanted in MEASUREMENTS.items()
    ),
    dg.AssetCheckSpec(
        "fit_to_publish",
        asset="qa_report",
        blocking=True,
        description="The inspector does not reject the film; else it is neither packed nor published",
        partitions_def=videos,
    ),
]


@dg.multi_asset_check(specs=INSPECTED, can_subset=True)
def inspected(
    context: dg.AssetCheckExecutionContext, studio: dg.ResourceParam[Studio]
) -> Iterator[dg.AssetCheckResult]:
    """What the newest `qa_report` found, one check of `video` a measurement, and what follows.

    Together, because those of the film must be told also where the last one stops the line. They stop nothing
    themselves, so that the report is made. It is read where it lies: a run that makes the film alone has none yet.
    """
    store, key = ArtifactStore(studio), context.partition_key
    wanted = {check.name for check in context.selected_asset_check_keys}
    report = _report(store, key)
    for result in (*_measured(store.load(key, "video"), report), _fit_to_publish(report)):
        if result.check_name in wanted:
            yield result


@dg.asset_check(
    asset="package",
    additional_ins={name: dg.AssetIn() for name in ("narration", "illustrations", "backdrop", "soundtrack")},
    partitions_def=videos,
    blocking=True,
    description="Viewers, the platform and the file's own credentials are told whether it was made with AI",
)
def disclosure_present(
    package: Package, narration: Narration, illustrations: Illustrations, backdrop: Backdrop, soundtrack: Soundtrack
) -> dg.AssetCheckResult:
    """Fails where the listing's mark, its description or the signed film says too little."""
    listing = package.listing
    made_with_ai = listing.made_with_ai or origin_of(parts_of((narration, illustrations, backdrop, soundtrack))) == "ai"
    told = MADE_WITH_AI if made_with_ai else WITHOUT_AI
    signed = read_credentials(package.video.path).source_type
    lacking = {
        "the listing's mark": listing.made_with_ai == made_with_ai,
        f"{told!r} in the description": told in listing.description,
        "the film's credentials": (signed == SOURCE_TYPES["ai"]) == made_with_ai,
    }
    missing = [where for where, is_there in lacking.items() if not is_there]
    return dg.AssetCheckResult(
        passed=not missing,
        description=f"not disclosed in {', '.join(missing)}" if missing else "disclosed",
        metadata={"made_with_ai": made_with_ai, "source_type": signed},
    )


def _measured(film: Artifact, report: QaReport | None) -> list[dg.AssetCheckResult]:
    if report is None or report.video_sha256 not in {media.sha256 for media in film.media()}:
        said = "This film was not measured yet: make qa_report"
        return [_of_film(name, dg.AssetCheckSeverity.WARN, said) for name in MEASUREMENTS]
    return [
        _of_film(each.name, SEVERITIES[each.level], each.said, each.figures, passed=each.level == "good")
        for each in report.measurements
    ]


def _of_film(
    name: str,
    severity: dg.AssetCheckSeverity,
    said: str,
    figures: Mapping[str, float | str] | None = None,
    *,
    passed: bool = False,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=passed,
        asset_key="video",
        check_name=name,
        severity=severity,
        description=said,
        metadata=dict(figures or {}),
    )


def _fit_to_publish(report: QaReport | None) -> dg.AssetCheckResult:
    """Fails with everything that speaks against the film, and the picture that shows it."""
    verdict = report.verdict if report else "reject"
    found = "; ".join(reasons(report)) if report else "there is no report"
    shown = f". See {report.evidence.path}" if report and report.evidence else ""
    return dg.AssetCheckResult(
        passed=verdict != "reject",
        asset_key="qa_report",
        check_name="fit_to_publish",
        description=f"the inspector says {verdict}: {found or 'all is good'}{shown}",
        metadata={"verdict": verdict},
    )


def _report(store: ArtifactStore, key: str) -> QaReport | None:
    try:
        report = store.load(key, "qa_report")
    except MissingArtifact:
        return None
    assert isinstance(report, QaReport)
    return report
