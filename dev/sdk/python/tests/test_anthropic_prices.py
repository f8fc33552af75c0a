"""What Anthropic's calls cost: each count at its own rate, each step at its own model's."""

from decimal import Decimal

import anthropic
import pytest

from messages import ASK, client, only_call, steered  # noqa: F401
from stack import attempts, refusals, use_up_limit

# USD per million tokens: input, cache read, 5-minute write, 1-hour write, output.
OPUS_5 = ("5", "0.5", "6.25", "10", "25")
SONNET_5 = ("2", "0.2", "2.5", "4", "10")
HAIKU_5_5 = ("0.1", "0.01", "0.125", "0.2", "0.5")
HAIKU_5_5_LONG = ("0.5", "0.05", "0.625", "1", "2.5")


def cost(rates, *tokens: int) -> Decimal:
    return sum(Decimal(rate) * count for rate, count in zip(rates, tokens)) / 1_000_000


def cost_of(label: str) -> Decimal:
    return Decimal(only_call(label)["cost_usd"])


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_each_count_is_priced_at_its_rate(client, label, stream):
    counts = {"cached_tokens": 4_000, "cache_write_tokens": 2_000, "cache_write_long_tokens": 1_000}
    request = steered(prompt_tokens=10_000, completion_tokens=30, **counts)
    if stream:
        with client.messages.stream(**request) as events:
            events.until_done()
    else:
        client.messages.create(**request)

    assert cost_of(label) == cost(OPUS_5, 3_000, 4_000, 2_000, 1_000, 30)


@pytest.mark.parametrize("split", ["short", "none"])
def test_writes_that_the_split_leaves_out_are_five_minute_ones(client, label, split):
    client.messages.create(**steered(prompt_tokens=1_000, cache_write_tokens=600, cache_split=split))

    output = only_call(label)["output_tokens"]
    assert cost_of(label) == cost(OPUS_5, 400, 0, 600, 0, output)


def test_each_step_is_priced_at_its_model(client, label):
    steps = "compaction:180000:3500,advisor:claude-sonnet-5:823:1612"
    request = steered(prompt_tokens=23_000, completion_tokens=100, iterations=steps)
    client.beta.messages.create(**request)

    own = cost(OPUS_5, 203_000, 0, 0, 0, 3_600)
    assert cost_of(label) == own + cost(SONNET_5, 823, 0, 0, 0, 1_612)


@pytest.mark.parametrize("output", [0, 30], ids=["before-output", "after-output"])
def test_declined_step_is_billed_if_it_had_output(client, label, output):
    steps = f"declined:claude-sonnet-5:400:{output}"
    client.beta.messages.create(**steered(prompt_tokens=500, completion_tokens=10, iterations=steps))

    declined = cost(SONNET_5, 400, 0, 0, 0, output) if output else 0
    assert cost_of(label) == cost(OPUS_5, 500, 0, 0, 0, 10) + declined


def test_refusal_before_output_is_free(client, label):
    client.messages.create(**steered(fault="refusal"))

    call = only_call(label)
    assert (Decimal(call["cost_usd"]), call["error_code"]) == (0, "not_billed")
    assert call["input_tokens"] > 0


@pytest.mark.parametrize(("tokens", "rates"), [(100_000, HAIKU_5_5), (100_001, HAIKU_5_5_LONG)])
def test_long_context_counts_the_cache_too(client, label, tokens, rates):
    request = steered(prompt_tokens=tokens, cached_tokens=90_000, completion_tokens=20)
    client.messages.create(**{**request, "model": "claude-haiku-5-5"})

    assert cost_of(label) == cost(rates, tokens - 90_000, 90_000, 0, 0, 20)


def test_speed_is_priced_as_it_was_served(client, label):
    client.beta.messages.create(**steered(prompt_tokens=100, completion_tokens=10, speed="standard"), speed="fast")

    assert cost_of(label) == cost(OPUS_5, 100, 0, 0, 0, 10)


def test_geography_of_the_united_states_costs_a_tenth_more(client, label):
    client.messages.create(**steered(prompt_tokens=1_000, completion_tokens=10), inference_geo="us")

    assert cost_of(label) == cost(OPUS_5, 1_000, 0, 0, 0, 10) * Decimal("1.1")


def test_used_up_spend_limit_is_said_in_words_that_clients_know(client, label):
    client.messages.create(**ASK)
    limit = use_up_limit(label)

    with pytest.raises(anthropic.RateLimitError) as refused:
        client.messages.create(**ASK)

    assert refused.value.body["error"]["type"] == "billing_error"
    assert "spend limit reached (daily; resets " in refused.value.message
    assert (refusals(limit), len(attempts(label))) == (1, 1)
