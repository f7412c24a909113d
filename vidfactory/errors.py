"""How things fail: every error says what happened, where, and what to do about it."""


class VidfactoryError(Exception):
    """A failure that a person can act on.

    what: one sentence, without a full stop.
    where: the file, line, field, video or asset that it happened at.
    remedy: what the person can do.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        place = f"{where}: " if where else ""
        way_out = f". {remedy}" if remedy else ""
        super().__init__(f"{place}{what}{way_out}")


class BadInput(VidfactoryError):
    """What the person gave cannot be used; nothing was changed."""


class DamagedArtifact(VidfactoryError):
    """A stored artifact is not what it was when it was stored."""


class MissingArtifact(VidfactoryError, FileNotFoundError):
    """An artifact was asked for that has not been made yet."""


class ProviderError(VidfactoryError):
    """A provider did not deliver."""


class Transient(ProviderError):
    """Worth another try: busy, slow or cut off."""


class Permanent(ProviderError):
    """No try of the same request can succeed."""


class Exhausted(ProviderError):
    """Every try was used up."""
