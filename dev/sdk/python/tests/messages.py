"""Requests and clients of Anthropic's tests, whose fixtures they import."""

import anthropic
import pytest

from stack import API_URL, CHAT_KEY, calls

MODEL = "claude-opus-5"
ASK = {
    "model": MODEL,
    "max_tokens": 1_000,
    "messages": [{"role": "user", "content": "Tell me of the sea and of the wind"}],
}
WEATHER = {
    "name": "get_weather",
    "description": "Tells the weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture
def client(label: str):
    """The official client with only `base_url` and `api_key` changed; label and tag are ordinary headers."""
    headers = {"X-User-Label": label, "X-Client-Request-Id": label}
    with anthropic.Anthropic(base_url=API_URL, api_key=CHAT_KEY, default_headers=headers) as client:
        yield client


@pytest.fixture
def once(client: anthropic.Anthropic) -> anthropic.Anthropic:
    """The client without the SDK's own retries."""
    return client.with_options(max_retries=0)


def steered(**parameters) -> dict:
    """A request that says what the mock provider shall do."""
    return {**ASK, "metadata": {f"mock_{name}": str(value) for name, value in parameters.items()}}


def input_of(usage) -> int:
    """Cache reads and writes are beside the input."""
    return usage.input_tokens + (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)


def only_call(label: str) -> dict:
    (call,) = calls(label)
    return call
