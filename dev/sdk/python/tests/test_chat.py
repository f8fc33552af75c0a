"""Chat completions through the official client: what it returns, and what the ledger records."""

import asyncio
from decimal import Decimal

import openai
import pytest
from pydantic import BaseModel

from stack import API_URL, CHAT_KEY, attempts, summary_of, eventually

MODEL = "gpt-4o-mini"
ASK = [{"role": "user", "content": "Tell me of the sea and of the wind"}]


def test_plain_completion_is_metered_with_its_usage_and_price(client, label, assert_metered):
    answer = client.chat.completions.create(model=MODEL, messages=ASK)

    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "gpt-4o-mini-2024-07-18"
    assert_metered(answer.usage.prompt_tokens, answer.usage.completion_tokens)
    # USD 0.15 and 0.60 per 1M tokens.
    expected = answer.usage.prompt_tokens * Decimal("0.00000015") + answer.usage.completion_tokens * Decimal("0.0000006")
    assert summary_of(label).cost_usd == expected


def test_async_client(label, assert_metered):
    async def ask():
        async with openai.AsyncOpenAI(
            base_url=f"{API_URL}/v1", api_key=CHAT_KEY, default_headers={"X-User-Label": label}
        ) as client:
            asked = [client.chat.completions.create(model=MODEL, messages=ASK) for _ in range(4)]
            answers = await asyncio.gather(*asked)
            stream = await client.chat.completions.create(
                model=MODEL, messages=ASK, stream=True, stream_options={"include_usage": True}
            )
            return [answer.usage for answer in answers] + [c.usage async for c in stream if c.usage]

    usages = asyncio.run(ask())

    assert len(usages) == 5
    assert_metered(sum(u.prompt_tokens for u in usages), sum(u.completion_tokens for u in usages), calls=5)


def test_stream_with_usage_ends_with_the_usage_chunk(client, assert_metered):
    stream = client.chat.completions.create(
        model=MODEL, messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)

    assert chunks[-1].choices == [] and chunks[-1].usage is not None
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert_metered(chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens)


@pytest.mark.parametrize("options", [openai.NOT_GIVEN, {"include_usage": False}], ids=["absent", "false"])
def test_stream_without_usage_has_none_and_is_metered_nevertheless(client, label, options):
    chunks = list(client.chat.completions.create(model=MODEL, messages=ASK, stream=True, stream_options=options))

    assert all(chunk.choices for chunk in chunks)
    assert all("usage" not in chunk.model_fields_set for chunk in chunks)
    (seen,) = attempts(label)
    row = summary_of(label)
    assert (row.calls, row.estimated, row.failed) == (1, 0, 0)
    assert (row.input_tokens, row.output_tokens) == (seen["usage"]["input_tokens"], seen["usage"]["output_tokens"])


def test_stream_helper_collects_the_completion(client, assert_metered):
    with client.chat.completions.stream(
        model=MODEL, messages=ASK, stream_options={"include_usage": True}
    ) as stream:
        final = stream.get_final_completion()

    assert final.choices[0].message.content
    assert_metered(final.usage.prompt_tokens, final.usage.completion_tokens)


class Weather(BaseModel):
    city: str
    degrees: float
    windy: bool


def test_parse_returns_the_model(client, assert_metered):
    answer = client.chat.completions.parse(model=MODEL, messages=ASK, response_format=Weather)

    assert isinstance(answer.choices[0].message.parsed, Weather)
    assert_metered(answer.usage.prompt_tokens, answer.usage.completion_tokens)


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]


def test_tool_calls_and_their_results(client, label, assert_metered):
    first = client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS, tool_choice="required")
    (call,) = first.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    assert first.choices[0].finish_reason == "tool_calls"

    result = {"role": "tool", "tool_call_id": call.id, "content": '{"degrees": 21}'}
    second = client.chat.completions.create(
        model=MODEL, messages=[*ASK, first.choices[0].message, result], tools=TOOLS, tool_choice="none"
    )

    assert second.choices[0].message.content
    usages = [first.usage, second.usage]
    assert_metered(sum(u.prompt_tokens for u in usages), sum(u.completion_tokens for u in usages), calls=2)


def test_cached_and_reasoning_tokens_reach_the_sdk(client, assert_metered):
    answer = client.chat.completions.create(
        model="gpt-5.4-mini",
        messages=[{"role": "user", "content": "word " * 100}],
        metadata={"mock_cached_tokens": "40", "mock_reasoning_tokens": "9"},
    )

    assert answer.usage.prompt_tokens_details.cached_tokens == 40
    assert answer.usage.completion_tokens_details.reasoning_tokens == 9
    assert_metered(answer.usage.prompt_tokens, answer.usage.completion_tokens)


def test_stream_abandoned_by_the_caller_is_metered_in_full(client, label):
    stream = client.chat.completions.create(
        model=MODEL, messages=ASK, stream=True, metadata={"mock_chunk_delay_ms": "10"}
    )
    next(iter(stream))
    stream.close()

    row = eventually(lambda: summary_of(label), lambda row: row.calls == 1)
    (seen,) = attempts(label)
    assert (row.failed, row.estimated) == (0, 0)
    assert (row.input_tokens, row.output_tokens) == (seen["usage"]["input_tokens"], seen["usage"]["output_tokens"])
