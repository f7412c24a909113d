"""Who may order and ask over HTTP: bearer tokens, of which the studio keeps the hash alone.

Belongs here: making, finding, taking back. A token has 256 random bits, so its plain SHA-256 cannot be guessed from.
"""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Mapping
from hmac import compare_digest
from typing import Literal, get_args

from pydantic import Field, ValidationError

from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.schema.base import Model
from vidfactory.storage import objects
from vidfactory.storage.studio import Studio

Scope = Literal["order", "read"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "vidfactory"
"""How tokens begin, so that those who look for lost secrets know one when they see it."""
SUFFIX = ".json"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_NAME = 40


class Token(Model):
    """What is kept of a token. channels: those that it may order for and see; empty for all, and for none."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: tuple[Scope, ...] = Field(min_length=1)
    channels: tuple[str, ...] = ()
    per_minute: int = Field(120, ge=1)
    """Requests that it may make in a minute."""
    at: dt.datetime

    def sees(self, channel: str | None) -> bool:
        """Whether videos of a channel are its holder's business."""
        return not self.channels or channel in self.channels


class Tokens:
    """The tokens of a studio."""

    def __init__(self, studio: Studio) -> None:
        self._root = studio.tokens

    def make(
        self, name: str, now: dt.datetime, *, scopes: tuple[Scope, ...], channels: tuple[str, ...], per_minute: int
    ) -> str:
        """A new token, which nobody can be told again; BadInput for a name that is none, or is taken."""
        if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            raise BadInput(
                f"{name!r} names no token", where="NAME", remedy="Use lower-case letters, digits and hyphens"
            )
        if name in self.known():
            raise BadInput(
                "there is a token of this name", where=name, remedy=f"Take it back: vidfactory tokens revoke {name}"
            )
        secret = f"{PREFIX}_{name}_{secrets.token_hex(32)}"
        kept = Token(name=name, sha256=_sha256(secret), scopes=scopes, channels=channels, per_minute=per_minute, at=now)
        objects.put(self._root / f"{name}{SUFFIX}", kept.model_dump_json(indent=1).encode())
        return secret

    def known(self) -> Mapping[str, Token]:
        """All tokens by name; DamagedArtifact where one cannot be read."""
        names = [name for name in objects.names(self._root) if name.endswith(SUFFIX) and not name.startswith(".")]
        read = {name.removesuffix(SUFFIX): objects.get(self._root / name) for name in names}
        return {name: _parsed(name, content) for name, content in read.items() if content is not None}

    def revoke(self, name: str) -> None:
        """Take a token back; BadInput where there is none of that name."""
        if name not in self.known():
            raise BadInput("there is no such token", where=name, remedy="See them with: vidfactory tokens list")
        objects.remove(self._root / f"{name}{SUFFIX}")


def holder(known: Mapping[str, Token], secret: str) -> Token | None:
    """Whose token `secret` is; every one is compared, in the same time whatever is wrong with it."""
    asked = _sha256(secret)
    found = [token for token in known.values() if compare_digest(token.sha256, asked)]
    return found[0] if found else None


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _parsed(name: str, content: bytes) -> Token:
    try:
        return Token.model_validate_json(content)
    except ValidationError as error:
        raise DamagedArtifact(
            f"its token cannot be read: {error.error_count()} wrong fields",
            where=name,
            remedy=f"Remove tokens/{name}{SUFFIX} from the studio and make it anew",
        ) from error
