"""Stored responses and work in the background: the ledger has what the provider counted, once."""

import openai
import pytest

from stack import attempts, calls

MODEL = "gpt-5.4-mini"
ASK = "Tell me of the sea and of the wind"
RUNNING = ("queued", "in_progress")


def billed(label: str) -> list[tuple[str, bool, int, int]]:
    """The calls that the provider charges for. Calls about stored responses are free."""
    rows = [row for row in calls(label) if row["endpoint"] == "responses"]
    assert all(row["cost_usd"] is not None for row in rows)
    return [(row["status"], row["stream"], row["input_tokens"], row["output_tokens"]) for row in rows]


def served(label: str) -> list[tuple[str, bool, int, int]]:
    """What the provider counted for the label's calls."""
    done = [call for call in attempts(label) if call["usage"]]
    return [("settled", call["stream"], call["usage"]["input_tokens"], call["usage"]["output_tokens"]) for call in done]


def start(client, polls: int = 0, **options):
    return client.responses.create(
        model=MODEL, input=ASK, background=True, metadata={"mock_background_polls": str(polls)}, **options
    )


def test_background_is_polled_to_its_end(client, label):
    response = start(client, polls=2)
    assert response.status == "queued" and response.usage is None
    seen = []
    while response.status in RUNNING:
        assert billed(label) == []
        response = client.responses.retrieve(response.id)
        seen.append(response.status)

    assert seen == ["in_progress", "in_progress", "completed"] and response.output_text
    usage = response.usage
    assert billed(label) == served(label) == [("settled", False, usage.input_tokens, usage.output_tokens)]
    assert client.responses.retrieve(response.id).output_text == response.output_text
    assert len(billed(label)) == 1


def test_background_creation_says_that_it_is_not_settled(client):
    raw = client.responses.with_raw_response.create(model=MODEL, input=ASK, background=True)
    assert raw.headers["x-tokenmeter-settlement"] == "pending"
    assert "x-tokenmeter-cost-usd" not in raw.headers


def test_background_stream_is_resumed(client, label):
    metadata = {"mock_fault": "truncated", "mock_prompt_tokens": "25"}
    events = []
    with pytest.raises(openai.APIError):
        for event in client.responses.create(
            model=MODEL, input=ASK, background=True, stream=True, metadata=metadata
        ):
            events.append(event)
    assert billed(label) == []

    last = events[-1].sequence_number
    rest = list(client.responses.retrieve(events[0].response.id, stream=True, starting_after=last))
    assert [event.sequence_number for event in rest] == list(range(last + 1, last + 1 + len(rest)))
    assert rest[-1].type == "response.completed"
    deltas = [event.delta for event in events + rest if event.type == "response.output_text.delta"]
    assert "".join(deltas) == rest[-1].response.output_text
    usage = rest[-1].response.usage
    assert billed(label) == served(label) == [("settled", True, 25, usage.output_tokens)]


def test_cancelled_background_is_bounded(client, label):
    response = start(client, polls=9, max_output_tokens=64)
    assert client.responses.cancel(response.id).status == "cancelled"

    ((status, _, input_tokens, output_tokens),) = billed(label)
    assert (status, output_tokens) == ("estimated", 64) and input_tokens >= len(ASK)


def test_deleted_response_is_settled_before(client, label):
    response = start(client)
    client.responses.delete(response.id)

    assert billed(label) == served(label) and len(billed(label)) == 1
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_stored_response_is_free_to_read(client, label, assert_metered):
    response = client.responses.create(model=MODEL, input=ASK)
    items = client.responses.input_items.list(response.id).data

    assert [item.content[0].text for item in items] == [ASK]
    assert client.responses.retrieve(response.id).output_text == response.output_text
    assert_metered(response.usage.input_tokens, response.usage.output_tokens, calls=3)
    assert billed(label) == served(label)
