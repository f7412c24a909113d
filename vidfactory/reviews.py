"""Who must approve a video before it is published, and what people decided.

Belongs here: the rule, the decisions and their order. Does not belong here: what is measured (`inspection`), how a
person is asked (`commands_release`, `screening`), and publishing.

A decision is about one edition of a video (`Package.edition`): a changed film, thumbnail, subtitle or listing is
another one, which nobody has seen yet. Decisions are numbered files, `decisions/<video>/<edition>/<number>.json`,
each written once and never altered; the highest number counts, whatever the clocks said. Who decides says how many
decisions they have seen, so that nobody overrules another unknowingly.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError
from upath import UPath

from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.schema.brief import Brief, check_video_key
from vidfactory.schema.crew import Wishes
from vidfactory.schema.inspection import Level, QaReport
from vidfactory.schema.release import Decision, Package, Publication
from vidfactory.schema.release import Review as Policy
from vidfactory.settings import Settings
from vidfactory.storage import objects
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.claims import claim
from vidfactory.storage.studio import Studio
from vidfactory.storage.threads import to_its_end

State = Literal["not_needed", "waiting", "approved", "rejected"]
LONGEST_NAME = 100
LONGEST_REASON = 2000
SUFFIX = ".json"
AGAIN = "Look at it again; who still wants to decide otherwise does so then (on the command line with --change)"


@dataclass(frozen=True)
class Review:
    """Whether an edition may be published, why, and what was decided about it, oldest first."""

    state: State
    why: str
    history: tuple[Decision, ...] = ()

    @property
    def decision(self) -> Decision | None:
        """The decision that counts."""
        return self.history[-1] if self.history else None

    @property
    def may_be_published(self) -> bool:
        return self.state in {"not_needed", "approved"}


@dataclass(frozen=True)
class Candidate:
    """A packed video: what would be published, what the inspector said of it, and what is published already."""

    video: str
    package: Package
    report: QaReport
    wishes: Wishes
    publication: Publication | None

    @property
    def is_published(self) -> bool:
        """Whether this very edition is."""
        return self.publication is not None and self.publication.edition == self.package.edition

    @property
    def stands_at(self) -> tuple[str, ...]:
        """Where a platform shows another edition, beside which this one would be a video of its own."""
        if self.publication is None or self.is_published:
            return ()
        return tuple(each.address for each in self.publication.appearances if each.id)


@dataclass(frozen=True)
class Ruling:
    """What a person says about an edition.

    reason: needed to reject. seen: how many decisions about this edition they know of. edition: the one that they
    looked at; empty for the one that is packed now.
    """

    approved: bool
    by: str
    reason: str = ""
    seen: int = 0
    edition: str = ""


def review_of(studio: Studio, settings: Settings, found: Candidate) -> Review:
    """Whether a package may be published: first what the inspector forbids, then what a person said, then the rule.

    A person's no holds also where nobody had to be asked. What would stand beside another edition on a platform is a
    doubt as well. DamagedArtifact where a decision cannot be read.
    """
    package, report = found.package, found.report
    history = decisions(studio, found.video, package.edition)
    if not is_measured(package, report):
        return Review("waiting", "its film was made anew since it was packed, and is not packed yet", history)
    if report.verdict == "reject":
        return Review("rejected", f"the inspector rejects it: {said(report, 'issue')}", history)
    if history:
        return Review("approved" if history[-1].approved else "rejected", told(history[-1]), history)
    return _by_rule(settings.review_of(found.wishes), found)


def _by_rule(policy: Policy, found: Candidate) -> Review:
    """Whether a package that nobody decided about may be published."""
    report = found.report
    if policy == "always":
        return Review("waiting", "every video of this channel waits for a person")
    if policy == "doubtful" and found.stands_at:
        return Review("waiting", f"another edition of it is seen already, and stays: {', '.join(found.stands_at)}")
    if report.verdict == "review":
        doubts = said(report, "warning")
        return Review("waiting" if policy == "doubtful" else "not_needed", f"the inspector is in doubt: {doubts}")
    return Review("not_needed", "the inspector approves it")


def is_measured(package: Package, report: QaReport) -> bool:
    """Whether a report is of the film that is packed: what it says of a later one is no leave for this one."""
    return report.video_sha256 == package.film_sha256


def candidate(store: ArtifactStore, key: str) -> Candidate | None:
    """The video as it is packed now; None where it is not, or where another film was measured since.

    DamagedArtifact where a part cannot be read.
    """
    package, report, brief = (store.read(key, asset) for asset in ("package", "qa_report", "brief"))
    if not isinstance(package, Package) or not isinstance(report, QaReport) or not isinstance(brief, Brief):
        return None
    if not is_measured(package, report):
        return None
    return Candidate(key, package, report, brief.wishes, publication_of(store, key))


def publication_of(store: ArtifactStore, key: str) -> Publication | None:
    """Where the video was published last; None where it was not. DamagedArtifact where that cannot be read."""
    found = store.read(key, "publication")
    return found if isinstance(found, Publication) else None


def videos(studio: Studio) -> list[str]:
    """The videos of which anything is kept, sorted."""
    return [name for name in objects.names(studio.videos) if _is_key(name)]


def decisions(studio: Studio, key: str, edition: str) -> tuple[Decision, ...]:
    """What was decided about an edition, oldest first; DamagedArtifact where that cannot be read."""
    folder = _folder(studio, key, edition)
    return tuple(_read(folder / name) for name in objects.names(folder) if _is_decision(name))


def editions(studio: Studio, key: str) -> list[str]:
    """The editions of a video about which something was decided."""
    return objects.names(studio.decisions / check_video_key(key))


async def decide(store: ArtifactStore, key: str, ruling: Ruling, at: dt.datetime) -> Decision:
    """Keep what a person says about the packed video; `at` is for people, the order of decisions is counted.

    BadInput, and nothing is kept: a rejection without a reason, nobody's name, an edition that is packed no more or
    is published already, one that the inspector rejects, and where somebody else has decided meanwhile.
    """
    by, reason = _line(ruling.by, LONGEST_NAME, "--by"), _line(ruling.reason, LONGEST_REASON, "--reason")
    if not by:
        raise BadInput("nobody is named who decides", where=key, remedy="Say who decides")
    if not ruling.approved and not reason:
        raise BadInput("a rejection needs a reason", where=key, remedy="Say what is wrong with it")
    found = _open_candidate(store, key, ruling)
    edition = found.package.edition
    folder = _folder(store.studio, key, edition)
    async with claim(folder):
        before = decisions(store.studio, key, edition)
        _refuse_if_decided(key, ruling, before)
        made = Decision(edition=edition, approved=ruling.approved, reason=reason, by=by, at=at)
        target = folder / f"{len(before) + 1:04d}{SUFFIX}"
        await to_its_end(objects.put, target, made.model_dump_json(indent=1).encode())
    return made


def _open_candidate(store: ArtifactStore, key: str, ruling: Ruling) -> Candidate:
    """The packed video, if it can be decided about as `ruling` does."""
    found = candidate(store, key)
    if found is None:
        raise BadInput("there is nothing to decide yet", where=key, remedy=f"Make it: vidfactory make {key}")
    if ruling.edition and ruling.edition != found.package.edition:
        raise BadInput("it was made anew since you looked at it", where=key, remedy="Look at it again")
    if found.is_published and found.publication is not None:
        places = ", ".join(each.address for each in found.publication.appearances)
        raise BadInput("it is published already", where=key, remedy=f"Take it down where it is: {places}")
    if ruling.approved and found.report.verdict == "reject":
        raise BadInput(
            f"the inspector rejects it: {said(found.report, 'issue')}",
            where=key,
            remedy=f"Mend it and make it again: vidfactory make {key}",
        )
    return found


def _refuse_if_decided(key: str, ruling: Ruling, before: tuple[Decision, ...]) -> None:
    if not before:
        return
    if len(before) != ruling.seen:
        raise BadInput(f"it was decided already: {told(before[-1])}", where=key, remedy=AGAIN)
    if before[-1].approved == ruling.approved:
        raise BadInput(f"it is so already: {told(before[-1])}", where=key, remedy="Nothing was changed")


def told(decision: Decision) -> str:
    """Who decided what and when, in UTC."""
    what = "approved" if decision.approved else "rejected"
    why = f": {decision.reason}" if decision.reason else ""
    return f"{what} by {decision.by} on {decision.at.astimezone(dt.UTC):%Y-%m-%d at %H:%M} UTC{why}"


def said(report: QaReport, level: Level) -> str:
    """What the inspector found at a level, in its own words."""
    found = [f"{each.name.replace('_', ' ')} ({each.said})" for each in report.measurements if each.level == level]
    return "; ".join(found) or f"no {level} is named"


def _line(text: str, longest: int, where: str) -> str:
    """`text` on one line without what would steer a terminal; BadInput if it is too long to be a person's note."""
    line = "".join(char for char in " ".join(text.split()) if char.isprintable())
    if len(line) > longest:
        raise BadInput(f"it has {len(line)} characters", where=where, remedy=f"At most {longest} fit")
    return line


def _folder(studio: Studio, key: str, edition: str) -> UPath:
    return studio.decisions / check_video_key(key) / edition


def _is_key(name: str) -> bool:
    try:
        check_video_key(name)
    except ValueError:
        return False
    return True


def _is_decision(name: str) -> bool:
    return name.endswith(SUFFIX) and not name.startswith(".")


def _read(path: UPath) -> Decision:
    content = objects.get(path)
    try:
        return Decision.model_validate_json(content or b"")
    except ValidationError as error:
        raise DamagedArtifact(
            f"a decision cannot be read: {error.error_count()} wrong fields",
            where=str(path),
            remedy="Remove the file and decide again",
        ) from error
