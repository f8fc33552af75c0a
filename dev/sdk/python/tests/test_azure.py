"""The official client of Azure OpenAI: a registered upstream, by both shapes of its paths."""

import openai
import pytest

from stack import API_URL, CHAT_KEY, MOCK_URL, add_upstream, assert_as_served, calls

MESSAGES = [{"role": "user", "content": "Tell me of the sea"}]


@pytest.fixture(scope="module", autouse=True)
def upstream() -> None:
    """A resource with one deployment, which the mock provider serves below a prefix."""
    add_upstream(
        name="azure-sdk",
        wire="openai",
        base_url=f"{MOCK_URL}/at/azure/openai",
        auth="none",
        price_provider="openai",
        models={"chat-prod": "gpt-4o-mini"},
    )


@pytest.fixture(params=["deployments", "v1"])
def azure(request: pytest.FixtureRequest, label: str):
    headers = {"X-User-Label": label, "X-Client-Request-Id": label}
    if request.param == "v1":
        base_url = f"{API_URL}/azure-sdk/openai/v1"
        yield openai.OpenAI(base_url=base_url, api_key=CHAT_KEY, default_headers=headers)
        return
    yield openai.AzureOpenAI(
        azure_endpoint=f"{API_URL}/azure-sdk",
        api_key=CHAT_KEY,
        api_version="2024-10-21",
        default_headers=headers,
    )


def test_completion_is_metered_at_the_model_of_its_deployment(azure, label: str):
    answer = azure.chat.completions.create(model="chat-prod", messages=MESSAGES)
    assert answer.choices[0].message.content
    (call,) = calls(label)
    assert (call["model"], call["provider"], call["output_tokens"]) == (
        "gpt-4o-mini",
        "openai",
        answer.usage.completion_tokens,
    )
    assert_as_served(label, 1)


def test_stream_is_metered_though_the_client_does_not_ask_for_usage(azure, label: str):
    chunks = list(azure.chat.completions.create(model="chat-prod", messages=MESSAGES, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop" and all(chunk.usage is None for chunk in chunks)
    assert_as_served(label, 1)


def test_error_is_the_client_s_own(azure):
    with pytest.raises(openai.AuthenticationError) as raised:
        azure.with_options(api_key="tm_wrong").chat.completions.create(model="chat-prod", messages=MESSAGES)
    assert raised.value.code == "invalid_api_key"
