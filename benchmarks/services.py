"""The reference latencies: a whole video, from its order to its MP4, with services as slow as real ones.

The services are the tests' fakes in a process of their own; everything else is what a person runs,
`vidfactory new --make` and `vidfactory make`, with their start. Belongs here: the runs and what is read back of
them. Does not belong here: sums over moments (`timeline`).
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

import dagster as dg
import httpx

from benchmarks.race import ROOT, run
from benchmarks.report import Figure, Section, at_most
from benchmarks.stored import Reference
from benchmarks.timeline import HEADS, Span, Work, chain, picture, rows, starting_s, starts
from vidfactory import accounts, runs
from vidfactory.definitions import studio_of
from vidfactory.desks.finance.symbols import LISTINGS
from vidfactory.schema.film import Quality
from vidfactory.schema.plan import ProductionPlan
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory_tests.servers.server import KEY
from vidfactory_tests.servers.studio import PATHS, services_environment

VIDEO = "finance-reference"
SECONDS = 120
"""What is ordered; the fakes' voice speaks that script in about the reference's 109.5 s."""
ORDER = ("--query", "GOOG", "--key", VIDEO, "--seconds", str(SECONDS))
FASTEST: Quality = "express"
IMAGES_AT_ONCE, IMAGES = 5, 12
TWEETS_S, SELECTION_S, ANALYSIS_S, SPEECH_S, MUSIC_S, IMAGE_S = 12.5, 4.0, 17.5, 6.5, 6.0, 6.0
LATENCIES = {
    "x.search": TWEETS_S,
    "anthropic.messages:finance.selection": SELECTION_S,
    "anthropic.messages:finance.analysis": ANALYSIS_S,
    "elevenlabs.speech": SPEECH_S,
    "elevenlabs.music": MUSIC_S,
    "google.generate:image": IMAGE_S,
}
WAITS_S = TWEETS_S + SELECTION_S + ANALYSIS_S + ceil(IMAGES / IMAGES_AT_ONCE) * IMAGE_S
"""What no order of the work avoids: each of these needs the one before."""
FIRST_S, AGAIN_S, OVERHEAD_S = 95.0, 10.0, 6.0
ASKING = {
    "x.search": "finance/tweets",
    "finance.selection": "finance/selected_tweet",
    "finance.analysis": "finance/analysis",
    "elevenlabs.speech": "narration",
    "elevenlabs.music": "soundtrack",
}
"""The asset behind a request, by its operation or its topic."""

NOTES = (
    (
        "The film with services: tweets 12.5 s, selection 4 s, analysis 17.5 s, speech 6.5 s, music 6 s, backdrop and "
        "each of 12 illustrations 6 s, five at once. Two more of the reference are no calls here: the prompts of the "
        "pictures (6.5 s) come with the analysis, and word times (4 s) with the speech."
    ),
    (
        "Its clock begins with the command `vidfactory new finance --make` and ends when the film is stored; what "
        "comes after it is not counted. The same "
        "order is then made again with nothing deleted; with every artifact deleted, but not the services' answers and "
        f"the pieces of the film; and with the pieces deleted too. At last it is ordered in a new studio as {FASTEST}."
    ),
    (
        f"No order of the work avoids the services' critical path ({WAITS_S:g} s: tweets, selection, analysis, three "
        "rounds of illustrations) and the rendering, measured alone right after on the same plan with an empty cache. "
        "Dagster's overhead is what lies on the film's path between the end of a step and the first line of the next."
    ),
)


@dataclass(frozen=True)
class Pass:
    """One `vidfactory make`: seconds to the end of the command, the services' requests and bills of it."""

    seconds: float
    requests: int
    billed: Decimal


Say = Callable[[str], None]


