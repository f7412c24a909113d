"""The picture departments: they draw what the cues ask for and know no format."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from vidfactory.assets.common import (
    FIRST,
    FOREMOST,
    deliver,
    gallery,
    give_way,
    hire,
    studio_asset,
    with_themes,
    workspace,
)
from vidfactory.assets.fan_out import side_by_side
from vidfactory.drawing.chart import draw_chart
from vidfactory.drawing.post_card import post_card_html
from vidfactory.drawing.ticker import draw_ticker
from vidfactory.drawing.toning import toned
from vidfactory.files import staging
from vidfactory.ports import Browser
from vidfactory.providers.crew import Crew
from vidfactory.schema.base import Credit, Media, Size, derived_seed
from vidfactory.schema.crew import DepartmentCrew
from vidfactory.schema.pictures import Backdrop, Cards, Charts, Illustrations, Picture, Ticker
from vidfactory.schema.screenplay import BackdropCue, ChartCue, IllustrationCue, PostCardCue, Screenplay, TickerCue
from vidfactory.storage.dailies import at_work
from vidfactory.storage.studio import Studio
from vidfactory.themes import load_theme


@studio_asset(group_name="pictures", kinds={"image"}, pool="illustrator", op_tags=FIRST, code_version=with_themes("2"))
async def illustrations(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    picture_crew: DepartmentCrew,
    crew: dg.ResourceParam[Crew],
    studio: dg.ResourceParam[Studio],
) -> dg.Output[Illustrations]:
    """One editorial picture for each illustration cue, all at once; cues that ask for the same share one."""
    folder, size = workspace(context, studio), load_theme(screenplay.theme, screenplay.frame).illustration_size

    hired = hire(context, crew, picture_crew.wishes)

    async def drawn(cues: list[IllustrationCue]) -> tuple[list[Picture], Credit]:
        concept, seed = cues[0].concept, derived_seed(context.partition_key, cues[0].name)
        made = await hired.illustrator.illustrate(concept, cues[0].prompt, size, seed)
        return [stored_picture(folder, cue.name, made.png, size, concept) for cue in cues], made.made_by

    cues = [cue for beat in screenplay.beats for cue in beat.cues]
    work = {group[0].name: drawn(group) for group in alike(cues)}
    with at_work(folder):
        results = await side_by_side(work, "illustrations", context.log)
    pictures = {picture.name: picture for made, _ in results.values() for picture in made}
    made_by = total_credit([credit for _, credit in results.values()])
    made = Illustrations(pictures=tuple(pictures[cue.name] for cue in cues), made_by=made_by)
    shown = {"pictures": gallery({picture.name: picture.image for picture in made.pictures})}
    return deliver(made, made_by, shown, hired.tally())


@studio_asset(group_name="pictures", kinds={"matplotlib"}, code_version=with_themes("1"))
def charts(
    context: dg.AssetExecutionContext, screenplay: Screenplay, studio: dg.ResourceParam[Studio]
) -> dg.Output[Charts]:
    """One price chart for each chart cue; explicitly empty where there is none."""
    give_way()
    folder, theme = workspace(context, studio), load_theme(screenplay.theme, screenplay.frame)
    size = theme.alternator.size
    made = Charts(
        pictures=tuple(
            stored_picture(
                folder, cue.name, draw_chart(cue.series, cue.statistics, size, theme), size, f"{cue.series.name} chart"
            )
            for cue in screenplay.cues
            if isinstance(cue, ChartCue)
        )
    )
    return deliver(made, metadata={"charts": gallery({picture.name: picture.image for picture in made.pictures})})


@studio_asset(group_name="pictures", kinds={"html", "playwright"}, code_version=with_themes("1"))
def cards(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    browser: dg.ResourceParam[Browser],
    studio: dg.ResourceParam[Studio],
) -> dg.Output[Cards]:
    """Each post as a card, laid out in HTML and drawn by the browser with scripts and network off."""
    give_way()
    folder, theme = workspace(context, studio), load_theme(screenplay.theme, screenplay.frame)
    size = theme.alternator.size
    made = Cards(
        pictures=tuple(
            stored_picture(
                folder,
                cue.name,
                browser.screenshot(post_card_html(cue.post, size, theme), size),
                size,
                f"Post by {cue.post.author.name}",
            )
            for cue in screenplay.cues
            if isinstance(cue, PostCardCue)
        )
    )
    return deliver(made, metadata={"cards": gallery({picture.name: picture.image for picture in made.pictures})})


@studio_asset(group_name="pictures", kinds={"image"}, code_version=with_themes("1"))
def ticker(
    context: dg.AssetExecutionContext, screenplay: Screenplay, studio: dg.ResourceParam[Studio]
) -> dg.Output[Ticker]:
    """The strip of quotes that runs along the bottom; explicitly empty where none is asked for."""
    give_way()
    folder, theme = workspace(context, studio), load_theme(screenplay.theme, screenplay.frame)
    cue = next((cue for cue in screenplay.cues if isinstance(cue, TickerCue)), None)
    if cue is None:
        return deliver(Ticker(strip=None))
    strip = draw_ticker(cue.quotes, theme)
    made = Ticker(
        strip=stored_picture(folder, "ticker", strip.png, strip.size, ", ".join(quote.symbol for quote in cue.quotes))
    )
    return deliver(made, metadata={"width_px": strip.size.width, "symbols": len(cue.quotes)})


@studio_asset(
    group_name="pictures", kinds={"image"}, pool="illustrator", op_tags=FOREMOST, code_version=with_themes("1")
)
async def backdrop(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    picture_crew: DepartmentCrew,
    crew: dg.ResourceParam[Crew],
    studio: dg.ResourceParam[Studio],
) -> dg.Output[Backdrop]:
    """The quiet studio that everything else stands in front of."""
    folder, theme = workspace(context, studio), load_theme(screenplay.theme, screenplay.frame)
    cue = next((cue for cue in screenplay.cues if isinstance(cue, BackdropCue)), BackdropCue(prompt=theme.name))
    hired = hire(context, crew, picture_crew.wishes)
    drawn = await hired.illustrator.backdrop(cue.prompt, theme.frame, derived_seed(context.partition_key, "backdrop"))
    png = toned(drawn.png, theme.backdrop)
    picture = stored_picture(folder, "backdrop", png, theme.frame, "Studio backdrop")
    made = Backdrop(picture=picture, made_by=drawn.made_by)
    return deliver(made, made.made_by, {"backdrop": gallery({"backdrop": picture.image})}, hired.tally())


def alike(cues: Sequence[IllustrationCue]) -> list[list[IllustrationCue]]:
    """Cues in groups that ask for the same picture, in the order in which each is asked for first."""
    groups: dict[tuple[str, str], list[IllustrationCue]] = {}
    for cue in cues:
        groups.setdefault((cue.concept, cue.prompt), []).append(cue)
    return list(groups.values())


def stored_picture(folder: Path, name: str, png: bytes, size: Size, alt: str) -> Picture:
    """Put a PNG into a workspace, whole or not at all, and describe it."""
    path = folder / f"{name}.png"
    with staging(path) as temporary:
        temporary.write_bytes(png)
        temporary.replace(path)
    return Picture(name=name, image=Media.of(path, "image/png"), size=size, alt=alt)


def total_credit(credits_: list[Credit]) -> Credit:
    """One credit for many pieces: who made them, and what they cost together."""
    makers = list(dict.fromkeys((credit.provider, credit.model) for credit in credits_))
    return Credit(
        provider=", ".join(dict.fromkeys(provider for provider, _ in makers)) or "none",
        model=", ".join(dict.fromkeys(model for _, model in makers)) or "none",
        cost_usd=sum((credit.cost_usd for credit in credits_), start=Credit(provider="", model="").cost_usd),
        instead_of=tuple(dict.fromkeys(reason for credit in credits_ for reason in credit.instead_of)),
    )
