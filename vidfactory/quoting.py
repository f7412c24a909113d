"""What a video will cost, before it is made: its needs, as those would serve who stand first in their chains.

Belongs here: needs times prices, and the same video in several profiles. Does not belong here: what a format
needs (`desks`), prices themselves (`providers.tariff`), and what was spent (`accounts`).
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from vidfactory.desks.finance.needs import finance_needs
from vidfactory.errors import ProviderError, VidfactoryError
from vidfactory.orders import is_placed, placed_order
from vidfactory.providers import crew
from vidfactory.providers.tariff import picture_cost, tariff, token_cost
from vidfactory.schema.brief import Decisions, FinanceOrder
from vidfactory.schema.crew import Wishes
from vidfactory.schema.quote import Need, Quote, QuoteLine, Scenario
from vidfactory.schema.screenplay import Screenplay
from vidfactory.settings import Service, Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.quotes import Quotes
from vidfactory.storage.studio import Studio

Needs = Callable[[FinanceOrder, Decisions, Screenplay | None], tuple[Need, ...]]
NEEDS: Mapping[str, Needs] = {"finance": finance_needs}
"""What a video needs, by its format."""
_ANY_MODEL = frozenset({"post", "search", "request"})
"""Units that a service charges whichever model serves."""
_TOKENS = ("input_token", "output_token")
_SOME = 1000
"""Tokens of a usual request; prices rise for very long ones."""


def quote_video(settings: Settings, studio: Studio, key: str) -> Quote:
    """The video of `key` as the settings and its order have it now; BadInput where it was not ordered."""
    order, screenplay = placed_order(studio, key), _screenplay(studio, key)
    return _quoted(settings, key, order, screenplay, settings.profile, order.wishes)


def scenarios(settings: Settings, studio: Studio, key: str, budget_usd: Decimal | None = None) -> list[Scenario]:
    """The same video in each profile of `settings.scenarios`, the most quality for the money first.

    Those above the budget (its own, unless another is given) come last, those with an unknown price before them.
    The profile alone counts: an order that names its providers would make all of them the same.
    """
    order, screenplay = placed_order(studio, key), _screenplay(studio, key)
    limit = settings.budget_of(order.wishes) if budget_usd is None else budget_usd
    found = []
    for profile, quality in settings.scenarios.items():
        as_profile = settings.model_copy(update={"profile": profile, "providers": {}})
        quote = _quoted(as_profile, key, order, screenplay, profile, Wishes())
        found.append(Scenario(quality=quality, quote=quote, is_over_budget=quote.usd > limit))
    return ranked(found)


def ranked(found: Sequence[Scenario]) -> list[Scenario]:
    """By quality for money; what costs nothing before all else, the best of it first.

    What is over the budget comes last, the cheapest of it first.
    """

    def place(scenario: Scenario) -> tuple[bool, bool, bool, Decimal]:
        cost = scenario.quote.usd
        if scenario.is_over_budget:
            return True, False, False, cost
        worth = scenario.quality if cost == 0 else scenario.quality / cost
        return False, bool(scenario.quote.unknown), cost > 0, -worth

    return sorted(found, key=place)


def record_quote(settings: Settings, studio: Studio, key: str) -> None:
    """Keep the quote of a video, unless there is one already and money was spent since.

    Nothing is kept where there is no order any more.
    """
    if not is_placed(studio, key):
        return
    quotes = Quotes(studio.quotes)
    if quotes.read(key) is None or Ledger(studio).sums(key).committed == 0:
        quotes.write(quote_video(settings, studio, key))


def _screenplay(studio: Studio, key: str) -> Screenplay | None:
    store = ArtifactStore(studio)
    if not store.exists(key, "screenplay"):
        return None
    screenplay = store.load(key, "screenplay")
    assert isinstance(screenplay, Screenplay)
    return screenplay


def _quoted(
    settings: Settings, key: str, order: FinanceOrder, screenplay: Screenplay | None, profile: str, wishes: Wishes
) -> Quote:
    needs = NEEDS[order.format](order, settings.decided(order), screenplay)
    return Quote(
        video=key,
        profile=profile,
        basis="order" if screenplay is None else "screenplay",
        at=dt.datetime.now(tz=dt.UTC),
        lines=tuple(quoted_line(settings, wishes, need) for need in needs),
    )


def quoted_line(settings: Settings, wishes: Wishes, need: Need) -> QuoteLine:
    """`need` as the first of the port's chain would serve it."""
    chain = settings.chain(need.port, wishes)
    if not chain:
        note = f"nobody serves as {need.port}: set providers.{need.port}"
        return QuoteLine(component=need.component, port=need.port, provider="", usd=None, note=note)
    name, service = crew.service_of(settings, chain[0], need.port)
    model = service.models.get(need.port, "")
    line = QuoteLine(component=need.component, port=need.port, provider=name, model=model)
    try:
        if not crew.is_service(service.like or name, need.port):
            return line.model_copy(update={"note": "of the house"})
        usd, quantity = charge(name, service, model, need.measures)
    except VidfactoryError as error:
        return line.model_copy(update={"usd": None, "note": f"{error.what}. {error.remedy}"})
    return line.model_copy(update={"usd": usd, "quantity": quantity})


