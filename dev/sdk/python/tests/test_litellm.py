"""LiteLLM as a client, with only `api_base`, `api_key` and headers changed."""

import os

import pytest

# The list of prices comes with the package; the newest would be fetched from the network.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm  # noqa: E402

from stack import API_URL, CHAT_KEY, assert_as_served  # noqa: E402

ASK = {"role": "user", "content": "Use get_weather and tell me how the sea is"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}]


@pytest.fixture
def options(agent_headers):
    return {
        "model": "openai/gpt-5.4-mini",
        "api_base": f"{API_URL}/v1",
        "api_key": CHAT_KEY,
        "extra_headers": agent_headers,
    }


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_tools(options, agent_label, stream):
    def ask(messages):
        answer = litellm.completion(messages=messages, tools=TOOLS, stream=stream, **options)
        return litellm.stream_chunk_builder(list(answer)) if stream else answer

    message = ask([ASK]).choices[0].message
    (call,) = message.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
    answer = ask([ASK, message.model_dump(exclude_none=True), result])

    assert answer.choices[0].message.content
    assert_as_served(agent_label, at_least=2)


def test_responses(options, agent_label):
    tool = {"type": "function", "name": "get_weather", "parameters": SCHEMA}
    first = litellm.responses(input=[ASK], tools=[tool], **options)
    (call,) = [item for item in first.output if item.type == "function_call"]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"}
    second = litellm.responses(input=[ASK, call.model_dump(exclude_none=True), result], tools=[tool], **options)

    assert second.output_text
    assert_as_served(agent_label, at_least=2)
