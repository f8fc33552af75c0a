"""boto3 and Anthropic's client for Bedrock: what they return, what they raise, and what the ledger records."""

import json
import urllib.error
import urllib.request

import anthropic
import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

import tls
from stack import API_URL, CHAT_KEY, assert_as_served, attempts, calls, refusals, set_hard_limit

NOVA = "eu.amazon.nova-pro-v1:0"
CLAUDE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
ARN = f"arn:aws:bedrock:eu-central-1:123456789012:inference-profile/{NOVA}"
ASK = [{"role": "user", "content": [{"text": "Tell me of the sea and of the wind"}]}]
TOOLS = [{
    "toolSpec": {
        "name": "get_weather",
        "description": "The weather of a city",
        "inputSchema": {"json": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        }},
    }
}]


def _is_served() -> bool:
    request = urllib.request.Request(f"{API_URL}/bedrock/model/a/converse", method="POST", data=b"{}")
    try:
        with urllib.request.urlopen(request, timeout=10):
            return True
    except urllib.error.HTTPError as error:
        return error.code != 404


pytestmark = pytest.mark.skipif(not _is_served(), reason="this API has no Bedrock upstream")


@pytest.fixture
def client_of(label: str):
    """boto3 with its endpoint changed; label and tag are ordinary headers. So is the key here, without TLS: botocore sends
    bearer tokens over TLS alone."""

    def make(key: str = CHAT_KEY, **config):
        client = boto3.client(
            "bedrock-runtime",
            region_name="eu-central-1",
            endpoint_url=f"{API_URL}/bedrock",
            config=Config(signature_version=UNSIGNED, **config),
        )
        add_headers_to(client, label, key)
        return client

    return make


def add_headers_to(client, label: str, key: str) -> None:
    def add_headers(request, **_):
        request.headers["Authorization"] = f"Bearer {key}"
        request.headers["X-User-Label"] = label
        request.headers["X-Client-Request-Id"] = label

    client.meta.events.register("before-send.bedrock-runtime.*", add_headers)


@pytest.fixture
def client(client_of):
    return client_of()


def only_call(label: str) -> dict:
    (call,) = calls(label)
    return call