def with_services(folder: Path, say: Say) -> tuple[list[Figure], Section]:
    """Make the reference video with slow services, again, its rendering alone, and in a hurry."""
    studio = folder / "studio"
    with _services(folder) as address:
        environment = _environment(studio, address)
        _reckon_prices(address)
        say(f"a video with services, load {os.getloadavg()[0]:.1f}")
        first, works, served = _ordered(studio, address, *ORDER)
        settings = _settings(studio)
        hung_on = chain(works, _needs(), "video")
        film = hung_on[-1]
        say(f"the film is there after {film.ended_s:.1f} s; made again")
        plan, files = _plan(settings)
        Reference(plan, files).save(folder / "film.json")
        again = _made(environment, address)
        say(f"nothing deleted: {again.seconds:.1f} s, ${again.billed}; its rendering alone")
        rendering_s = run("once", folder / "alone", film=str(folder / "film.json"), workers=settings.render_workers)
        ledger = accounts.total(accounts.entries_of(studio_of(settings), VIDEO))
        shutil.rmtree(studio / "videos")
        anew = _made(environment, address)
        say(f"artifacts deleted: {anew.seconds:.1f} s, ${anew.billed}; without the film's pieces too")
        shutil.rmtree(studio / "videos")
        shutil.rmtree(studio / "cache")
        bare = _made(environment, address)
        say(f"only answers kept: {bare.seconds:.1f} s, ${bare.billed}; in another studio, {FASTEST}")
        _, hurried, _ = _ordered(folder / "other studio", address, *ORDER, "--quality", FASTEST)
        fastest = next(work for work in hurried if work.name == "video")
        say(f"the film is there after {fastest.ended_s:.1f} s")
    avoidable_s = film.ended_s - WAITS_S - rendering_s["full"]
    figures = [
        at_most(f"a video with services, from order to film, {plan.quality}, s", film.ended_s, FIRST_S, "{:.1f}"),
        Figure("of that, its rendering alone, s", f"{rendering_s['full']:.1f}"),
        Figure("neither waiting for services nor rendering, s", f"{avoidable_s:.1f}"),
        at_most("Dagster's overhead, s", starting_s(hung_on), OVERHEAD_S, "{:.1f}"),
        at_most("the same video again, nothing deleted, s", again.seconds, AGAIN_S, "{:.1f}"),
        Figure("the same video again, all artifacts deleted, s", f"{anew.seconds:.1f}"),
        Figure("the same video again, only the services' answers kept, s", f"{bare.seconds:.1f}"),
        at_most(f"a video with services, from order to film, {FASTEST}, s", fastest.ended_s, FIRST_S, "{:.1f}"),
        *(
            at_most(f"bills of the second run, {what}, $", float(each.billed), 0.0, "{:.4f}")
            for what, each in (("nothing deleted", again), ("artifacts deleted", anew), ("only answers kept", bare))
        ),
        Figure(
            "the ledger against the services' bills, $",
            f"{ledger.settled}",
            f"{first.billed}",
            ledger.settled == first.billed,
        ),
    ]
    return figures, _section(works, hung_on, first, served, plan)


def _section(
    works: list[Work], hung_on: list[Work], first: Pass, served: list[dict[str, Any]], plan: ProductionPlan
) -> Section:
    most = max(entry["in_flight"] for entry in served if entry["service"] == "google")
    text = (
        f"A film of {plan.video_metadata.duration_seconds:.1f} s from the order to its file in "
        f"{hung_on[-1].ended_s:.1f} s: "
        f"{hung_on[0].began_s:.1f} s of it to the first step. "
        f"{len(served)} requests, at most {most} pictures at once, ${first.billed}. Steps: {starts(works)}; "
        f"{starting_s(hung_on):.1f} s in all on the path that the film hung on "
        f"({' → '.join(work.name for work in hung_on)})."
    )
    return Section(
        "Where the time of a video with services goes", HEADS, rows(works), text, picture(works, works[-1].ended_s)
    )


# --- running -------------------------------------------------------------------------------------


