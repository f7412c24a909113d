"""Who is to work on a video: the wishes of an order, which travel with the brief to every department."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from vidfactory.schema.base import WHOLE, Artifact, Model

Port = Literal[
    "writer",
    "narrator",
    "aligner",
    "illustrator",
    "composer",
    "animator",
    "market",
    "trends",
    "reader",
    "publisher",
    "browser",
]
"""What the studio asks of the outside world; `ports.py` says how."""
PORTS: tuple[Port, ...] = get_args(Port)


def _names(names: object) -> object:
    if isinstance(names, str):
        return (names,)
    return tuple(names) if isinstance(names, list) else names


Chain = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(_names, json_schema_input_type=str | Annotated[list[str], Field(min_length=1)]),
]
"""Providers by name: the next one serves where the one before it cannot. One name may stand alone.

Of publishers all serve, one after the other.
"""


Dollars = Annotated[
    Decimal,
    Field(ge=0),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?$"}]}
    ),
]


class Wishes(Model):
    """What an order asks for beyond its content; empty fields leave it to the channel and the profile."""

    model_config = ConfigDict(use_attribute_docstrings=True)  # they are what programs that order are told

    channel: str | None = None
    """A channel of the settings."""
    providers: Mapping[Port, Chain] = {}
    voice: str = ""
    """A voice profile."""
    budget_usd: Dollars | None = None
    """What the services may cost for this video, in US dollars."""
    takes: Mapping[str, Annotated[int, WHOLE]] = {}
    """The take of an asset; a number that was not used yet buys its answers anew, on purpose."""

    def about(self, ports: Collection[Port], assets: Collection[str]) -> "Wishes":
        """Those of them that concern these ports and assets, whoever pays; the voice is the narrator's."""
        return Wishes(
            providers={port: names for port, names in self.providers.items() if port in ports},
            voice=self.voice if "narrator" in ports else "",
            takes={asset: take for asset, take in self.takes.items() if asset in assets},
        )


class DepartmentCrew(Artifact):
    """Who works in one department on a video, as its brief has decided."""

    schema_version: Literal["crew/1"] = "crew/1"
    wishes: Wishes
