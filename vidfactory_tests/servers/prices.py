"""What the services charge, in US dollars. One table, on purpose not the product's own.

Tokens: per million, from each service's price list of November 2026 (as genai-prices 0.2.3 has them, without
the tiers for very long prompts). The others: SYSTEMS.md, section 4, and the services' price lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

MILLION = Decimal(1_000_000)
THOUSAND = Decimal(1000)


@dataclass(frozen=True)
class TokenPrice:
    """Dollars per million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal = Decimal(0)
    cache_write: Decimal = Decimal(0)
    image_output: Decimal = Decimal(0)


def _tokens(input_: str, output: str, read: str = "0", write: str = "0", image: str = "0") -> TokenPrice:
    return TokenPrice(Decimal(input_), Decimal(output), Decimal(read), Decimal(write), Decimal(image))


TOKENS: Mapping[str, TokenPrice] = {
    "claude-opus-5-5": _tokens("4", "20", "0.2", "5"),
    "claude-sonnet-5-5": _tokens("2", "10", "0.1", "2.5"),
    "claude-sonnet-5": _tokens("2", "10", "0.2", "2.5"),
    "claude-haiku-5-5": _tokens("0.1", "0.5", "0.01", "0.125"),
    "claude-haiku-4-5": _tokens("1", "5", "0.1", "1.25"),
    "claude-sonnet-4-5": _tokens("3", "15", "0.3", "3.75"),
    "gemini-4-argon": _tokens("2", "10", "0.1"),
    "gemini-3.8-flash": _tokens("0.75", "3.75", "0.075"),
    "gemini-3.5-flash": _tokens("1.5", "9", "0.15"),
    "gemini-3.5-flash-lite": _tokens("0.3", "2.5", "0.03"),
    "gemini-2.5-flash": _tokens("0.3", "2.5", "0.03"),
    "gemini-nano-banana-2.1": _tokens("1.5", "7.5", image="30"),
    "gemini-3.1-flash-image": _tokens("0.5", "3", image="60"),
    "gemini-3.1-flash-image-preview": _tokens("0.5", "3", image="60"),
    "gemini-3.1-flash-lite-image": _tokens("0.25", "1.5", image="30"),
    "gemini-3-pro-image-preview": _tokens("2", "12", image="120"),
    "gemini-2.5-flash-image": _tokens("0.3", "2.5", image="30"),
    "gpt-5.5": _tokens("5", "30", "0.5"),
    "gpt-6.1-sol": _tokens("2", "10", "0.1", "2.5"),
    "gpt-6.1-terra": _tokens("1", "5", "0.05", "1.25"),
    "gpt-6-sol": _tokens("2", "10", "0.2", "2.5"),
    "gpt-6-luna": _tokens("0.1", "0.5", "0.01", "0.125"),
    "gpt-5-mini": _tokens("0.25", "2", "0.025"),
    "gpt-4o-mini": _tokens("0.15", "0.6", "0.075"),
    "gpt-image-2.6-flare": _tokens("5", "30", "1.25", image="30"),
    "gpt-image-2.5-flare": _tokens("5", "30", "1.25", image="30"),
    "gpt-image-2.5-sunburst": _tokens("5", "30", "1.25", image="30"),
    "gpt-image-2": _tokens("5", "30", "1.25", image="30"),
    "gpt-image-1.5": _tokens("5", "10", "1.25", image="32"),
    "gpt-image-1-mini": _tokens("2", "8", "0.2", image="8"),
    "gpt-4o-mini-tts": _tokens("0.6", "12"),
    "grok-4.7": _tokens("2", "6", "0.5"),
    "grok-4.6": _tokens("2", "6", "0.5"),
    "grok-4.5": _tokens("2", "6", "0.3"),
    "grok-4.3": _tokens("1.25", "2.5", "0.2"),
}
"""By model. gpt-image-2.6 is on no list yet and taken for 2.5's price; models of one's own (Ollama) are free."""

CHARACTERS: Mapping[str, Decimal] = {
    "elevenlabs:eleven_v3": Decimal("0.30"),
    "elevenlabs:eleven_v4": Decimal("0.30"),
    "elevenlabs:eleven_multilingual_v2": Decimal("0.30"),
    "elevenlabs:eleven_turbo_v2_5": Decimal("0.15"),
    "elevenlabs:eleven_flash_v2_5": Decimal("0.15"),
    "openai:tts-1": Decimal("0.015"),
    "openai:tts-1-hd": Decimal("0.030"),
    "google_tts:standard": Decimal("0.004"),
    "google_tts:neural": Decimal("0.016"),
    "google_tts:chirp": Decimal("0.030"),
    "azure:neural": Decimal("0.015"),
    "polly:standard": Decimal("0.004"),
    "polly:neural": Decimal("0.016"),
    "polly:long-form": Decimal("0.100"),
    "polly:generative": Decimal("0.030"),
}
"""Per 1,000 characters."""

CALLS: Mapping[str, Decimal] = {
    "elevenlabs:sound": Decimal("0.08"),
    "replicate:stability-ai/sdxl": Decimal("0.002"),
    "replicate:black-forest-labs/flux-schnell": Decimal("0.003"),
    "replicate:other": Decimal("0.01"),
    "x:post": Decimal("0.005"),
    "xai:x_search": Decimal("0.005"),
}
"""Per call, picture or post."""

SECONDS: Mapping[str, Decimal] = {
    "elevenlabs:music": Decimal("0.0075"),
    "runway:gen4_turbo": Decimal("0.05"),
    "runway:gen4.5": Decimal("0.12"),
    "runway:other": Decimal("0.05"),
}
"""Per second of music or film."""


def token_cost(
    model: str, input_: int, output: int, *, cache_read: int = 0, cache_write: int = 0, image_output: int = 0
) -> Decimal:
    """Dollars for tokens; `input_` and `output` without those that are counted apart."""
    price = TOKENS.get(model)
    if price is None:
        return Decimal(0)
    return (
        price.input * input_
        + price.output * output
        + price.cache_read * cache_read
        + price.cache_write * cache_write
        + price.image_output * image_output
    ) / MILLION


def character_cost(kind: str, characters: int) -> Decimal:
    return CHARACTERS[kind] * characters / THOUSAND
