"""OpenAI's SDK as all providers use it, those of services that speak like OpenAI's too.

Belongs here: how it is opened, and what its errors mean. Does not belong here: any request.
"""

from openai import APIConnectionError, APIStatusError, AsyncOpenAI

from vidfactory.errors import ProviderError
from vidfactory.providers.failures import refused, unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.web import HTTP_ERRORS, broken, open_model_client


def open_openai(kit: Kit, home: str | None = None) -> AsyncOpenAI:
    """The SDK for one call, without tries of its own; use it as a context. `home` is where another service answers."""
    return AsyncOpenAI(
        api_key=kit.key,
        base_url=kit.service.address or home,
        max_retries=0,
        timeout=kit.service.timeout_s,
        http_client=open_model_client(kit),
    )


def openai_failure(kit: Kit, error: Exception) -> ProviderError:
    """The error for what the SDK raised."""
    if isinstance(error, APIStatusError):
        return refused(kit, error.status_code, _said(error), error.response.headers)
    if isinstance(error, APIConnectionError):
        return broken(kit, error.__cause__ or error)
    if isinstance(error, HTTP_ERRORS):
        return broken(kit, error)
    return unreadable(kit, f"{type(error).__name__}: {error}")


def _said(error: APIStatusError) -> str:
    """What the service answered: the SDK leaves errors that are plain text out of its own message."""
    return f"{error.message}: {error.body}" if isinstance(error.body, str) else error.message
