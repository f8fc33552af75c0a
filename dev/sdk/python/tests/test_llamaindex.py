"""LlamaIndex's OpenAI and OpenAIResponses, with only `api_base`, `api_key` and headers changed."""

import asyncio

import pytest
from llama_index.core.agent.workflow import AgentStream, FunctionAgent
from llama_index.llms.openai import OpenAI, OpenAIResponses

from stack import API_URL, CHAT_KEY, assert_as_served

ASK = "Use get_weather and tell me how the sea is"


def get_weather(city: str) -> str:
    """Tells the weather of a city."""
    return f"21 degrees in {city}"


@pytest.fixture(params=[OpenAI, OpenAIResponses], ids=["chat", "responses"])
def model(request, agent_headers):
    return request.param(
        model="gpt-4o-mini",
        api_base=f"{API_URL}/v1",
        api_key=CHAT_KEY,
        default_headers=agent_headers,
        additional_kwargs={"stream_options": {"include_usage": True}} if request.param is OpenAI else {},
    )


@pytest.mark.parametrize("streaming", [False, True], ids=["plain", "stream"])
def test_agent(model, agent_label, streaming):
    agent = FunctionAgent(tools=[get_weather], llm=model, streaming=streaming)

    async def run():
        handler = agent.run(ASK)
        events = [event async for event in handler.stream_events()]
        return events, await handler

    events, answer = asyncio.run(run())
    assert str(answer)
    assert not streaming or any(isinstance(event, AgentStream) and event.delta for event in events)
    assert_as_served(agent_label, at_least=2)
