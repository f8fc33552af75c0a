"""The Responses API, embeddings and models through the official client."""

import openai
import pytest
from pydantic import BaseModel

from stack import attempts, summary_of

MODEL = "gpt-5.4-mini"
ASK = "Tell me of the sea and of the wind"


def test_response(client, assert_metered):
    answer = client.responses.create(model=MODEL, input=ASK)

    assert answer.status == "completed" and answer.output_text
    assert_metered(answer.usage.input_tokens, answer.usage.output_tokens)


def test_response_stream(client, assert_metered):
    events = list(client.responses.create(model=MODEL, input=ASK, stream=True))

    assert events[0].type == "response.created"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    final = events[-1]
    assert final.type == "response.completed" and final.response.output_text == text
    assert_metered(final.response.usage.input_tokens, final.response.usage.output_tokens)


def test_response_stream_helper(client, assert_metered):
    with client.responses.stream(model=MODEL, input=ASK) as stream:
        final = stream.get_final_response()

    assert final.output_text
    assert_metered(final.usage.input_tokens, final.usage.output_tokens)


def test_response_cut_by_its_bound_is_incomplete(client, assert_metered):
    answer = client.responses.create(model=MODEL, input="word " * 200, max_output_tokens=16)

    assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"
    assert answer.usage.output_tokens == 16
    assert_metered(answer.usage.input_tokens, 16)


class Weather(BaseModel):
    city: str
    degrees: float


def test_response_parse_returns_the_model(client, assert_metered):
    answer = client.responses.parse(model=MODEL, input=ASK, text_format=Weather)

    assert isinstance(answer.output_parsed, Weather)
    assert_metered(answer.usage.input_tokens, answer.usage.output_tokens)


def test_failed_response_is_failed_in_the_ledger(client, label):
    answer = client.responses.create(model=MODEL, input=ASK, metadata={"mock_fault": "failed"})

    assert answer.status == "failed" and answer.error.message
    (seen,) = attempts(label)
    row = summary_of(label)
    assert seen["usage_sent"] is False
    assert (row.calls, row.estimated, row.failed) == (1, 0, 1)


@pytest.mark.parametrize("encoding", ["float", "base64", None])
def test_embeddings(client, encoding, assert_metered):
    options = {} if encoding is None else {"encoding_format": encoding}
    answer = client.embeddings.create(model="text-embedding-3-small", input=["the sea", "the wind"], **options)

    assert [item.index for item in answer.data] == [0, 1]
    assert all(answer.data)
    assert_metered(answer.usage.prompt_tokens, 0)


def test_models_are_listed_and_found_at_no_cost(client, label):
    listed = [model.id for model in client.models.list()]
    assert "gpt-4o-mini" in listed
    assert client.models.retrieve("gpt-4o-mini").id == "gpt-4o-mini"
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("no-such-model")
    assert refused.value.code == "model_not_found"
    assert summary_of(label).calls == 0
