"""What every provider is built with.

A provider is one file, `<name>_<port>.py`, for example `elevenlabs_narrator.py`. It holds a class that
implements its port and two functions: `provide(kit)` builds it, and `probe(kit)` makes the cheapest real
call and says in a few words what came back; a house provider, which has nobody to call, has no `probe`.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from vidfactory.errors import Permanent
from vidfactory.ports import Calls
from vidfactory.settings import Service


@dataclass(frozen=True)
class Kit:
    """name: the service as the settings call it. port: what it serves as here. voice: a profile of `voices.toml`.

    folder: where on this machine a provider may keep what it downloads.
    """

    name: str
    port: str
    service: Service
    calls: Calls
    voice: str = ""
    folder: Path = Path()

    @property
    def model(self) -> str:
        """The model that the settings name for this port; Permanent where they name none."""
        model = self.service.models.get(self.port)
        if not model:
            raise Permanent(
                f"no model is set for the {self.port}",
                where=self.name,
                remedy=f"Set services.{self.name}.models.{self.port} in vidfactory.toml",
            )
        return model

    @property
    def key(self) -> str:
        """The secret of this service, in clear; Permanent naming the setting where there is none."""
        if self.service.key is None:
            raise Permanent(
                "there is no key for it",
                where=self.name,
                remedy=f"Set {self.service.key_name} in .env or the environment",
            )
        return self.service.key.get_secret_value()

    def without_secrets(self, text: str) -> str:
        """`text` as a service said it, fit for an error: the key blotted out, cut at 300 characters."""
        secret: SecretStr | None = self.service.key
        clean = text.replace(secret.get_secret_value(), "***") if secret and secret.get_secret_value() else text
        return " ".join(clean.split())[:300]
