"""What every provider is built with.

A provider is one file, `<name>_<port>.py`, for example `elevenlabs_narrator.py`. It holds what
implements its port and two functions: `provide(kit)` builds it, and `probe(kit)` makes the cheapest real
call and says in a few words what came back; a house provider, which has nobody to call, has no `probe`. One whose key
is not in the settings has `credential(kit)`, which says where it is.
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
        """The secret of this service, in clear; Permanent naming the setting where there is none that can be sent.

        A line end that came along with it is left off. Other signs that no HTTP header may have are refused
        here, because the libraries complain of them by repeating the key.
        """
        setting = self.service.key_name or f"services.{self.name}.key"
        secret = self._secret()
        if not secret:
            raise Permanent(
                "there is no key for it", where=self.name, remedy=f"Set {setting} in .env or the environment"
            )
        if not (secret.isascii() and secret.isprintable()):
            raise Permanent(
                "its key holds signs that no key has", where=self.name, remedy=f"Set {setting} to the key alone"
            )
        return secret

    def without_secrets(self, text: str) -> str:
        """`text` as a service said it, fit for an error: the key blotted out, cut at 300 characters."""
        secret = self._secret()
        clean = text.replace(secret, "***") if secret else text
        return " ".join(clean.split())[:300]

    def _secret(self) -> str:
        key: SecretStr | None = self.service.key
        return "" if key is None else key.get_secret_value().strip()
