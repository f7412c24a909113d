"""A login to Google: what a person allowed once, kept in a private file, and the short-lived tokens made from it.

Belongs here: consent, its file, fresh tokens, and how all that fails. Does not belong here: what a token is used
for. Nothing of it is ever written anywhere but into that file: not into errors, logs, answers or artifacts.

`<folder of the service>/<name>.login.json` has Google's own format of authorised users, mode 0600 in a folder of
mode 0700. A login works on this machine alone.
"""

import asyncio
import datetime as dt
import json
import os
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from vidfactory.errors import BadInput, Permanent, Transient, VidfactoryError, disk_errors
from vidfactory.files import staging
from vidfactory.providers.kit import Kit

CONSENT_S = 300
"""How long a person has to allow it."""
_SECRETS = ("token", "refresh_token", "client_secret")
_NEEDED = frozenset({"refresh_token", "client_id", "client_secret", "token_uri"})
_OTHERS_MAY = 0o077


@dataclass(frozen=True)
class Login:
    """The login of one service. `command` is how a person logs in."""

    kit: Kit
    scopes: Sequence[str]
    command: str

    @property
    def file(self) -> Path:
        return self.kit.folder / f"{self.kit.name}.login.json"

    def check(self) -> None:
        """Permanent where there is no login, or one that others on this machine can read."""
        self._kept()

    async def token(self, refused: str = "") -> str:
        """A token to send; a fresh one where the one that is kept has run out, or is the one that was `refused`.

        Permanent where Google takes the login no more, Transient where Google cannot be asked.
        """
        return await asyncio.to_thread(self._token, refused)

    def without_secrets(self, text: str) -> str:
        """`text` as Google said it, with all that is secret of the login blotted out."""
        kept = self._kept()
        for secret in filter(None, (str(kept.get(name, "")) for name in _SECRETS)):
            text = text.replace(secret, "***")
        return text

    def revoked(self) -> Permanent:
        """The error for a login that Google does not take any more."""
        return self._missing("Google takes the login no more: it was withdrawn or has run out")

    def consent(self, *, port: int = 0) -> Path:
        """Have a person allow it in a browser, keep what Google gives, and return its file.

        `port` is where this machine waits for the browser's answer; 0: any free one. BadInput for a client's file
        that cannot be used, VidfactoryError where nobody allowed it.
        """
        client = self._client_file()
        try:
            flow = InstalledAppFlow.from_client_secrets_file(str(client), scopes=list(self.scopes))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no client of an installed application"
            raise BadInput(
                f"the OAuth client cannot be read: {reason}",
                where=str(client),
                remedy="Make one of the type `desktop app` in Google's console, download its JSON, and put it there "
                f"or name it in services.{self.kit.name}.options.client_secrets",
            ) from None
        try:
            given = flow.run_local_server(
                port=port,
                open_browser=_has_browser(),
                timeout_seconds=CONSENT_S,
                authorization_prompt_message="To log in, open this address in a browser:\n{url}\n",
                access_type="offline",
                prompt="consent",
            )
        except WSGITimeoutError:
            raise VidfactoryError(f"nobody allowed it in {CONSENT_S} s", remedy=self._remedy) from None
        except (OAuth2Error, requests.RequestException) as error:
            raise VidfactoryError(f"Google gave no login ({type(error).__name__})", remedy=self._remedy) from None
        except Warning:  # which oauthlib raises where a permission was left out
            raise VidfactoryError(
                "not all that is needed was allowed", remedy=f"{self._remedy}, and allow all"
            ) from None
        self._keep(given)
        return self.file

    def _token(self, refused: str) -> str:
        credentials = self._credentials()
        if credentials.valid and credentials.token != refused:
            return str(credentials.token)
        try:
            with requests.Session() as session:
                credentials.refresh(Request(session))
        except TransportError as error:
            raise self._busy(f"Google cannot be reached ({type(error).__name__})") from None
        except RefreshError as error:
            raise (self._busy("Google is busy and gave no token") if error.retryable else self.revoked()) from None
        self._keep(credentials)
        return str(credentials.token)

    def _credentials(self) -> Credentials:
        """What is kept; its own reader would know no other address than Google's."""
        kept = self._kept()
        expiry = kept.get("expiry")
        return Credentials(
            token=kept.get("token"),
            refresh_token=kept["refresh_token"],
            token_uri=kept["token_uri"],
            client_id=kept["client_id"],
            client_secret=kept["client_secret"],
            scopes=kept.get("scopes"),
            expiry=dt.datetime.fromisoformat(expiry.removesuffix("Z")) if expiry else None,
        )

    def _kept(self) -> Mapping[str, Any]:
        try:
            mode = self.file.stat().st_mode
            content = json.loads(self.file.read_bytes())
        except FileNotFoundError:
            raise self._missing("there is no login") from None
        except ValueError:
            raise self._missing(f"the login in {self.file} cannot be read") from None
        if mode & _OTHERS_MAY:
            raise Permanent(
                f"others on this machine may read the login in {self.file}",
                where=self._where,
                remedy=f"Withdraw it in the Google account if they did, then: chmod 600 {self.file}",
            )
        if not isinstance(content, dict) or not content.keys() >= _NEEDED:
            raise self._missing(f"the login in {self.file} is not whole")
        return content

    def _keep(self, credentials: Credentials) -> None:
        """Write the login for nobody else to read, whole or not at all."""
        with disk_errors(str(self.file)):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.parent.chmod(0o700)
            with staging(self.file) as temporary:
                handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    stream.write(credentials.to_json())
                    stream.flush()
                    os.fsync(stream.fileno())
                temporary.replace(self.file)

    def _client_file(self) -> Path:
        own = str(self.kit.service.options.get("client_secrets", ""))
        return Path(own).expanduser() if own else self.kit.folder / "client_secret.json"

    def _missing(self, what: str) -> Permanent:
        return Permanent(what, where=self._where, remedy=self._remedy)

    def _busy(self, what: str) -> Transient:
        return Transient(what, where=self._where, remedy="Try again later")

    @property
    def _remedy(self) -> str:
        return f"Log in: {self.command}"

    @property
    def _where(self) -> str:
        return f"{self.kit.name} {self.kit.port}"


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
