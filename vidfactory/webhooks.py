"""Messages to whoever wants to know what happens in the studio, signed so that they can be trusted.

Belongs here: writing, signing and posting one message, as https://www.standardwebhooks.com says. Does not belong here:
when there is something to tell.
"""

import binascii
import datetime as dt
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import httpx
import stamina
from standardwebhooks.webhooks import EmptyWebhookSecretError
from standardwebhooks.webhooks import Webhook as Signer

from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.settings import Settings, Webhook

TIMEOUT_S = 15.0
TRIES = 4
WORTH_ANOTHER_TRY = frozenset(
    {httpx.codes.REQUEST_TIMEOUT, httpx.codes.CONFLICT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS}
)


def webhook_of(settings: Settings, name: str) -> Webhook:
    """The webhook called `name`; BadInput where there is none."""
    if name not in settings.webhooks:
        known = ", ".join(settings.webhooks) or "none"
        raise BadInput(
            f"there is no webhook {name!r}", where="webhook", remedy=f"Add it to vidfactory.toml; there are: {known}"
        )
    return settings.webhooks[name]


def post(
    webhook: Webhook, number: str, event: str, content: Mapping[str, Any], now: dt.datetime, tries: int = TRIES
) -> None:
    """Tell a webhook of an `event`, with `content` as JSON.

    number: the message's own; whoever gets the same one twice may drop the second. Transient where
    the webhook cannot be reached or asks for another try, Permanent where it refuses, BadInput without a usable secret.
    """
    body = json.dumps({"type": event, "timestamp": now.isoformat(), "data": content}, ensure_ascii=False)
    headers = {
        "content-type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _signer(webhook).sign(number, now, body),
    }
    send = partial(_send, str(webhook.address), headers, body)
    stamina.retry(on=Transient, attempts=tries, wait_initial=1.0, wait_max=8.0, timeout=None)(send)()


def _signer(webhook: Webhook) -> Signer:
    try:
        return Signer(webhook.key.get_secret_value() if webhook.key else "")
    except (binascii.Error, EmptyWebhookSecretError) as error:
        raise BadInput(
            "the webhook has no secret to sign with",
            where=webhook.key_name,
            remedy=f"Set {webhook.key_name} to whsec_ and base64, as from: openssl rand -base64 24",
        ) from error


def _send(address: str, headers: Mapping[str, str], body: str) -> None:
    where = address.partition("?")[0]  # what follows may be a secret
    try:
        answer = httpx.post(address, content=body, headers=dict(headers), timeout=TIMEOUT_S)
    except httpx.HTTPError as error:
        raise Transient(f"the webhook cannot be reached: {type(error).__name__}", where=where) from error
    if answer.is_success:
        return
    said = f"the webhook answered {answer.status_code}"
    if answer.is_server_error or answer.status_code in WORTH_ANOTHER_TRY:
        raise Transient(said, where=where)
    raise Permanent(said, where=where, remedy="Correct its address in vidfactory.toml, or what answers there")
