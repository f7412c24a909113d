"""Commands of upkeep: backfill, clean, restore, retired.

Belongs here: asking and showing, and carrying a backfill out where no daemon does. Does not belong here: what is due
and what it costs (`backfills`), and what goes (`cleaning`, `retention`).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from rich.table import Column, Table

from vidfactory import backfills, runs
from vidfactory.backfills import BackfillBook, Bench, Choice, Driver, within_budgets
from vidfactory.cleaning import Cleaner, Sweep
from vidfactory.cleaning import restore as bring_back
from vidfactory.definitions import defs, studio_of
from vidfactory.errors import BadInput
from vidfactory.jobs import run_tags
from vidfactory.orders import checked_key
from vidfactory.progress import run_with_progress
from vidfactory.retention import retired as all_retired
from vidfactory.retention import tombstone
from vidfactory.schema.upkeep import Backfill, BackfillVideo
from vidfactory.settings import read_settings
from vidfactory.terminal import escaped, out, plain_errors

INTERRUPTED = 130
SHOWN_ASSETS = 4
Key = Annotated[str, typer.Argument(help="The video, for example finance-demo", metavar="KEY")]


def backfill(  # noqa: PLR0913, PLR0917 - one for each option
    keys: Annotated[
        list[str] | None, typer.Argument(help="Videos; without them all. With --status: a backfill", metavar="[KEY]...")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only videos of this channel")] = None,
    video_format: Annotated[str | None, typer.Option("--format", help="Only videos of this format")] = None,
    since: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only those published (or else ordered) since")
    ] = None,
    until: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only those published (or else ordered) until")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="Make this asset and all that follows, due or not: narration re-voices")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="Stop after this asset")] = None,
    at_once: Annotated[bool, typer.Option("--now", help="Whatever the channels' hours; their budgets hold")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be made, and what it costs")] = False,
    status: Annotated[bool, typer.Option("--status", help="How far backfills are; name one to see its videos")] = False,
    cancel: Annotated[str | None, typer.Option(help="Start nothing more of a backfill", metavar="ID")] = None,
    resume: Annotated[
        str | None, typer.Option(help="Go on with a backfill, and try again what failed", metavar="ID")
    ] = None,
) -> None:
    """Make past videos again as far as they are due: what is stale, or all from one asset on. It quotes first."""
    with plain_errors():
        settings = read_settings()
        with runs.open_instance(settings) as instance:
            bench = Bench(settings, studio_of(settings), instance, defs.resolve_asset_graph())
            if status:
                _show_status(bench, (keys or [""])[0])
            elif cancel is not None:
                _cancel(bench, _known(bench, cancel))
            elif resume is not None:
                _resume(bench, _known(bench, resume))
            else:
                choice = Choice(
                    keys=tuple(keys or ()),
                    channel=channel,
                    video_format=video_format,
                    since=since and since.date(),
                    until=until and until.date(),
                    first=first,
                    last=last,
                )
                _begin(bench, choice, at_once=at_once, yes=yes, dry_run=dry_run)


def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go")] = False,
) -> None:
    """Let go what finished videos leave behind: raw media, remembered answers, and whole videos to the archive."""
    with plain_errors():
        settings = read_settings()
        with runs.open_instance(settings) as instance:
            cleaner = Cleaner(settings, studio_of(settings), instance, _now(), dry=dry_run)
            with out.status("Looking at the videos"):
                done = cleaner.sweep(lambda _: None)
        _show_sweep(done, dry=dry_run)


def restore(key: Key) -> None:
    """Bring a retired video back from the archive, so that it can be made again."""
    with plain_errors():
        settings = read_settings()
        with runs.open_instance(settings) as instance:
            bring_back(studio_of(settings), instance, checked_key(key), _now())
        out.print(
            f"[bold]{key}[/] is back. Its raw media are made again, mostly from remembered answers, when something "
            f"needs them.\nSee it: vidfactory show {key}"
        )


def retired() -> None:
    """The videos in the archive: what they were about, where they can be seen, and where they are kept."""
    with plain_errors():
        studio = studio_of(read_settings())
        table = Table("video", "title", "channel", "retired", "cost", Column("seen at", overflow="fold"))
        for key in all_retired(studio):
            stone = tombstone(studio, key)
            if stone is not None:
                seen = "\n".join(each.address for each in stone.appearances)
                row = (key, escaped(stone.title), stone.channel or "", f"{stone.retired:%Y-%m-%d}")
                table.add_row(*row, f"${stone.cost_usd:.2f}", escaped(seen))
        out.print(table if table.row_count else "No video is in the archive.")
    if table.row_count:
        out.print("Bring one back: vidfactory restore KEY")


def _begin(bench: Bench, choice: Choice, *, at_once: bool, yes: bool, dry_run: bool) -> None:
    """Plan, quote, ask, and start."""
    now = _now()
    with out.status("Looking what is due") as shown:
        planned = backfills.plan(
            bench, choice, now, f"backfill-{now:%Y%m%d-%H%M%S}", at_once=at_once, tell=shown.update
        )
    planned, too_dear = within_budgets(bench, planned)
    if not planned.videos and not too_dear:
        out.print("Nothing is due.")
        return
    _show_plan(planned, too_dear)
    if dry_run or not planned.videos:
        return
    if not yes and not typer.confirm(f"Make {_count(planned.videos)} again?"):
        out.print("Nothing was started.")
        return
    BackfillBook(bench.studio).write(planned)
    _carry_out(bench, planned)


def _carry_out(bench: Bench, planned: Backfill) -> None:
    """Leave it to Dagster's daemon where one runs, else make one video after the other here."""
    if runs.daemon_runs(bench.instance, _now()):
        out.print(
            f"Dagster makes them, a few at a time: [bold]{planned.id}[/]\n"
            f"See how far it is: vidfactory backfill --status {planned.id}"
        )
        return
    with _alone(bench, planned):
        try:
            _work(bench, planned)
        except KeyboardInterrupt:
            out.print(f"What was made is kept. Go on with: vidfactory backfill --resume {planned.id}")
            raise typer.Exit(INTERRUPTED) from None


