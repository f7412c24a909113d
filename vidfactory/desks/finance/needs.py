"""What a finance video will ask of the services, before it is made.

Belongs here: counts of tokens, characters, seconds and pictures for an order, and for its screenplay once there
is one. Does not belong here: prices, and who serves (`quoting`).

Figures marked "sample" were measured on the video that `vidfactory demo` makes from the posts of the project:
six posts, 60 s wished, 180 words as spoken, 66.3 s. All are estimates.
"""

from collections.abc import Iterator
from math import ceil

from vidfactory.desks.finance.analysis import ANALYSIS, ILLUSTRATIONS, INSTRUCTIONS, most_words, target_words
from vidfactory.desks.finance.selection import SELECTION, SELECTION_INSTRUCTIONS
from vidfactory.schema.base import Size
from vidfactory.schema.brief import Decisions, FinanceOrder
from vidfactory.schema.frame import master_size
from vidfactory.schema.quote import Need
from vidfactory.schema.screenplay import BackdropCue, MusicCue, Screenplay
from vidfactory.themes import load_theme

MATERIAL_BYTES = {SELECTION: 2_600, ANALYSIS: 7_800}
"""What a writer reads besides its instructions. Sample: 2,585 and 7,755 bytes."""
SCHEMA_BYTES = {SELECTION: 400, ANALYSIS: 1_200}
"""The shape of the answer and the clause about data. Sample: 391 and 1,208 bytes."""
ANSWER_BYTES = {SELECTION: 250, ANALYSIS: 1_300}
"""Sample: 252 and 1,252 bytes."""
BYTES_A_TOKEN = 3
"""Of JSON with figures; English prose has about four (a heuristic)."""
THINKING_TOKENS = {SELECTION: 500, ANALYSIS: 2_000}
"""What models spend before they answer (a guess: the sample's author does not think)."""
ROUNDS = 1.5
"""Every second answer goes back once with what is wrong with it (a guess)."""
WRITTEN = 1.2
"""How many words are spoken for one that was wished. Sample: 180 for 150."""
CHARACTERS_A_WORD = 6.3
"""Of a spoken word, with the space behind it. Sample: 1,130 characters of 180 words."""
CHARACTERS_A_SECOND = 17.0
"""Sample: 1,130 characters in 66.3 s."""
SPEECH_TOKENS_A_SECOND = 25
"""What voices that are paid by tokens give; the narrator of OpenAI reckons with the same."""
PROMPT_BYTES = 270
"""Of one illustration. Sample: 270 on average, and 157 for the backdrop."""
PICTURE_TOKENS, LARGE_PICTURE_TOKENS = 1_290, 1_680
"""What Gemini's price list counts for a picture of up to about 1K pixels a side, and for one of 2K."""
LARGE_SIDE_PX = 1920
"""Illustrators ask for the larger one above about this: a backdrop may be enlarged by half."""
MUSIC_S = 40
"""Length of the piece that a loop is cut from, as the composer of ElevenLabs orders it."""
SYMBOLS = 12
"""Histories that a market is asked for: the post's own symbols, rivals and indices. Sample: at most 12."""
POSTS = 30
"""How many posts are looked for where the order names a query; `finance/tweets` asks for as many."""
SEARCHES = 3
"""What a model with a search tool searches for one query (a guess)."""
SEARCH_TOKENS, POST_TOKENS = 3_000, 150
"""What it reads of one search, and what it writes of one post (guesses)."""


