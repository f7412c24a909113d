"""What services charge.

Belongs here: prices per unit, with the day and the page they were read from (`tariff.toml`), and the cost of
tokens (from genai-prices). Does not belong here: what was bought (the ledger) and what may be (budgets).
Prices of the settings (`services.NAME.prices`) go before both.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from genai_prices import Usage, calc_price
from pydantic import BaseModel, ConfigDict

from vidfactory.errors import Permanent
from vidfactory.settings import Service

TARIFF_FILE = Path(__file__).with_name("tariff.toml")


class Price(BaseModel):
    """US dollars for one unit (`character`, `image`, `second`, `request`) of a model, on a day, from a source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    model: str
    unit: str
    usd: Decimal
    on: dt.date
    source: str


@cache
def tariff() -> tuple[Price, ...]:
    """All prices of `tariff.toml`."""
    with TARIFF_FILE.open("rb") as stream:
        return tuple(Price.model_validate(row) for row in tomllib.load(stream, parse_float=Decimal)["price"])


def unit_price(name: str, service: Service, model: str, unit: str) -> Decimal:
    """US dollars for one `unit` of the service `name`; Permanent naming the setting where nobody knows it."""
    own = service.prices.get(unit)
    if own is not None:
        return own
    kind = service.like or name
    row = next((row for row in tariff() if (row.service, row.model, row.unit) == (kind, model, unit)), None)
    if row is None:
        raise _unknown(name, model, unit)
    return row.usd


def token_cost(
    name: str,
    service: Service,
    model: str,
    *,
    tokens_in: int,
    tokens_out: int,
    cache_read: int = 0,
    cache_write: int = 0,
) -> Decimal:
    """US dollars for tokens of a language model; Permanent naming the setting where nobody knows its price.

    `tokens_in` holds those that were read from or written to the service's own cache, which have their own prices.
    """
    usage = Usage(
        input_tokens=tokens_in, output_tokens=tokens_out, cache_read_tokens=cache_read, cache_write_tokens=cache_write
    )
    return _by_tokens(name, service, model, usage)


def picture_cost(
    name: str, service: Service, model: str, *, tokens_in: int, tokens_out: int, image_out: int
) -> Decimal:
    """US dollars for a picture that is charged by tokens; the settings' price of one `image` goes before.

    `tokens_out` holds those of the picture, `image_out`, which have their own price.
    """
    own = service.prices.get("image")
    if own is not None:
        return own
    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out, output_image_tokens=image_out)
    return _by_tokens(name, service, model, usage)


def _by_tokens(name: str, service: Service, model: str, usage: Usage) -> Decimal:
    """By the settings, else by genai-prices, else by `tariff.toml` for models that are too new for it."""
    kind = service.like or name
    listed = {row.unit: row.usd for row in tariff() if (row.service, row.model) == (kind, model)}
    if (own := _at_token_prices(service.prices, usage)) is not None:
        return own
    try:
        return calc_price(usage, model, provider_id=kind).total_price
    except LookupError as error:
        if (found := _at_token_prices(listed, usage)) is not None:
            return found
        raise _unknown(name, model, "input_token and output_token") from error


def _at_token_prices(prices: Mapping[str, Decimal], usage: Usage) -> Decimal | None:
    """None where `prices` does not hold both."""
    if not {"input_token", "output_token"} <= prices.keys():
        return None
    return prices["input_token"] * int(usage.input_tokens) + prices["output_token"] * int(usage.output_tokens)


def _unknown(name: str, model: str, unit: str) -> Permanent:
    return Permanent(
        f"nobody knows the price of one {unit} of {model!r}",
        where=name,
        remedy=f"Set services.{name}.prices in vidfactory.toml, or another model",
    )