def _work(bench: Bench, planned: Backfill) -> None:
    """Make what may be made now, one video after the other; tell what has to wait."""
    driver = Driver(bench, planned)
    while (found := driver.look(_now(), at_once=1)).turns or _only_queued(found):
        for turn in found.turns:
            video = turn.video
            out.print(f"[bold]{video.video}[/]: {_some(turn.assets)}")
            tags = run_tags("backfill", video.channel, bench.channel(video.channel).priority)
            making = run_with_progress(bench.instance, video.video, turn.assets, {**tags, **turn.tags})
            if making.interrupted:
                raise KeyboardInterrupt
    _show_end(bench, planned, found)


def _only_queued(found: backfills.Round) -> bool:
    """Whether nothing keeps the others but that they were not looked at yet."""
    return bool(found.waiting) and not found.working and set(found.waiting.values()) == {backfills.NOT_LOOKED_AT}


@contextmanager
def _alone(bench: Bench, planned: Backfill) -> Iterator[None]:
    """Only one process of this machine carries a backfill out; runs that an earlier one has left are over."""
    lock = FileLock(bench.studio.local / "backfills" / f"{planned.id}.lock")
    lock_folder = bench.studio.local / "backfills"
    lock_folder.mkdir(parents=True, exist_ok=True)
    try:
        with lock.acquire(timeout=0):
            runs.end_dead_runs(bench.instance, {backfills.BACKFILL_TAG: planned.id})
            yield
    except Timeout as error:
        raise BadInput("it is being carried out already, by another process here", where=planned.id) from error


def _resume(bench: Bench, found: Backfill) -> None:
    BackfillBook(bench.studio).reopen(found)
    _carry_out(bench, found)


def _cancel(bench: Bench, found: Backfill) -> None:
    if not BackfillBook(bench.studio).is_open(found.id):
        raise BadInput("it is over already", where=found.id, remedy=f"See it: vidfactory backfill --status {found.id}")
    begun = backfills.cancel(bench, found, _now())
    out.print(f"Nothing more of [bold]{found.id}[/] is started.")
    if begun:
        out.print(f"Runs of it that go on to their end: {len(begun)}. Dagster's list of runs can stop them.")


def _known(bench: Bench, number: str) -> Backfill:
    found = BackfillBook(bench.studio).find(number)
    if found is None:
        raise BadInput("there is no such backfill", where=number, remedy="See them: vidfactory backfill --status")
    return found


def _show_plan(planned: Backfill, too_dear: Sequence[BackfillVideo]) -> None:
    table = Table("video", "channel", Column("due", overflow="fold"), "US$ at most", "minutes")
    for video in planned.videos:
        table.add_row(video.video, video.channel or "", _some(video.assets), _price(video), _minutes(video.minutes))
    for video in too_dear:
        table.add_row(video.video, video.channel or "", f"[red]left out: {escaped(video.note)}[/]", _price(video), "")
    table.add_section()
    known = sum((video.usd for video in planned.videos if video.usd is not None), Decimal(0))
    unknown = sum(video.usd is None for video in planned.videos)
    minutes = sum(video.minutes or 0.0 for video in planned.videos)
    total = f"${known:.2f}" + (f" and {unknown} unknown" if unknown else "")
    table.add_row(_count(planned.videos), "", "", total, _minutes(minutes) if minutes else "?")
    out.print(table)
    what = "all of it is made." if planned.first else "what follows from the assets named only where it changes."
    out.print(f"Only what must be bought is counted, each call with the most that it may cost; {what}", soft_wrap=True)
    if any(video.is_estimate for video in planned.videos):
        out.print("≈: reckoned, because what it is made from is not there or may come out otherwise.")


