"""Who made the parts of a film, how, and on what terms: the credits of its artifacts, read with a table.

Belongs here: what a credit means to viewers, platforms and whoever reuses the film. Does not belong here: who
served for which asset (the artifacts say so), and how the claim is signed (`credentials`).
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict

from vidfactory.schema.base import Artifact, Credit, Model
from vidfactory.schema.pictures import Backdrop, Illustrations, Soundtrack
from vidfactory.schema.speech import Narration

Origin = Literal["algorithm", "person", "ai"]
"""How something came to be: by rules that a person wrote, by a person, or by a trained model."""
HOUSE = Credit(provider="house", model="")
"""Of what names no maker: the studio has put it together by its own rules."""
NOBODY = "none"
"""The provider of what was not wanted."""
MADE_WITH_AI, WITHOUT_AI = "Made with AI", "without generative AI"
"""What a disclosure says in these words, so that it can be looked for."""
UNKNOWN_TERMS = "Not known: ask whoever offers it"
PARTS = ("script", "voice", "pictures", "music")
_PARTS = {Narration: "voice", Illustrations: "pictures", Backdrop: "pictures", Soundtrack: "music"}
"""By the kind of artifact; whoever is credited on any other has written."""


class Maker(Model):
    """name: as viewers know it. licence: the terms of what it makes."""

    name: str
    how: Origin
    licence: str


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    makers: dict[str, Maker]
    data: dict[str, str]


@dataclass(frozen=True)
class Part:
    """What one maker contributed to the film, one of `PARTS`."""

    part: str
    maker: Maker


def makers_of(credit: Credit) -> dict[str, Maker]:
    """Those whom a credit names, by provider; one that nobody has heard of counts as AI with unknown terms."""
    known = _table().makers
    names = [name for name in credit.provider.split(", ") if name != NOBODY]
    return {name: known.get(name) or Maker(name=name, how="ai", licence=UNKNOWN_TERMS) for name in names}


def data_licence(source: str) -> str:
    """The terms of data by the source that an artifact names."""
    return _table().data.get(source, UNKNOWN_TERMS)


def credit_of(artifact: Artifact) -> Credit | None:
    """Who made an artifact; None where the studio only put it together."""
    made_by = getattr(artifact, "made_by", None)
    return made_by if isinstance(made_by, Credit) else None


def parts_of(artifacts: Iterable[Artifact]) -> tuple[Part, ...]:
    """Who contributed what, in the order of `PARTS`, each maker of a part once."""
    credited = [(artifact, credit) for artifact in artifacts if (credit := credit_of(artifact))]
    parts = [
        Part(_PARTS.get(type(artifact), "script"), maker)
        for artifact, credit in credited
        for maker in makers_of(credit).values()
    ]
    return tuple(dict.fromkeys(sorted(parts, key=lambda each: PARTS.index(each.part))))


def origin_of(parts: Iterable[Part]) -> Origin:
    """How the film as a whole came to be: AI goes before a person, a person before rules."""
    hows = {each.maker.how for each in parts}
    return next((how for how in ("ai", "person") if how in hows), "algorithm")


def disclosure(parts: Sequence[Part]) -> str:
    """One sentence for viewers: what AI made and what not, or that nothing was made with AI."""
    by_ai = _said([each for each in parts if each.maker.how == "ai"])
    others = _said([each for each in parts if each.maker.how != "ai"])
    if not by_ai:
        return f"Made by an automated studio, {WITHOUT_AI}{f': {others}' if others else ''}."
    return f"{MADE_WITH_AI}: {by_ai}{f'; without AI: {others}' if others else ''}."


def _said(parts: Iterable[Part]) -> str:
    """`script and music by A, voice by B`."""
    by_maker: dict[str, list[str]] = {}
    for each in parts:
        by_maker.setdefault(each.maker.name, []).append(each.part)
    return ", ".join(f"{_listed(made)} by {name}" for name, made in by_maker.items())


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


@cache
def _table() -> _Table:
    text = resources.files(__package__).joinpath("makers.toml").read_text(encoding="utf-8")
    return _Table.model_validate(tomllib.loads(text))
