"""The script editor: a draft of any desk becomes the approved screenplay.

Belongs here: what holds for every format, such as one draft per video, names that are unique, and
words that can be spoken. Does not belong here: what makes a script of one format good.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from vidfactory.desks.spoken import tokens_of
from vidfactory.errors import BadInput
from vidfactory.schema.screenplay import Beat, Draft, DraftBeat, Screenplay, Token

Tokenizer = Callable[[str, str], tuple[Token, ...]]
"""Splits a text in a language into tokens; raises BadInput for a language that it does not know."""


def the_one_draft(drafts: Iterable[Draft | None], *, video: str) -> Draft:
    """The only draft of a video. BadInput where no desk has written one, or several have."""
    written = [draft for draft in drafts if draft is not None]
    if len(written) != 1:
        raise BadInput(
            f"the video has {len(written)} drafts and needs exactly one",
            where=video,
            remedy="Let the desk of its format write one" if not written else "Keep the draft of one format",
        )
    return written[0]


def approve(draft: Draft, *, video: str, tokenize: Tokenizer = tokens_of) -> Screenplay:
    """The screenplay of `draft`; BadInput for a beat that nothing can be said of, or for two cues of one name."""
    _check_cue_names(draft, video)
    return Screenplay(
        video=video,
        title=draft.title,
        headline=draft.headline,
        kicker=draft.kicker,
        description=draft.description,
        sources=draft.sources,
        disclaimer=draft.disclaimer,
        tags=draft.tags,
        language=draft.language,
        theme=draft.theme,
        frame=draft.frame,
        beats=tuple(_beat(beat, draft.language, video, tokenize) for beat in draft.beats),
        cues=draft.cues,
    )


def as_markdown(screenplay: Screenplay) -> str:
    """The screenplay for a person to read: title, beats, and the pictures of each."""
    parts = [f"## {screenplay.title}"]
    for beat in screenplay.beats:
        pictures = ", ".join(cue.concept for cue in beat.cues)
        parts.append(f"**{beat.name}**" + (f" · {pictures}" if pictures else ""))
        parts.append(beat.text)
    return "\n\n".join(parts) + "\n"


def _beat(beat: DraftBeat, language: str, video: str, tokenize: Tokenizer) -> Beat:
    tokens = tokenize(beat.text, language)
    if not tokens:
        raise BadInput(
            f"there is nothing to say in {beat.text!r}", where=f"{video}, beat {beat.name!r}", remedy="Write it again"
        )
    return Beat(name=beat.name, title=beat.title, tokens=tokens, cues=beat.cues, shows=beat.shows, pause_s=beat.pause_s)


def _check_cue_names(draft: Draft, video: str) -> None:
    named = [cue.name for beat in draft.beats for cue in beat.cues]
    named += [cue.name for cue in draft.cues if cue.kind in {"chart", "post_card"}]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise BadInput(
            f"several cues are called {', '.join(twice)}", where=video, remedy="Give each cue a name of its own"
        )
