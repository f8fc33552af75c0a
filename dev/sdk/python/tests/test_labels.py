"""Sources of labels and tags, with only what the SDK offers."""

import json

import openai
import pytest

from stack import API_URL, CHAT_KEY, bodies, summary_of

MODEL = "gpt-4o-mini"
ASK = [{"role": "user", "content": "Tell me of the sea"}]


@pytest.fixture
def bare():
    """A client without a label."""
    with openai.OpenAI(base_url=f"{API_URL}/v1", api_key=CHAT_KEY) as client:
        yield client


@pytest.mark.parametrize(
    "options",
    [
        lambda label: {"extra_headers": {"X-User-Label": label}},
        lambda label: {"metadata": {"user_label": label}},
        lambda label: {"safety_identifier": label},
        lambda label: {"user": label},
        lambda label: {"user": "someone-else", "safety_identifier": label},
        lambda label: {"safety_identifier": "someone-else", "metadata": {"user_label": label}},
        lambda label: {"metadata": {"user_label": "someone-else"}, "extra_headers": {"X-User-Label": label}},
    ],
    ids=["header", "metadata", "safety", "user", "safety-over-user", "metadata-over-safety", "header-over-metadata"],
)
def test_label(bare, label, options):
    usage = bare.chat.completions.create(model=MODEL, messages=ASK, **options(label)).usage

    row = summary_of(label)
    assert (row.calls, row.input_tokens, row.output_tokens) == (1, usage.prompt_tokens, usage.completion_tokens)


def test_label_from_the_environment(label, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", f"{API_URL}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", CHAT_KEY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-User-Label: {label}")

    with openai.OpenAI() as client:
        client.chat.completions.create(model=MODEL, messages=ASK)

    assert summary_of(label).calls == 1


def test_invalid_label_is_refused(bare):
    with pytest.raises(openai.BadRequestError) as refused:
        bare.chat.completions.create(model=MODEL, messages=ASK, extra_headers={"X-User-Label": "a" * 129})
    assert refused.value.param == "X-User-Label"


def test_tags_filter_the_summary(client, label):
    for team in ["search", "search", "ads"]:
        tags = {"X-Usage-Tags": f"team={team},env=test"}
        client.chat.completions.create(model=MODEL, messages=ASK, extra_headers=tags)

    assert summary_of(label).calls == 3
    assert summary_of(label, **{"tag.team": "search"}).calls == 2
    assert summary_of(label, **{"tag.team": "ads", "tag.env": "test"}).calls == 1


def test_headers_of_a_raw_response(client, label):
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=ASK)

    call_id = raw.headers["x-tokenmeter-call-id"]
    assert call_id.startswith("call_") and raw.headers["x-request-id"] == call_id
    assert raw.parse()._request_id == call_id
    assert float(raw.headers["x-tokenmeter-overhead-ms"]) > 0
    assert float(raw.headers["x-tokenmeter-cost-usd"]) == pytest.approx(float(summary_of(label).cost_usd))
    assert raw.headers["openai-version"]
    assert "sk-" not in str(raw.headers)


def test_headers_of_a_streaming_response(client, label):
    with client.chat.completions.with_streaming_response.create(model=MODEL, messages=ASK, stream=True) as raw:
        assert raw.headers["x-tokenmeter-call-id"].startswith("call_")
        assert raw.headers["content-type"].startswith("text/event-stream")
        assert "x-tokenmeter-cost-usd" not in raw.headers
        lines = [line for line in raw.iter_lines() if line]

    assert lines[-1] == "data: [DONE]"
    assert summary_of(label).calls == 1


def test_unknown_fields_pass_in_both_directions(client, label):
    answer = client.chat.completions.create(
        model=MODEL, messages=ASK, user=label, extra_body={"unheard_of": {"a": [1, None]}}
    )

    (sent,) = [body for body in bodies() if label in body]
    assert json.loads(sent)["unheard_of"] == {"a": [1, None]}
    assert answer.service_tier == "default"
    assert summary_of(label).calls == 1
