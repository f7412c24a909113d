"""The studio's vocabulary: frozen, versioned pydantic models that every other room speaks in.

`Artifact` subclasses are what assets deliver. `parse_artifact` reads any stored one back by its version.
"""

from typing import Annotated

from pydantic import Field, TypeAdapter

from vidfactory.schema.base import Artifact
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.crew import DepartmentCrew
from vidfactory.schema.film import Poster, Rushes, Video
from vidfactory.schema.finance import Analysis, MarketData, SelectedTweet, Tweets
from vidfactory.schema.inspection import QaReport
from vidfactory.schema.pictures import Backdrop, Cards, Charts, Illustrations, Soundtrack, Ticker
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.release import Package, Publication, Thumbnails
from vidfactory.schema.screenplay import Draft, Screenplay
from vidfactory.schema.speech import Narration, Recording, Timestamps

AnyArtifact = (
    FinanceBrief
    | DepartmentCrew
    | Tweets
    | SelectedTweet
    | MarketData
    | Analysis
    | Draft
    | Screenplay
    | Recording
    | Narration
    | Timestamps
    | Illustrations
    | Charts
    | Cards
    | Ticker
    | Backdrop
    | Soundtrack
    | ProductionPlan
    | Rushes
    | Video
    | Poster
    | Thumbnails
    | QaReport
    | Package
    | Publication
)

_STORED: TypeAdapter[AnyArtifact] = TypeAdapter(Annotated[AnyArtifact, Field(discriminator="schema_version")])


def parse_artifact(content: bytes) -> Artifact:
    """Read the JSON of a stored artifact; pydantic.ValidationError if it is of no known version."""
    return _STORED.validate_json(content)
