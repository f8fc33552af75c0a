"""Anthropic's official client: what it returns, and what the ledger records."""

import asyncio

import anthropic
import pytest

from messages import ASK, MODEL, WEATHER, client, input_of, only_call, steered  # noqa: F401
from stack import API_URL, CHAT_KEY, assert_as_served, attempts, summary_of


def test_plain_message(client, label):
    answer = client.messages.create(**ASK)

    assert answer.content[0].text and answer.stop_reason == "end_turn"
    call = only_call(label)
    assert (call["provider"], call["endpoint"], call["model"]) == ("anthropic", "messages", MODEL)
    assert (call["input_tokens"], call["output_tokens"]) == (input_of(answer.usage), answer.usage.output_tokens)
    assert call["upstream_request_id"] == attempts(label)[0]["request_id"]
    assert_as_served(label, 1)


def test_stream(client, label):
    with client.messages.stream(**ASK) as stream:
        text = "".join(stream.text_stream)
        answer = stream.get_final_message()

    assert text == answer.content[0].text
    call = only_call(label)
    assert call["stream"]
    assert (call["input_tokens"], call["output_tokens"]) == (input_of(answer.usage), answer.usage.output_tokens)
    assert_as_served(label, 1)


def test_beta_namespace_and_async_client(label):
    async def ask():
        headers = {"X-User-Label": label, "X-Client-Request-Id": label}
        async with anthropic.AsyncAnthropic(base_url=API_URL, api_key=CHAT_KEY, default_headers=headers) as client:
            return await client.beta.messages.create(**ASK, betas=["context-1m-2025-08-07"])

    answer = asyncio.run(ask())

    assert answer.usage.output_tokens == only_call(label)["output_tokens"]
    assert_as_served(label, 1)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_tools_in_two_rounds(client, label, stream):
    def ask(messages):
        request = {**ASK, "messages": messages, "tools": [WEATHER], "thinking": {"type": "adaptive"}}
        if not stream:
            return client.messages.create(**request)
        with client.messages.stream(**request) as events:
            return events.get_final_message()

    asked = [{"role": "user", "content": "Use get_weather"}]
    first = ask(asked)
    (call,) = [block for block in first.content if block.type == "tool_use"]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": f"21 degrees in {call.input['city']}"}
    second = ask([*asked, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}])

    assert (first.stop_reason, second.stop_reason) == ("tool_use", "end_turn")
    assert_as_served(label, 2)
    row = summary_of(label)
    assert (row.calls, row.output_tokens) == (2, first.usage.output_tokens + second.usage.output_tokens)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_cache_reads_and_writes_have_their_buckets(client, label, stream):
    request = steered(
        prompt_tokens=10_000, cached_tokens=4_000, cache_write_tokens=2_000, cache_write_long_tokens=1_000,
        late_input_tokens=500,
    )
    if stream:
        with client.messages.stream(**request) as events:
            usage = events.get_final_message().usage
    else:
        usage = client.messages.create(**request).usage

    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (3_000, 4_000, 3_000)
    call = only_call(label)
    buckets = ("input_tokens", "cached_tokens", "cache_write_tokens", "cache_write_long_tokens")
    assert [call[name] for name in buckets] == [10_000, 4_000, 2_000, 1_000]
    assert_as_served(label, 1)


def test_prompt_is_cached_up_to_its_breakpoint(client, label):
    system = [{"type": "text", "text": "Be kind", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    usage = client.messages.create(**ASK, system=system).usage

    assert usage.cache_creation.ephemeral_1h_input_tokens == only_call(label)["cache_write_long_tokens"] > 0
    assert_as_served(label, 1)


def test_steps_of_other_models_are_parts_of_the_call(client, label):
    steps = "compaction:180000:3500,advisor:claude-sonnet-5:823:1612"
    request = steered(prompt_tokens=23_000, completion_tokens=100, iterations=steps)
    with client.beta.messages.stream(**request) as events:
        usage = events.get_final_message().usage

    assert [step.type for step in usage.iterations] == ["compaction", "message", "advisor_message"]
    call = only_call(label)
    assert (call["input_tokens"], call["output_tokens"]) == (23_000 + 180_000 + 823, 100 + 3_500 + 1_612)
    assert_as_served(label, 1)


def test_refusal_before_output_is_recorded(client, label):
    answer = client.messages.create(**steered(fault="refusal"))

    assert (answer.stop_reason, answer.content) == ("refusal", [])
    call = only_call(label)
    assert (call["input_tokens"], call["output_tokens"]) == (input_of(answer.usage), 0)


def test_token_count_and_models_are_free(client, label):
    asked = {name: ASK[name] for name in ("model", "messages")}
    counted = client.messages.count_tokens(**asked)
    answer = client.messages.create(**ASK)

    assert counted.input_tokens == answer.usage.input_tokens
    assert any(model.id == MODEL for model in client.models.list(limit=1_000))
    assert client.models.retrieve(MODEL).display_name == "Claude Opus 5"
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("claude-none")
    assert len(attempts(label)) == 1
    row = summary_of(label)
    assert (row.input_tokens, row.output_tokens) == (answer.usage.input_tokens, answer.usage.output_tokens)
