"""Google's official client: what it returns, what it raises, and what the ledger records."""

import asyncio
import urllib.error
import urllib.request

import pytest
from google import genai
from google.genai import errors, types

from stack import API_URL, CHAT_KEY, assert_as_served, attempts, calls, refusals, set_hard_limit, summary_of

MODEL = "gemini-3.5-flash"
ASK = "Tell me of the sea and of the wind"


def _is_served() -> bool:
    request = urllib.request.Request(f"{API_URL}/v1beta/models", headers={"x-goog-api-key": CHAT_KEY})
    try:
        with urllib.request.urlopen(request, timeout=10):
            return True
    except urllib.error.HTTPError as error:
        return error.code != 404


pytestmark = pytest.mark.skipif(not _is_served(), reason="this API has no Gemini upstream")


def client_of(label: str, key: str = CHAT_KEY) -> genai.Client:
    """The official client with only base URL and key changed; label and tag are ordinary headers."""
    headers = {"X-User-Label": label, "X-Client-Request-Id": label}
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=API_URL, headers=headers))


@pytest.fixture
def client(label: str):
    return client_of(label)


def steered(**parameters) -> types.GenerateContentConfig:
    """A request that says what the mock provider shall do."""
    metadata = {f"mock_{name}": str(value) for name, value in parameters.items()}
    return types.GenerateContentConfig(http_options=types.HttpOptions(extra_body={"metadata": metadata}))


def output_of(usage) -> int:
    """Thoughts are beside the candidates."""
    return (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)


def only_call(label: str) -> dict:
    (call,) = calls(label)
    return call


def ask(client: genai.Client, stream: bool, **options):
    """The whole text, and the last usage."""
    if not stream:
        answer = client.models.generate_content(model=MODEL, contents=ASK, **options)
        return answer.text, answer.usage_metadata
    chunks = list(client.models.generate_content_stream(model=MODEL, contents=ASK, **options))
    return "".join(chunk.text or "" for chunk in chunks), chunks[-1].usage_metadata


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_content_is_metered_with_its_last_usage(client, label, stream):
    text, usage = ask(client, stream)

    call = only_call(label)
    assert text and (call["provider"], call["model"], call["stream"]) == ("google", MODEL, stream)
    assert (call["input_tokens"], call["output_tokens"]) == (usage.prompt_token_count, output_of(usage))
    assert_as_served(label, 1)


def test_async_client(client, label):
    async def ask_twice():
        asked = [client.aio.models.generate_content(model=MODEL, contents=ASK) for _ in range(2)]
        return await asyncio.gather(*asked)

    asyncio.run(ask_twice())

    assert_as_served(label, 2)


def test_functions_are_called_in_two_rounds(client, label):
    def get_weather(city: str) -> str:
        """Tells the weather of a city."""
        return f"21 degrees in {city}"

    answer = client.chats.create(model=MODEL, config={"tools": [get_weather]}).send_message("Use get_weather")

    assert answer.text
    assert_as_served(label, 2)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_each_count_has_its_bucket(client, label, stream):
    config = steered(
        prompt_tokens=10_000, cached_tokens=3_000, cached_audio_tokens=1_000, input_audio_tokens=500,
        tool_prompt_tokens=400, reasoning_tokens=300, completion_tokens=20, image_output_tokens=1_290,
    )
    _, usage = ask(client, stream, config=config)

    assert (usage.cached_content_token_count, usage.candidates_token_count) == (4_000, 1_310)
    call = only_call(label)
    buckets = (
        "input_tokens", "cached_tokens", "cached_audio_tokens", "audio_input_tokens", "output_tokens",
        "reasoning_tokens", "image_output_tokens",
    )
    assert [call[name] for name in buckets] == [10_400, 3_000, 1_000, 500, 1_610, 300, 1_290]
    assert_as_served(label, 1)


# Comments in a stream are more than the client can read.
@pytest.mark.parametrize("fault", ["late-usage", "tiny-chunks"])
def test_unusual_stream_is_metered_exactly(client, label, fault):
    ask(client, True, config=steered(fault=fault))

    assert_as_served(label, 1)


def test_hidden_output_of_a_larger_sum_is_counted_and_flagged(client, label):
    _, usage = ask(client, True, config=steered(fault="hidden-total"))

    row = summary_of(label)
    assert (row.calls, row.estimated) == (1, 1)
    assert row.input_tokens + row.output_tokens == usage.total_token_count


def test_token_count_and_models_are_free(client, label):
    counted = client.models.count_tokens(model=MODEL, contents=ASK).total_tokens
    _, usage = ask(client, False)

    assert counted == usage.prompt_token_count
    assert any(model.name == f"models/{MODEL}" for model in client.models.list())
    assert client.models.get(model=MODEL).output_token_limit == 65_536
    assert len(attempts(label)) == 1
    assert summary_of(label).input_tokens == usage.prompt_token_count


def test_embeddings_without_usage_are_estimated(client, label):
    embedded = client.models.embed_content(model="gemini-embedding-001", contents=["the sea", "the wind"])

    assert [len(embedding.values) for embedding in embedded.embeddings] == [3_072, 3_072]
    row = summary_of(label)
    assert (row.calls, row.estimated) == (1, 1)
    assert row.input_tokens >= attempts(label)[0]["usage"]["input_tokens"]


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        ("400", errors.ClientError, "INVALID_ARGUMENT"),
        ("429", errors.ClientError, "RESOURCE_EXHAUSTED"),
        ("error-array", errors.ClientError, "RESOURCE_EXHAUSTED"),
        ("503", errors.ServerError, "UNAVAILABLE"),
    ],
)
def test_each_upstream_error_passes_unchanged_and_is_one_failed_call(client, label, fault, error, status):
    with pytest.raises(error) as refused:
        ask(client, False, config=steered(fault=fault, retry_after="0.001"))

    assert refused.value.status == status
    row = summary_of(label)
    assert (row.calls, row.failed, row.input_tokens) == (1, 1, 0)


@pytest.mark.parametrize("fault", ["bare-error", "error-in-stream", "truncated", "truncated-mid-event"])
def test_cut_stream_is_settled_as_estimated(client, label, fault):
    try:
        ask(client, True, config=steered(fault=fault))
    except (errors.APIError, ValueError):
        pass

    row = summary_of(label)
    assert (row.calls, row.estimated) == (1, 1)
    assert row.input_tokens >= attempts(label)[0]["usage"]["input_tokens"]


def test_invalid_key_is_refused(label):
    with pytest.raises(errors.ClientError) as refused:
        ask(client_of(label, "tm_nonsense"), False)

    assert (refused.value.code, refused.value.status) == (401, "UNAUTHENTICATED")
    assert attempts(label) == []


def test_used_up_budget_is_one_request(client, label):
    _, usage = ask(client, False)
    limit = set_hard_limit(label, usage.total_token_count, metric="tokens")

    with pytest.raises(errors.ClientError) as refused:
        ask(client, False)

    assert (refused.value.code, refused.value.status) == (429, "RESOURCE_EXHAUSTED")
    assert "PerDay" in str(refused.value.details)
    assert (refusals(limit), len(attempts(label))) == (1, 1)