def charge(name: str, service: Service, model: str, measures: Mapping[str, int]) -> tuple[Decimal, Mapping[str, int]]:
    """US dollars that a service takes for `measures`, and those of them that it charges by.

    The settings' prices go first, then the tariff, then the prices of tokens. Permanent where nobody knows.
    """
    own = {unit: service.prices[unit] for unit in measures if unit in service.prices}
    prices = own or _listed(service.like or name, model, measures)
    usd = sum((price * measures[unit] for unit, price in prices.items()), Decimal(0))
    quantity = {unit: measures[unit] for unit in prices}
    by_token = not own and not prices.keys() - _ANY_MODEL and (model or not prices) and "input_token" in measures
    if not by_token and prices:
        return usd, quantity
    tokens = {unit: measures.get(unit, 0) for unit in _TOKENS}
    picture = measures.get("image_token", 0)
    usd += _tokens_cost(name, service, model, tokens["input_token"], tokens["output_token"], picture)
    return usd, {**quantity, **tokens}


def _tokens_cost(name: str, service: Service, model: str, read: int, written: int, picture: int) -> Decimal:
    """US dollars for tokens; those of pictures, which are among the `written`, have their own price."""
    if picture:
        return picture_cost(name, service, model, tokens_in=read, tokens_out=written, image_out=picture)
    return token_cost(name, service, model, tokens_in=read, tokens_out=written)


def _listed(kind: str, model: str, measures: Mapping[str, int]) -> dict[str, Decimal]:
    """The tariff's prices for those of `measures` that the service charges by."""
    plain = model.partition(":")[0]  # without the version that Replicate's names may carry
    return {
        row.unit: row.usd
        for row in tariff()
        if row.service == kind and row.unit in measures and (row.model == plain or row.unit in _ANY_MODEL)
    }


def price_words(name: str, service: Service, port: str) -> str:
    """What a service charges, for people."""
    model = service.models.get(port, "")
    if service.prices:
        return _listed_words(service.prices) or "free"
    units = {row.unit: 1 for row in tariff()}
    listed = _listed(service.like or name, model, units)
    if listed.keys() - _ANY_MODEL or (listed and not model):
        return _listed_words(listed)
    try:
        tokens = _tokens_words(name, service, model, _SOME if port == "illustrator" else 0)
    except ProviderError as error:
        return f"unknown: {error.remedy}"
    return ", ".join(filter(None, (_listed_words(listed), tokens)))


def _listed_words(prices: Mapping[str, Decimal]) -> str:
    return ", ".join(f"${usd.normalize():f} per {unit.replace('_', ' ')}" for unit, usd in prices.items() if usd)


def _tokens_words(name: str, service: Service, model: str, picture: int) -> str:
    costs = (
        _tokens_cost(name, service, model, _SOME, 0, 0),
        _tokens_cost(name, service, model, 0, _SOME, picture),
    )
    read, written = (f"${(cost * 1_000_000 / _SOME).normalize():f}" for cost in costs)
    return f"{read} and {written} per million tokens in and out"
