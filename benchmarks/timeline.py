"""Where the time of a run went: its steps, what each waited for, as a table and as a picture in text.

Belongs here: arithmetic on moments. Does not belong here: how a run comes about, and where the moments are from.
Moments are seconds since the order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

Span = tuple[float, float]
WIDTH = 84
"""Characters of the picture's time axis."""
OWN, WAITING, PREPARING = "#", "=", "."


@dataclass(frozen=True)
class Work:
    """One step: when everything that it needs was there, when its process was launched, when its work began and
    ended, and when it waited for services.
    """

    name: str
    ready_s: float
    launched_s: float
    began_s: float
    ended_s: float
    waits: tuple[Span, ...] = ()

    @property
    def start_s(self) -> float:
        """From the last thing that it needs to its first line."""
        return self.began_s - self.ready_s

    @property
    def waiting_s(self) -> float:
        """Time in which at least one call was under way."""
        return sum(end - start for start, end in joined(self.waits))

    @property
    def own_s(self) -> float:
        return self.ended_s - self.began_s - self.waiting_s


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans with those that overlap made one, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def chain(works: Sequence[Work], needs: dict[str, set[str]], last: str) -> list[Work]:
    """The steps that the end of `last` hung on, each on the one that it needs and that ended latest."""
    by_name = {work.name: work for work in works}
    found = [by_name[last]]
    while before := [by_name[name] for name in needs[found[-1].name] if name in by_name]:
        found.append(max(before, key=lambda work: work.ended_s))
    return found[::-1]


def starting_s(path: Sequence[Work]) -> float:
    """What the steps of a path, each of which waited for the one before, took to start, the first not counted."""
    return sum(work.start_s for work in path[1:])


def rows(works: Iterable[Work]) -> list[Sequence[str]]:
    return [
        (
            work.name,
            f"{work.start_s:.2f}",
            f"{work.began_s:.1f}",
            f"{work.ended_s:.1f}",
            f"{work.waiting_s:.1f}",
            f"{work.own_s:.1f}",
        )
        for work in works
    ]


HEADS = ("step", "to start, s", "from, s", "to, s", "waiting for services, s", "own work, s")


def picture(works: Sequence[Work], whole_s: float) -> str:
    """A line for each step over the whole time, with a scale above."""
    longest = max(len(work.name) for work in works)
    lines = [f"{'':{longest}}  {_scale(whole_s)}".rstrip()]
    for work in works:
        cells = [" "] * WIDTH
        for spans, sign in (
            ([(work.ready_s, work.began_s)], PREPARING),
            ([(work.began_s, work.ended_s)], OWN),
            (joined(work.waits), WAITING),
        ):
            for start, end in spans:
                for place in range(_place(start, whole_s), _place(end, whole_s) + 1):
                    cells[place] = sign
        lines.append(f"{work.name:{longest}}  {''.join(cells)}".rstrip())
    lines.append(f"{PREPARING} about to start  {WAITING} waiting for services  {OWN} own work")
    return "\n".join(lines)


def _scale(whole_s: float) -> str:
    """The tens of seconds, as many as there is room for."""
    step = next(step for step in (10, 20, 50, 100, 1000) if WIDTH * step >= 10 * whole_s)
    scale = " " * WIDTH
    for second in range(0, int(whole_s) + 1, step):
        place, mark = _place(second, whole_s), f"{second} s"
        if place + len(mark) <= WIDTH:
            scale = scale[:place] + mark + scale[place + len(mark) :]
    return scale


def _place(moment_s: float, whole_s: float) -> int:
    return min(int(moment_s / whole_s * WIDTH), WIDTH - 1)


def starts(works: Sequence[Work]) -> str:
    """What a step costs before its first line, in words."""
    launched = [work.began_s - work.launched_s for work in works]
    return (
        f"median {median(work.start_s for work in works):.2f} s from the last thing that a step needs to its first "
        f"line, {median(launched):.2f} s of it from the launch of its process"
    )
