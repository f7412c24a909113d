"""A studio whose services are the fakes: the settings that lead there, as a table and as an environment."""

from collections.abc import Mapping
from typing import Any

PATHS: Mapping[str, str] = {
    "anthropic": "/anthropic",
    "openai": "/openai/v1",
    "google": "/google",
    "google_cloud": "/google_tts",
    "elevenlabs": "/elevenlabs",
    "azure": "/azure",
    "polly": "/polly",
    "replicate": "/replicate",
    "runway": "/runway",
    "x": "/x",
    "xai": "/xai/v1",
    "yfinance": "/yahoo",
    "youtube": "/youtube",
}
"""Where each service of the settings answers below the fakes' address."""
KEYLESS = frozenset({"yfinance", "youtube"})
KEY_NAMES = (
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_CLOUD_API_KEY",
    "ELEVENLABS_API_KEY",
    "AZURE_SPEECH_KEY",
    "REPLICATE_API_TOKEN",
    "RUNWAYML_API_SECRET",
    "X_BEARER_TOKEN",
    "XAI_API_KEY",
)


def services_table(address: str, key: str) -> dict[str, dict[str, Any]]:
    """`Settings(services=...)` for the fakes at `address`, without limits that would slow a test."""
    table: dict[str, dict[str, Any]] = {
        name: {"address": f"{address}{path}", "per_minute": 100_000} for name, path in PATHS.items()
    }
    return {name: service if name in KEYLESS else {**service, "key": key} for name, service in table.items()}


def services_environment(address: str, key: str) -> dict[str, str]:
    """The same as environment variables, keys under their own names."""
    addresses = {f"VIDFACTORY_SERVICES__{name}__ADDRESS": f"{address}{path}" for name, path in PATHS.items()}
    return {**addresses, **dict.fromkeys(KEY_NAMES, key)}