def converse(client, stream: bool, **options):
    """The whole text, and the usage."""
    options = {"modelId": NOVA, "messages": ASK, **options}
    if not stream:
        answer = client.converse(**options)
        return answer["output"]["message"]["content"][0]["text"], answer["usage"]
    events = list(client.converse_stream(**options)["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    return "".join(delta["text"] for delta in deltas), events[-1]["metadata"]["usage"]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("model", [NOVA, ARN], ids=["profile", "arn"])
def test_converse_is_metered_with_its_usage(client, label, stream, model):
    text, usage = converse(client, stream, modelId=model)

    call = only_call(label)
    assert text and (call["provider"], call["model"], call["stream"]) == ("bedrock", NOVA, stream)
    assert (call["input_tokens"], call["output_tokens"]) == (usage["inputTokens"], usage["outputTokens"])
    assert_as_served(label, 1)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_cache_is_counted_beside_the_input(client, label, stream):
    metadata = {"mock_prompt_tokens": "100", "mock_cached_tokens": "60", "mock_cache_write_long_tokens": "30"}
    _, usage = converse(client, stream, requestMetadata=metadata)

    call = only_call(label)
    assert (usage["inputTokens"], usage["cacheReadInputTokens"], usage["cacheWriteInputTokens"]) == (10, 60, 30)
    assert (call["input_tokens"], call["cached_tokens"], call["cache_write_long_tokens"]) == (100, 60, 30)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_tools_are_called_and_their_results_read(client, label, stream):
    messages = [{"role": "user", "content": [{"text": "What is the weather in Paris? Use get_weather."}]}]
    options = {"modelId": NOVA, "messages": messages, "toolConfig": {"tools": TOOLS}}
    if stream:
        use, arguments = {}, ""
        for event in client.converse_stream(**options)["stream"]:
            use |= event.get("contentBlockStart", {}).get("start", {}).get("toolUse", {})
            delta = event.get("contentBlockDelta", {}).get("delta", {})
            arguments += delta.get("toolUse", {}).get("input", "")
            reason = event.get("messageStop", {}).get("stopReason") or "none"
            if reason != "none":
                assert reason == "tool_use"
        use["input"] = json.loads(arguments)
    else:
        answer = client.converse(**options)
        assert answer["stopReason"] == "tool_use"
        use = answer["output"]["message"]["content"][0]["toolUse"]
    assert use["name"] == "get_weather" and "city" in use["input"]
    result = {"toolUseId": use["toolUseId"], "content": [{"json": {"sky": "clear"}}]}
    messages += [
        {"role": "assistant", "content": [{"toolUse": use}]},
        {"role": "user", "content": [{"toolResult": result}]},
    ]
    assert client.converse(**options)["stopReason"] == "end_turn"
    assert_as_served(label, 2)


def test_invoke_returns_the_body_of_the_vendor(client, label):
    body = {"prompt": "Tell me of the sea", "max_gen_len": 64}
    answer = client.invoke_model(modelId="meta.llama3-8b-instruct-v1:0", body=json.dumps(body))
    assert json.loads(answer["body"].read())["generation"]
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    call = only_call(label)
    assert call["input_tokens"] == int(headers["x-amzn-bedrock-input-token-count"])
    assert call["output_tokens"] == int(headers["x-amzn-bedrock-output-token-count"])

    chunks = client.invoke_model_with_response_stream(
        modelId="meta.llama3-8b-instruct-v1:0", body=json.dumps(body)
    )
    last = [json.loads(event["chunk"]["bytes"]) for event in chunks["body"]][-1]
    metrics = last["amazon-bedrock-invocationMetrics"]
    assert calls(label)[0]["output_tokens"] == metrics["outputTokenCount"]


def test_tokens_are_counted_for_nothing(client, label):
    counted = client.count_tokens(modelId=NOVA, input={"converse": {"messages": ASK}})
    call = only_call(label)
    assert counted["inputTokens"] > 0
    assert (call["endpoint"], call["cost_usd"]) == ("bedrock.count_tokens", "0")


@pytest.mark.parametrize("mode", ["legacy", "standard"])
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_used_up_budget_is_raised_once(client_of, label, mode, stream):
    limit = set_hard_limit(label, "0")
    with pytest.raises(ClientError) as raised:
        converse(client_of(retries={"mode": mode}), stream)
    error = raised.value.response
    assert error["Error"]["Code"] == "ServiceQuotaExceededException"
    assert error["ResponseMetadata"]["RequestId"]
    assert (refusals(limit), attempts(label)) == (1, [])


def test_used_up_quota_of_requests_is_raised_once(client_of, label):
    set_hard_limit(label, 1, "requests")
    client = client_of(retries={"mode": "standard", "total_max_attempts": 1})
    converse(client, False)
    # Of a day, so it is used up: no client waits for it.
    with pytest.raises(ClientError) as raised:
        converse(client, False)
    assert raised.value.response["Error"]["Code"] == "ServiceQuotaExceededException"


def test_errors_of_the_provider_are_raised_by_type(client_of, label):
    client = client_of(retries={"mode": "standard", "total_max_attempts": 1})
    for fault, kind in [("400", client.exceptions.ValidationException), ("429", client.exceptions.ThrottlingException)]:
        with pytest.raises(kind):
            converse(client, False, requestMetadata={"mock_fault": fault})


@pytest.mark.parametrize("fault", ["error-in-stream", "truncated", "reset-mid-body"])
def test_broken_stream_is_raised(client, label, fault):
    with pytest.raises(EventStreamError):
        converse(client, True, requestMetadata={"mock_fault": fault})
    assert only_call(label)["status"] == "estimated"


def test_wrong_key_is_refused(client_of, label):
    with pytest.raises(ClientError) as raised:
        converse(client_of("tm_wrong"), False)
    assert raised.value.response["Error"]["Code"] == "UnrecognizedClientException"


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_bearer_token_of_the_environment_is_the_key(label, stream, tmp_path, monkeypatch):
    """As documented: an endpoint and a token in the environment, without a line of code."""
    with tls.in_front_of_the_api(tmp_path) as (url, certificate):
        for name, value in {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"{url}/bedrock",
            "AWS_BEARER_TOKEN_BEDROCK": CHAT_KEY,
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_CA_BUNDLE": certificate,
        }.items():
            monkeypatch.setenv(name, value)
        client = boto3.Session().client("bedrock-runtime")
        text, usage = converse(client, stream, requestMetadata={"user_label": label, "mock_tag": label})
    call = only_call(label)
    assert text and (call["provider"], call["status"], call["stream"]) == ("bedrock", "settled", stream)
    assert (call["input_tokens"], call["output_tokens"]) == (usage["inputTokens"], usage["outputTokens"])
    assert_as_served(label, 1)


def test_signed_request_says_what_to_set(label, monkeypatch):
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    client = boto3.client(
        "bedrock-runtime",
        region_name="eu-central-1",
        endpoint_url=f"{API_URL}/bedrock",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
    )
    with pytest.raises(ClientError, match="AWS_BEARER_TOKEN_BEDROCK"):
        converse(client, False)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_anthropics_client(label, stream):
    headers = {"X-User-Label": label, "X-Client-Request-Id": label}
    client = anthropic.AnthropicBedrock(
        base_url=f"{API_URL}/bedrock", api_key=CHAT_KEY, aws_region="eu-central-1", default_headers=headers
    )
    options = {
        "model": CLAUDE, "max_tokens": 64, "messages": [{"role": "user", "content": "Tell me of the sea"}]
    }
    if stream:
        with client.messages.stream(**options) as events:
            message = events.get_final_message()
    else:
        message = client.messages.create(**options)
    call = only_call(label)
    assert (call["endpoint"], call["model"], call["stream"]) == ("bedrock.invoke", CLAUDE, stream)
    assert (call["input_tokens"], call["output_tokens"]) == (message.usage.input_tokens, message.usage.output_tokens)
    assert_as_served(label, 1)
