"""Commands about money: what a video would cost, what it did cost, and the answers that need not be bought again.

Belongs here: asking and showing. Does not belong here: estimates (`quoting`), sums (`accounts`), and which
answers go (`pruning`).
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Annotated

import typer
from rich.table import Column, Table

from vidfactory import accounts, pruning
from vidfactory.definitions import studio_of
from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.orders import checked_key, is_placed, placed_order
from vidfactory.quoting import quote_video, scenarios
from vidfactory.schema.crew import Wishes
from vidfactory.schema.quote import Quote, Scenario
from vidfactory.settings import Settings, read_settings
from vidfactory.storage.call_cache import CallCache, KeptAnswer, Order
from vidfactory.storage.ledger import Entry
from vidfactory.storage.studio import Studio
from vidfactory.terminal import escaped, out, plain_errors

KEY_SHOWN = 12
"""How many characters of a call's key are shown; enough to find it again."""
TEXT_SHOWN = 300
"""How many characters of one text of a request are shown."""
GB = 1_000_000_000
MOST_DAYS = 36_500
AMOUNTS = ("charged", "possibly charged", "reserved", "saved", "bought")

cache = typer.Typer(help="What services answered, so that nothing is bought twice.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The video, for example finance-demo", metavar="KEY")]


def quote(
    key: Key,
    budget: Annotated[float | None, typer.Option(help="US dollars; without it the video's own", min=0)] = None,
) -> None:
    """What a video would cost, before it is made: as set now, then in other profiles."""
    with plain_errors():
        settings = read_settings()
        studio = studio_of(settings)
        limit = None if budget is None else Decimal(str(_finite(budget, "--budget")))
        quoted = quote_video(settings, studio, checked_key(key))
        budget_usd = _budget(settings, studio, key) if limit is None else limit
        _show_quote(quoted)
        if quoted.usd > budget_usd:
            out.print(f"[red]That is over the budget of {dollars(budget_usd)}[/]: it would stop when that is used up.")
        _show_scenarios(scenarios(settings, studio, key, limit), budget_usd)


def cost(
    key: Annotated[str | None, typer.Argument(help="The video; without it all are summed", metavar="KEY")] = None,
    calls: Annotated[bool, typer.Option("--calls", help="List every call")] = False,
) -> None:
    """What a video has cost, against its quote; without a video, sums by channel and day."""
    with plain_errors():
        settings = read_settings()
        studio = studio_of(settings)
        if key is None:
            if calls:
                raise BadInput("--calls lists those of one video", where="cost", remedy="Name it: cost KEY --calls")
            _show_days(studio)
            return
        entries = list(accounts.entries_of(studio, checked_key(key)))
        if calls:
            _show_calls(entries)
        else:
            _show_account(settings, studio, key, entries)


@cache.command()
def stats() -> None:
    """How many answers are kept, what they cost when they were bought, and what they have saved."""
    with plain_errors():
        studio = studio_of(read_settings())
        kept = [
            each for each in pruning.survey(CallCache(studio.calls)) if each.at or each.is_under_way or each.is_damaged
        ]
        saved = pruning.saved_by_service(accounts.all_entries(studio))
        table = Table("service", "answers", "MB", "cost when bought", "saved so far")
        for service, group in pruning.by_service(kept).items():
            size = sum(each.size for each in group) / 1e6
            bought = sum((each.usd for each in group), Decimal(0))
            row = (service, str(len(group)), f"{size:.1f}", dollars(bought), dollars(saved.get(service, Decimal(0))))
            table.add_row(*row)
        out.print(table if table.row_count else "No answer is kept yet.")
        out.print(
            f"{len(kept)} calls, {sum(each.size for each in kept) / 1e6:.1f} MB, "
            f"{sum(each.is_under_way for each in kept)} under way, "
            f"{dollars(sum(saved.values(), Decimal(0)))} saved"
        )
        for each in kept:
            if each.is_damaged:
                out.print(f"{each.key[:KEY_SHOWN]} is damaged: vidfactory cache prune --call {each.key[:KEY_SHOWN]}")


