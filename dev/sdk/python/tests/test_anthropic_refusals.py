"""Anthropic's official client: keys and labels, which exceptions it raises, and how often it tried."""

import json

import anthropic
import pytest

from messages import ASK, MODEL, client, once, only_call, steered  # noqa: F401
from stack import API_URL, CHAT_KEY, assert_as_served, attempts, eventually, refusals, set_hard_limit, summary_of


@pytest.fixture
def bare():
    """A client without a label."""
    with anthropic.Anthropic(base_url=API_URL, api_key=CHAT_KEY) as client:
        yield client


@pytest.mark.parametrize(
    ("keys", "headers"),
    [
        ({"api_key": CHAT_KEY}, {}),
        ({"auth_token": CHAT_KEY}, {}),
        ({"api_key": CHAT_KEY}, {"Authorization": f"Bearer {CHAT_KEY}"}),
    ],
    ids=["x-api-key", "bearer", "both"],
)
def test_key_in_each_place(label, keys, headers):
    headers = {"X-User-Label": label, **headers}
    with anthropic.Anthropic(base_url=API_URL, default_headers=headers, **keys) as client:
        client.messages.create(**ASK)

    assert only_call(label)["status"] == "settled"


def test_client_is_configured_by_the_environment(label, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", API_URL)
    monkeypatch.setenv("ANTHROPIC_API_KEY", CHAT_KEY)
    with anthropic.Anthropic() as client:
        client.messages.create(**ASK, extra_headers={"X-User-Label": label})

    assert only_call(label)["status"] == "settled"


@pytest.mark.parametrize(
    "options",
    [
        lambda label: {"metadata": {"user_id": label}},
        lambda label: {"extra_headers": {"X-User-Label": label}},
        lambda label: {"metadata": {"user_id": "someone-else"}, "extra_headers": {"X-User-Label": label}},
    ],
    ids=["user-id", "header", "header-over-user-id"],
)
def test_label(bare, label, options):
    usage = bare.messages.create(**ASK, **options(label)).usage

    assert only_call(label)["output_tokens"] == usage.output_tokens


def test_user_id_of_claude_code_is_a_session_and_no_label(bare, label):
    user = json.dumps({"device_id": "d", "account_uuid": "a", "session_id": label})
    bare.messages.create(**ASK, metadata={"user_id": user})

    assert len(attempts(label)) == 1
    assert summary_of(label).calls == 0 and summary_of(user).calls == 0


@pytest.mark.parametrize("key", ["tm_nonsense", "tm_" + "A" * 57])
def test_invalid_key_is_an_authentication_error(client, label, key):
    with pytest.raises(anthropic.AuthenticationError) as refused:
        client.with_options(api_key=key).messages.create(**ASK)

    assert refused.value.body["error"]["type"] == "authentication_error"
    assert refused.value.body["request_id"] and attempts(label) == []


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        ("400", anthropic.BadRequestError, "invalid_request_error"),
        ("402", anthropic.APIStatusError, "billing_error"),
        ("403", anthropic.PermissionDeniedError, "permission_error"),
        ("404", anthropic.NotFoundError, "not_found_error"),
        ("413", anthropic.APIStatusError, "request_too_large"),
        ("429", anthropic.RateLimitError, "rate_limit_error"),
        ("500", anthropic.InternalServerError, "api_error"),
        ("529", anthropic.InternalServerError, "overloaded_error"),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_each_upstream_error_passes_unchanged_and_is_one_failed_call(once, label, fault, error, kind, stream):
    with pytest.raises(error) as refused:
        once.messages.create(**steered(fault=fault, retry_after_ms=1, retry_after=0), stream=stream)

    assert refused.value.body["error"]["type"] == kind
    assert refused.value.body["request_id"] == attempts(label)[-1]["request_id"]
    row = summary_of(label)
    assert (row.calls, row.failed, row.input_tokens, row.output_tokens) == (1, 1, 0, 0)


def test_transient_fault_is_retried_by_the_gateway_as_one_call(once, label):
    answer = once.messages.create(**steered(fault="500-then-ok"))

    assert [seen["status"] for seen in attempts(label)] == [500, 200]
    assert only_call(label)["output_tokens"] == answer.usage.output_tokens


@pytest.mark.parametrize("fault", ["error-in-stream", "cut-before-text", "truncated", "truncated-mid-event"])
def test_cut_stream_is_settled_as_estimated(client, label, fault):
    try:
        with client.messages.stream(**steered(fault=fault)) as events:
            events.until_done()
    except anthropic.APIError:
        pass

    row = eventually(lambda: summary_of(label), lambda row: row.calls == 1)
    assert (row.estimated, row.failed) == (1, 0)
    assert row.input_tokens >= attempts(label)[0]["usage"]["input_tokens"]


@pytest.mark.parametrize("fault", ["no-done", "unknown-events", "tiny-chunks", "comments", "crlf"])
def test_unusual_stream_is_metered_exactly(client, label, fault):
    with client.messages.stream(**steered(fault=fault)) as events:
        usage = events.get_final_message().usage

    assert only_call(label)["output_tokens"] == usage.output_tokens
    assert_as_served(label, 1)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_used_up_budget_is_one_request_that_the_sdk_does_not_repeat(client, label, stream):
    used = client.messages.create(**ASK).usage
    limit = set_hard_limit(label, used.input_tokens + used.output_tokens, metric="tokens")

    with pytest.raises(anthropic.RateLimitError) as refused:
        client.messages.create(**ASK, stream=stream)

    assert refused.value.body["error"]["type"] == "billing_error"
    assert "tokens a day" in refused.value.message and "is used up" in refused.value.message
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert (refusals(limit), len(attempts(label))) == (1, 1)
    # Counting is free, so agents can still shrink their context.
    assert client.messages.count_tokens(model=MODEL, messages=ASK["messages"]).input_tokens == used.input_tokens


def test_call_larger_than_its_budget_says_how_to_make_it_fit(client, label):
    limit = set_hard_limit(label, 10, metric="tokens")

    with pytest.raises(anthropic.APIStatusError) as refused:
        client.messages.create(**ASK)

    assert "max_tokens" in refused.value.message
    assert (refusals(limit), attempts(label)) == (1, [])