def finance_needs(order: FinanceOrder, decided: Decisions, screenplay: Screenplay | None) -> tuple[Need, ...]:
    """What the video of `order` needs; with its `screenplay`, that one's words, pictures and music.

    Whoever brings a recording needs no narrator.
    """
    theme = load_theme(decided.theme, master_size(decided.aspect, decided.quality))
    characters = _characters(decided.seconds, screenplay)
    return (
        *_material(order),
        _writing("finance/selected_tweet", SELECTION, SELECTION_INSTRUCTIONS),
        _writing("finance/analysis", ANALYSIS, INSTRUCTIONS),
        *([] if order.narration else [_speech(characters)]),
        Need(component="timestamps", port="aligner", measures={"second": ceil(characters / CHARACTERS_A_SECOND)}),
        *_pictures("illustrations", _prompts(screenplay), theme.illustration_size),
        *_pictures("backdrop", _backdrops(screenplay), theme.frame),
        *_music(screenplay),
    )


def _material(order: FinanceOrder) -> Iterator[Need]:
    """Posts are searched for a query, and prices asked for where none came with the order."""
    if order.query is not None:
        yield search_need("finance/tweets")
    if order.prices is None:
        yield Need(component="finance/market_data", port="market", measures={"request": SYMBOLS})


def search_need(component: str) -> Need:
    """One search for posts."""
    tokens = {"input_token": SEARCHES * SEARCH_TOKENS, "output_token": POSTS * POST_TOKENS}
    return Need(
        component=component, port="trends", measures={"request": 1, "post": POSTS, "search": SEARCHES, **tokens}
    )


def _writing(component: str, task: str, instructions: str) -> Need:
    read = len(instructions.encode()) + MATERIAL_BYTES[task] + SCHEMA_BYTES[task]
    written = ANSWER_BYTES[task] / BYTES_A_TOKEN + THINKING_TOKENS[task]
    tokens = {"input_token": ceil(read / BYTES_A_TOKEN * ROUNDS), "output_token": ceil(written * ROUNDS)}
    return Need(component=component, port="writer", measures=tokens)


def _characters(seconds: int, screenplay: Screenplay | None) -> int:
    """Characters that are spoken, spaces counted: services charge for both."""
    if screenplay is not None:
        return sum(len(token.spoken) + 1 for beat in screenplay.beats for token in beat.tokens)
    wished = target_words(seconds)
    words = min(wished * WRITTEN, most_words(wished))
    return ceil(words * CHARACTERS_A_WORD)


def _speech(characters: int) -> Need:
    seconds = ceil(characters / CHARACTERS_A_SECOND)
    measures = {
        "character": characters,
        "second": seconds,
        "input_token": ceil(characters / BYTES_A_TOKEN),
        "output_token": seconds * SPEECH_TOKENS_A_SECOND,
    }
    return Need(component="narration", port="narrator", measures=measures)


def _prompts(screenplay: Screenplay | None) -> list[int]:
    """The length of each illustration's prompt; one that comes twice is asked once."""
    if screenplay is None:
        return [PROMPT_BYTES] * ILLUSTRATIONS
    return [len(prompt.encode()) for prompt in {cue.prompt for beat in screenplay.beats for cue in beat.cues}]


def _backdrops(screenplay: Screenplay | None) -> list[int]:
    """A video without a cue has a backdrop too."""
    cues = [] if screenplay is None else [cue for cue in screenplay.cues if isinstance(cue, BackdropCue)]
    return [len(cues[0].prompt.encode()) if cues else PROMPT_BYTES]


def _pictures(component: str, prompts: list[int], size: Size) -> list[Need]:
    if not prompts:
        return []
    tokens = LARGE_PICTURE_TOKENS if max(size.width, size.height) > LARGE_SIDE_PX else PICTURE_TOKENS
    measures = {
        "image": len(prompts),
        "input_token": ceil(sum(prompts) / BYTES_A_TOKEN),
        "output_token": len(prompts) * tokens,
        "image_token": len(prompts) * tokens,
    }
    return [Need(component=component, port="illustrator", measures=measures)]


def _music(screenplay: Screenplay | None) -> list[Need]:
    if screenplay is not None and not any(isinstance(cue, MusicCue) for cue in screenplay.cues):
        return []
    return [Need(component="soundtrack", port="composer", measures={"second": MUSIC_S, "request": 1})]
