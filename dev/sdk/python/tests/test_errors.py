"""Which exception an application catches, how often the SDK tried, and what the ledger records."""

import socket

import openai
import pytest

from stack import CHAT_KEY, attempts, summary_of, eventually

MODEL = "gpt-4o-mini"
ASK = [{"role": "user", "content": "Tell me of the sea"}]


def ask(client: openai.OpenAI, fault: str | None = None, **options):
    metadata = {"mock_fault": fault} if fault else {}
    metadata |= {"mock_retry_after_ms": "1", "mock_retry_after": "0"} if fault else {}
    metadata |= options.pop("metadata", {})
    return client.chat.completions.create(
        model=MODEL, messages=ASK, **({"metadata": metadata} if metadata else {}), **options
    )


@pytest.mark.parametrize("key", ["tm_nonsense", "tm_" + "A" * 57, "nonsense"])
def test_invalid_key_is_an_authentication_error(client, label, key):
    with pytest.raises(openai.AuthenticationError) as refused:
        ask(client.with_options(api_key=key))

    assert refused.value.code == "invalid_api_key"
    assert refused.value.request_id
    assert attempts(label) == [] and summary_of(label).calls == 0


@pytest.mark.parametrize(
    ("fault", "error", "tried"),
    [
        ("400", openai.BadRequestError, 1),
        ("403", openai.PermissionDeniedError, 1),
        ("404", openai.NotFoundError, 1),
        ("422", openai.UnprocessableEntityError, 1),
        ("409", openai.ConflictError, 3),
        ("429", openai.RateLimitError, 3),
        ("quota", openai.RateLimitError, 1),
        ("500", openai.InternalServerError, 3),
        ("503", openai.InternalServerError, 3),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_each_upstream_error_raises_its_exception_and_is_one_failed_call(once, label, fault, error, tried, stream):
    with pytest.raises(error) as refused:
        ask(once, fault, stream=stream)

    assert refused.value.body["message"]
    assert refused.value.request_id.startswith("call_")
    assert len(attempts(label)) == tried
    row = summary_of(label)
    assert (row.calls, row.failed, row.input_tokens, row.output_tokens) == (1, 1, 0, 0)


def test_refused_provider_key_is_not_shown_to_the_caller(once, label):
    with pytest.raises(openai.APIStatusError) as refused:
        ask(once, "401")

    assert "sk-" not in str(refused.value)
    assert summary_of(label).failed == 1


def test_request_refused_by_the_gateway_names_the_parameter(once, label):
    with pytest.raises(openai.BadRequestError) as refused:
        once.chat.completions.create(messages=ASK, model=None)

    assert refused.value.param == "model"
    assert refused.value.type == "invalid_request_error"
    assert attempts(label) == [] and summary_of(label).calls == 0


def test_request_refused_by_the_provider_names_the_parameter(once, label):
    with pytest.raises(openai.BadRequestError) as refused:
        once.embeddings.create(model="text-embedding-3-small", input=[])

    assert refused.value.param == "input"
    assert summary_of(label).failed == 1


@pytest.mark.parametrize("fault", ["429-then-ok", "500-then-ok"])
def test_transient_fault_is_retried_by_the_gateway_as_one_call(once, label, fault, assert_metered):
    answer = ask(once, fault)

    assert [seen["status"] for seen in attempts(label)] == [int(fault[:3]), 200]
    assert_metered(answer.usage.prompt_tokens, answer.usage.completion_tokens)


def test_longer_fault_is_retried_by_the_sdk_as_separate_calls(client, label):
    """Three failed attempts of the gateway are one failed call; the SDK's own retry is another call."""
    answer = ask(client, "500-then-ok", metadata={"mock_fail_times": "3"})

    assert answer.choices[0].message.content
    assert [seen["status"] for seen in attempts(label)] == [500, 500, 500, 200]
    row = summary_of(label)
    assert (row.calls, row.failed) == (2, 1)
    assert (row.input_tokens, row.output_tokens) == (answer.usage.prompt_tokens, answer.usage.completion_tokens)


@pytest.mark.parametrize("fault", ["error-in-stream", "truncated", "truncated-mid-event", "reset-mid-body"])
def test_failure_during_a_stream_raises(client, label, fault):
    stream = ask(client, fault, stream=True)

    with pytest.raises(openai.APIError):
        list(stream)

    assert len(attempts(label)) == 1
    row = summary_of(label)
    assert (row.calls, row.estimated) == (1, 1)
    assert row.input_tokens >= attempts(label)[0]["usage"]["input_tokens"]


@pytest.mark.parametrize(
    ("fault", "last"), [("error-in-stream", "error"), ("failed", "response.failed")]
)
def test_failure_reported_in_a_response_stream_is_its_last_event(client, label, fault, last):
    """The provider's flat event passes unchanged. The SDK returns it and does not raise, as without the gateway."""
    stream = client.responses.create(
        model="gpt-5.4-mini", input="the sea", stream=True, metadata={"mock_fault": fault}
    )

    assert list(stream)[-1].type == last
    row = summary_of(label)
    assert (row.calls, row.estimated, row.failed) == (1, 1, 0)


@pytest.mark.parametrize("fault", ["truncated", "truncated-mid-event"])
def test_response_stream_cut_by_the_provider_raises(client, label, fault):
    stream = client.responses.create(
        model="gpt-5.4-mini", input="the sea", stream=True, metadata={"mock_fault": fault}
    )

    with pytest.raises(openai.APIError) as broken:
        list(stream)

    assert "broke off" in str(broken.value)

    row = summary_of(label)
    assert (row.calls, row.estimated) == (1, 1)


def test_lost_upstream_connection_is_a_server_error(once, label):
    with pytest.raises(openai.InternalServerError) as failed:
        ask(once, "reset")

    assert failed.value.code == "upstream_interrupted"
    row = summary_of(label)
    assert (row.calls, row.failed) == (1, 1)


def test_the_sdks_own_timeout_does_not_stop_the_metering(once, label):
    with pytest.raises(openai.APITimeoutError):
        ask(once.with_options(timeout=0.2), metadata={"mock_latency_ms": "800"})

    row = eventually(lambda: summary_of(label), lambda row: row.calls == 1)
    (seen,) = attempts(label)
    assert (row.failed, row.input_tokens, row.output_tokens) == (
        0,
        seen["usage"]["input_tokens"],
        seen["usage"]["output_tokens"],
    )


def test_unreachable_server_is_a_connection_error():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        with pytest.raises(openai.APIConnectionError), openai.OpenAI(
            base_url=address, api_key=CHAT_KEY, max_retries=0
        ) as client:
            client.models.list()


def test_endpoint_outside_the_api_is_not_found(client):
    with pytest.raises(openai.NotFoundError):
        client.files.list()
