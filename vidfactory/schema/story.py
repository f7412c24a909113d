"""What the story desk passes along: the narrative, the visual bible and the segments."""

from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Credit, Model

Niche = Literal["gaming", "education", "entertainment", "none"]
Shot = Literal["close", "medium", "wide", "detail", "overhead", "low_angle"]
"""How a picture is framed. Close ones are on the cast; the others vary place, scale and angle."""


class NarrativeSection(Model):
    """One part of the story, named as the structure of its niche names it. Marks are still in the text."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    text: str = Field(min_length=1)


class NarrativeText(Model):
    """What a storyteller answers."""

    title: str = Field(min_length=3, max_length=90)
    headline: str = Field(min_length=3, max_length=40)
    """A few words for the poster."""
    description: str = Field(min_length=10, max_length=400)
    sections: tuple[NarrativeSection, ...] = Field(min_length=1, max_length=40)


class Narrative(Artifact):
    schema_version: Literal["story.narrative/1"] = "story.narrative/1"
    text: NarrativeText
    language: str
    niche: Niche
    is_given: bool
    """A person brought it, and its words stay as they are."""
    made_by: Credit


class Character(Model):
    name: str = Field(min_length=1, max_length=40)
    look: str = Field(min_length=1)
    """The clause that keeps a character the same from picture to picture, at most 15 tokens."""


class VisualBible(Artifact):
    """Cast, places, palette and props, for videos of 90 s and more; explicitly empty for shorter ones."""

    schema_version: Literal["story.visual_bible/1"] = "story.visual_bible/1"
    characters: tuple[Character, ...] = ()
    places: tuple[Character, ...] = ()
    palette: tuple[str, ...] = ()
    props: tuple[str, ...] = ()
    made_by: Credit | None = None


class Segment(Model):
    """A stretch of speech and the one picture that is seen with it."""

    text: str = Field(min_length=1)
    subject: str = Field(min_length=1)
    """What the picture shows, in a few words."""
    shot: Shot
    cast: tuple[str, ...] = ()
    """Characters in the picture, by name."""
    prompt: str
    """The whole prompt that an image model gets."""


class PromptTokens(Model):
    """Tokens of what was sent, by part: director's prompt, art style, longest consistency clause, all of the video."""

    director: int = Field(ge=0)
    style: int = Field(ge=0)
    consistency: int = Field(ge=0)
    video: int = Field(ge=0)


class Segments(Artifact):
    schema_version: Literal["story.segments/1"] = "story.segments/1"
    style: str
    """The name of the art style."""
    segments: tuple[Segment, ...] = Field(min_length=1)
    tokens: PromptTokens
    made_by: Credit
