"""LlamaIndex's OpenAI and OpenAIResponses, with only `api_base`, `api_key` and headers changed."""

import asyncio

import pytest
from llama_index.core.agent.workflow import AgentStream, FunctionAgent
from llama_index.llms.openai import OpenAI, OpenAIResponses

from stack import API_URL, CHAT_KEY, assert_as_served, attempts, refusals, set_hard_limit, use_up_limit

ASK = "Use get_weather and tell me how the sea is"


def get_weather(city: str) -> str:
    """Tells the weather of a city."""
    return f"21 degrees in {city}"


@pytest.fixture(params=[OpenAI, OpenAIResponses], ids=["chat", "responses"])
def api(request):
    return request.param


def model_of(api, headers):
    return api(
        model="gpt-4o-mini",
        api_base=f"{API_URL}/v1",
        api_key=CHAT_KEY,
        default_headers=headers,
        additional_kwargs={"stream_options": {"include_usage": True}} if api is OpenAI else {},
    )


def run(model, streaming):
    agent = FunctionAgent(tools=[get_weather], llm=model, streaming=streaming)

    async def finish():
        handler = agent.run(ASK)
        events = [event async for event in handler.stream_events()]
        return events, await handler

    return asyncio.run(finish())


@pytest.mark.parametrize("streaming", [False, True], ids=["plain", "stream"])
def test_agent(api, agent_label, agent_headers, streaming):
    events, answer = run(model_of(api, agent_headers), streaming)
    assert str(answer)
    assert not streaming or any(isinstance(event, AgentStream) and event.delta for event in events)
    assert_as_served(agent_label, at_least=2)


@pytest.mark.parametrize("streaming", [False, True], ids=["plain", "stream"])
def test_agent_stops_once_its_budget_is_used_up(api, label, streaming):
    model = model_of(api, {"X-User-Label": label, "X-Client-Request-Id": label})
    _, answer = run(model, streaming)
    assert str(answer)
    served = len(attempts(label))
    limit = use_up_limit(label)

    used_up = rf"The limit lim_\w+ of .* for the label '{label}' is used up: [\d.]+ USD used"
    with pytest.raises(Exception, match=used_up):
        run(model, streaming)
    # LlamaIndex repeats each 429 by itself, whatever the response says about that.
    assert 1 <= refusals(limit) <= 1 + model.max_retries
    assert len(attempts(label)) == served


@pytest.mark.parametrize("streaming", [False, True], ids=["plain", "stream"])
def test_agent_stops_at_a_call_larger_than_its_budget(api, label, streaming):
    limit = set_hard_limit(label, "0.000001")

    with pytest.raises(Exception, match="would be exceeded.*this call may need"):
        run(model_of(api, {"X-User-Label": label, "X-Client-Request-Id": label}), streaming)
    assert refusals(limit) == 1
    assert attempts(label) == []