@contextmanager
def _services(folder: Path) -> Iterator[str]:
    """The fake services, as slow as the reference; gives their address."""
    latencies = folder / "latencies.json"
    latencies.write_text(json.dumps(LATENCIES), encoding="utf-8")
    command = [sys.executable, "-m", "vidfactory_tests.servers", "--latencies", str(latencies)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _environment(studio: Path, address: str) -> dict[str, str]:
    """What a person would have set, without anything of this project that is set here."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("VIDFACTORY_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {
        **inherited,
        **services_environment(address, KEY),
        "VIDFACTORY_PROFILE": "cloud",
        "VIDFACTORY_STUDIO": str(studio),
        "VIDFACTORY_LOCAL": str(studio),
        "VIDFACTORY_INBOX": str(studio / "inbox"),
        "VIDFACTORY_SERVICES__google__CONCURRENCY": str(IMAGES_AT_ONCE),
    }


def _settings(studio: Path) -> Settings:
    return Settings(studio=str(studio), local=studio, inbox=studio / "inbox", profile="cloud")


def _vidfactory(environment: Mapping[str, str], *words: str) -> None:
    command = [sys.executable, "-m", "vidfactory", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise AssertionError(f"{' '.join(words)}: {done.stdout}{done.stderr}")


def _ordered(studio: Path, address: str, *words: str) -> tuple[Pass, list[Work], list[dict[str, Any]]]:
    """A video ordered and made in a studio: the command, its steps, and the requests that it sent."""
    unasked, ordered = len(_served(address)), time.time()
    made = _timed(_environment(studio, address), address, "new", "finance", *words, "--make")
    served = _served(address)[unasked:]
    return made, _works(_settings(studio), ordered, served), served


def _made(environment: Mapping[str, str], address: str) -> Pass:
    return _timed(environment, address, "make", VIDEO)


def _timed(environment: Mapping[str, str], address: str, *words: str) -> Pass:
    before, begun = _bill(address), time.perf_counter()
    _vidfactory(environment, *words)
    seconds, after = time.perf_counter() - begun, _bill(address)
    return Pass(seconds, after[0] - before[0], after[1] - before[1])


def _bill(address: str) -> tuple[int, Decimal]:
    """Requests so far, and what was billed for them."""
    spent = httpx.get(f"{address}/control/spent").json()["spent"]
    return len(_served(address)), Decimal(spent)


def _served(address: str) -> list[dict[str, Any]]:
    return list(httpx.get(f"{address}/control/served").json())


def _reckon_prices(address: str) -> None:
    """Have the fake market make up its histories, which takes it seconds, before anybody waits for them."""
    for listing in LISTINGS:
        httpx.get(f"{address}{PATHS['yfinance']}/v8/finance/chart/{listing.symbol}", params={"range": "1y"}, timeout=60)


# --- what is read back ---------------------------------------------------------------------------


def _plan(settings: Settings) -> tuple[ProductionPlan, dict[str, Path]]:
    """The plan of the video and all files that it names, by their SHA-256."""
    store = ArtifactStore(studio_of(settings))
    plan = store.load(VIDEO, "production_plan")
    assert isinstance(plan, ProductionPlan)
    made = [store.load(VIDEO, name) for name in _needs()["video"]]
    return plan, {media.sha256: Path(media.path) for artifact in made for media in artifact.media()}


def _needs() -> dict[str, set[str]]:
    """What each step is made from; where an asset is checked, what comes after it waits for the check."""
    graph = runs.defs.resolve_asset_graph()
    checks = {_name(key.asset_key): f"{_name(key.asset_key)}_{key.name}" for key in graph.asset_check_keys}
    needs = {check: {asset} for asset, check in checks.items()}
    for key in graph.get_all_asset_keys():
        parents = {_name(parent) for parent in graph.get(key).parent_keys}
        needs[_name(key)] = parents | {checks[parent] for parent in parents if parent in checks}
    return needs


def _name(key: dg.AssetKey) -> str:
    return "/".join(key.path)


def _works(settings: Settings, ordered: float, served: list[dict[str, Any]]) -> list[Work]:
    """The steps of the newest runs in the order in which they began, from Dagster's own log."""
    moments: dict[str, dict[dg.DagsterEventType, float]] = {}
    with runs.open_instance(settings) as instance:
        for made in instance.get_runs():
            for record in instance.all_logs(made.run_id):
                event = record.dagster_event
                if event is not None and event.step_key:
                    moments.setdefault(event.step_key.replace("__", "/"), {})[event.event_type] = (
                        record.timestamp - ordered
                    )
    needs, waits = _needs(), _waits(served, ordered)
    kind = dg.DagsterEventType
    works = []
    for name, at in moments.items():
        launched = at[kind.STEP_WORKER_STARTING]
        before = [moments[parent][kind.STEP_SUCCESS] for parent in needs.get(name, ()) if parent in moments]
        ready = max(before, default=launched)
        works.append(
            Work(name, ready, launched, at[kind.STEP_START], at[kind.STEP_SUCCESS], tuple(waits.get(name, ())))
        )
    return sorted(works, key=lambda work: work.began_s)


def _waits(served: list[dict[str, Any]], ordered: float) -> dict[str, list[Span]]:
    """When each asset had a request under way. The services' clock is monotonic, one for all processes."""
    shift = time.time() - time.monotonic() - ordered
    waits: dict[str, list[Span]] = {}
    for entry in served:
        if name := _asking(entry):
            waits.setdefault(name, []).append((entry["began_s"] + shift, entry["ended_s"] + shift))
    return waits


def _asking(entry: dict[str, Any]) -> str:
    """The asset that sent a request; empty for those without a latency, which are taken for its own work."""
    if entry["service"] == "google":
        return (
            "backdrop"
            if entry["content"]["generationConfig"]["imageConfig"]["aspectRatio"] == "9:16"
            else "illustrations"
        )
    return ASKING.get(f"{entry['service']}.{entry['operation']}") or ASKING.get(entry["topic"], "")