@cache.command()
def prune(
    older_than: Annotated[
        float | None, typer.Option(help="Answers that are older than so many days", min=0, max=MOST_DAYS)
    ] = None,
    larger_than: Annotated[float | None, typer.Option(help="The oldest, until so many GB are left", min=0)] = None,
    call: Annotated[str | None, typer.Option(help="One call, by the beginning of its key")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go")] = False,
) -> None:
    """Forget answers, the oldest first. What is asked for again is bought again."""
    with plain_errors():
        calls = CallCache(studio_of(read_settings()).calls)
        if call is not None:
            going = pruning.one(calls, calls.find(call))
        else:
            rule = pruning.Rule(
                older_than=None if older_than is None else dt.timedelta(days=_finite(older_than, "--older-than")),
                larger_than=None if larger_than is None else round(_finite(larger_than, "--larger-than") * GB),
            )
            going = pruning.going(pruning.survey(calls), rule, dt.datetime.now(tz=dt.UTC))
        for each in going:
            out.print(
                f"{each.key[:KEY_SHOWN]}  {each.service:<12} {moment(each.at)}  {each.size / 1e6:8.1f} MB  "
                f"{dollars(each.usd)}"
            )
            if not dry_run:
                calls.forget(each.key)
        again = sum((each.usd for each in going), Decimal(0))
        out.print(
            f"{len(going)} answers, {sum(each.size for each in going) / 1e6:.1f} MB, "
            f"{'would go' if dry_run else 'are gone'}. To buy them again would cost {dollars(again)}."
        )


@cache.command()
def explain(call: Annotated[str, typer.Argument(help="The beginning of its key", metavar="CALL")]) -> None:
    """What a call asked, who asked it first, what it cost, who has used it, and whether it would be asked again."""
    with plain_errors():
        studio = studio_of(read_settings())
        calls = CallCache(studio.calls)
        key = calls.find(call)
        asked = [entry for entry in accounts.all_entries(studio) if entry.call == key]
        entries = sorted(asked, key=lambda each: each.at)
        under_way = calls.under_way(key)
        out.print(f"call        {key}")
        kept = calls.kept(key)
        if kept is None:
            _explain_order(entries, under_way)
        else:
            _explain_answer(calls, kept, entries)


def _show_quote(quoted: Quote) -> None:
    basis = "its order" if quoted.basis == "order" else "its screenplay"
    table = Table("component", "provider", "charged by", "US$", "note", title=f"{quoted.video}, {quoted.profile}")
    for line in quoted.lines:
        who = "/".join(filter(None, (line.provider, line.model))) or "nobody"
        amount = "unknown" if line.usd is None else dollars(line.usd)
        table.add_row(line.component, who, units(line.quantity), amount, escaped(line.note))
    table.add_section()
    table.add_row("sum", "", "", _total(quoted), "")
    out.print(table)
    out.print(f"An estimate from {basis}. Answers that are remembered cost nothing and are counted all the same.")


def _show_scenarios(found: list[Scenario], limit: Decimal) -> None:
    table = Table("scenario", "quality", "US$", f"budget {dollars(limit)}")
    for scenario in found:
        state = "[red]over[/]" if scenario.is_over_budget else "[green]under[/]"
        if scenario.quote.unknown:
            state += f", price unknown: {', '.join(scenario.quote.unknown)}"
        table.add_row(scenario.quote.profile, f"{scenario.quality:f}", _total(scenario.quote), state)
    if found:
        out.print(table)
        out.print(
            "The most quality for the money first. Take one with VIDFACTORY_PROFILE or profile in vidfactory.toml."
        )


def _show_account(settings: Settings, studio: Studio, key: str, entries: list[Entry]) -> None:
    quoted = accounts.quote_of(studio, key)
    if quoted is None and not entries:
        out.print(f"{key} has cost nothing, and there is no quote of it. See: vidfactory quote {key}")
        return
    rows = [
        (row.component, "" if row.quoted is None else dollars(row.quoted), *_amounts(row.sum))
        for row in accounts.compared(quoted, entries)
    ]
    whole = accounts.total(entries)
    rows.append(("sum", _total(quoted) if quoted else "no quote", *_amounts(whole)))
    out.print(_summed(("component", "quoted", *AMOUNTS), rows))
    budget = _budget(settings, studio, key)
    left = max(Decimal(0), budget - whole.committed)
    out.print(f"Budget {dollars(budget)}, left {dollars(left)}. {whole.calls} calls, {whole.remembered} remembered.")


def _show_calls(entries: list[Entry]) -> None:
    table = Table("time", "asset", "service", "operation", "model", "state", "US$", "call")
    for entry in sorted(entries, key=lambda each: each.at):
        call = entry.call[:KEY_SHOWN]
        row = (entry.asset, entry.service, entry.operation, entry.model, entry.state, dollars(entry.usd), call)
        table.add_row(moment(entry.at), *row)
    out.print(table if table.row_count else "No call was made for it.")


def _show_days(studio: Studio) -> None:
    entries = list(accounts.all_entries(studio))
    rows = [
        (channel or "none", day, *_amounts(each))
        for (channel, day), each in accounts.by_channel_and_day(entries).items()
    ]
    rows.append(("sum", "", *_amounts(accounts.total(entries))))
    out.print(_summed(("channel", "day", *AMOUNTS), rows) if entries else "Nothing was bought yet.")


def _summed(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table whose last row is the sum, without columns in which nothing stands, so that a narrow terminal does."""
    used = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    table = Table(*(Column(heads[place], no_wrap=heads[place] != AMOUNTS[-1]) for place in used))
    for row in rows[:-1]:
        table.add_row(*(row[place] for place in used))
    table.add_section()
    table.add_row(*(rows[-1][place] for place in used))
    return table


def _explain_answer(calls: CallCache, kept: KeptAnswer, entries: list[Entry]) -> None:
    age = dt.datetime.now(tz=dt.UTC) - kept.at
    facts = {
        "service": f"{kept.service}, {kept.operation}, {kept.model or 'no model'}, take {kept.take}",
        "first asked": f"{moment(kept.at)} by {kept.video}, {kept.asset}; it took {kept.seconds:.1f} s",
        "age": f"{age.days} days" if age.days else f"{age.seconds // 3600} h {age.seconds // 60 % 60} min",
        "cost": f"{dollars(kept.cost)} ({units(kept.units) or 'nothing counted'})",
        "file": f"{kept.file.name}, {kept.file.media_type}, {kept.file.size:,} bytes" if kept.file else "none",
        "used by": _users(entries) or kept.video,
    }
    for name, text in facts.items():
        out.print(f"{name:<12}{escaped(text)}", soft_wrap=True)
    out.print("request")
    out.print(escaped(json.dumps(shortened(kept.request), indent=2, ensure_ascii=False)), soft_wrap=True)
    try:
        calls.recall(kept.key)
    except DamagedArtifact as error:
        out.print(f"Asked again it fails: {escaped(str(error))}", soft_wrap=True)
        return
    out.print(
        "Asked again it is a hit and costs nothing: the answer is whole. The key is the SHA-256 of service, operation, "
        "model, request and take; where one of them differs in a single letter, another call is made.",
        soft_wrap=True,
    )


def _explain_order(entries: list[Entry], order: Order | None) -> None:
    for entry in entries[:1]:
        out.print(f"service     {entry.service}, {entry.operation}, {entry.model or 'no model'}")
        out.print(f"first asked {moment(entry.at)} by {entry.video}, {entry.asset}")
    if order is None:
        out.print("There is no answer: it was forgotten, or never came. Asked again it is bought.")
    elif order.job is not None:
        out.print(f"It is under way as job {escaped(order.job)}. Asked again the job is collected, not ordered anew.")
    else:
        doubt = sum((entry.usd for entry in order.doubts), Decimal(0))
        out.print(f"There is no answer yet; {dollars(doubt)} may have been charged. Asked again it is sent again.")


def _users(entries: list[Entry]) -> str:
    return ", ".join(dict.fromkeys(entry.video for entry in entries))


def _budget(settings: Settings, studio: Studio, key: str) -> Decimal:
    """The budget of a video by its order; that of the settings where there is no order any more."""
    return settings.budget_of(placed_order(studio, key).wishes if is_placed(studio, key) else Wishes())


def _total(quoted: Quote) -> str:
    return dollars(quoted.usd) + (f" and {len(quoted.unknown)} unknown" if quoted.unknown else "")


def _amounts(each: accounts.Sum) -> tuple[str, str, str, str, str]:
    amounts = (each.settled, each.doubtful, each.reserved, each.saved)
    shown = [dollars(amount) if amount else "" for amount in amounts]
    return shown[0] or dollars(Decimal(0)), shown[1], shown[2], shown[3], units(each.units)


def _finite(value: float, option: str) -> float:
    if not isfinite(value):
        raise BadInput(f"{value} is no amount", where=option, remedy="Give a number")
    return value


def shortened(request: object) -> object:
    """A request with its long texts cut, for people."""
    if isinstance(request, str) and len(request) > TEXT_SHOWN:
        return f"{request[:TEXT_SHOWN]}… ({len(request):,} characters)"
    if isinstance(request, Mapping):
        return {name: shortened(value) for name, value in request.items()}
    if isinstance(request, list | tuple):
        return [shortened(value) for value in request]
    return request


def dollars(amount: Decimal) -> str:
    """US dollars to a hundredth of a cent."""
    return f"${amount:,.4f}"


def units(counts: Mapping[str, int]) -> str:
    """Counts with their units, as `1,130 characters`, in the order of their names."""
    return ", ".join(f"{count:,} {_plural(unit.replace('_', ' '), count)}" for unit, count in sorted(counts.items()))


def _plural(unit: str, count: int) -> str:
    """The name of a unit, which the ledger has in the plural and prices in the singular."""
    one = unit.removesuffix("es") if unit.endswith("ches") else unit.removesuffix("s")
    if count == 1:
        return one
    return f"{one}es" if one.endswith("ch") else f"{one}s"


def moment(at: dt.datetime | None) -> str:
    """A moment in the time of this machine."""
    return "?" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