def _price(video: BackfillVideo) -> str:
    if video.usd is None:
        return f"unknown: {escaped(video.note)}"
    return f"{'≈ ' if video.is_estimate else ''}${video.usd:.2f}"


def _minutes(minutes: float | None) -> str:
    return "?" if minutes is None else f"{minutes:.1f}"


def _some(assets: Sequence[str]) -> str:
    more = f" and {len(assets) - SHOWN_ASSETS} more" if len(assets) > SHOWN_ASSETS else ""
    return f"{', '.join(assets[:SHOWN_ASSETS])}{more}"


def _count(videos: Sequence[BackfillVideo]) -> str:
    return "1 video" if len(videos) == 1 else f"{len(videos)} videos"


def _show_status(bench: Bench, number: str) -> None:
    book = BackfillBook(bench.studio)
    if number:
        _show_videos(bench, _known(bench, number))
        return
    table = Table("backfill", "begun", "videos", "done", "failed", "open")
    for found in [*book.open_ones(), *filter(None, (book.find(each) for each in book.over()))]:
        ends = [end.outcome for end in book.ends(found.id).values()]
        is_open = book.is_open(found.id)
        left = str(len(found.videos) - len(ends)) if is_open else ""
        row = (found.id, f"{found.at.astimezone():%Y-%m-%d %H:%M}", str(len(found.videos)))
        table.add_row(*row, str(ends.count("done")), str(ends.count("failed")), left)
    out.print(table if table.row_count else "There was no backfill yet.")


def _show_videos(bench: Bench, found: Backfill) -> None:
    book = BackfillBook(bench.studio)
    ends, is_open = book.ends(found.id), book.is_open(found.id)
    look = Driver(bench, found).waits(_now()) if is_open else {}
    table = Table("video", "state", Column("", overflow="fold"))
    for video in found.videos:
        end = ends.get(video.video)
        state, why = (end.outcome, end.why) if end else look.get(video.video, ("waiting", ""))
        table.add_row(video.video, state, escaped(why))
    out.print(table)


def _show_end(bench: Bench, planned: Backfill, found: backfills.Round) -> None:
    ends = BackfillBook(bench.studio).ends(planned.id)
    counts = {outcome: sum(end.outcome == outcome for end in ends.values()) for outcome in ("done", "failed", "left")}
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    out.print(f"[bold]{planned.id}[/]: {told or 'nothing was made'}")
    for key, end in ends.items():
        if end.outcome == "failed":
            out.print(f"[red]✗[/] {key}: {escaped(end.why)}", soft_wrap=True)
    for why in dict.fromkeys(found.waiting.values()):
        waiting = [key for key, each in found.waiting.items() if each == why]
        out.print(f"[yellow]-[/] {len(waiting)} wait: {escaped(why)}", soft_wrap=True)
    if found.waiting or counts["failed"]:
        out.print(f"Go on with: vidfactory backfill --resume {planned.id}", soft_wrap=True)
    if counts["failed"]:
        raise typer.Exit(2)


def _show_sweep(done: Sweep, *, dry: bool) -> None:
    table = Table("video", "channel", "what goes" if dry else "what went", "MB")
    names = {"raw": "raw media", "archive": "to the archive"}
    for each in done.videos:
        table.add_row(each.video, each.channel, names[each.what], f"{each.size / 1e6:.1f}")
    if done.answers:
        size = sum(each.size for each in done.answers)
        table.add_row(f"{len(done.answers)} remembered answers", "", "forgotten", f"{size / 1e6:.1f}")
    if done.scratch:
        table.add_row("what crashed runs had left here", "", "removed", f"{done.scratch / 1e6:.1f}")
    out.print(table if table.row_count else "Nothing goes.")
    for key, why in done.kept_back.items():
        out.print(f"[yellow]-[/] {key} stays: {escaped(why)}", soft_wrap=True)
    if table.row_count:
        out.print(f"{done.size / 1e6:.1f} MB {'would go' if dry else 'are gone'}.")


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)
