"""Agent frameworks that run tools over several turns, plain and streaming, with and without a hard limit."""

import os

import pytest

from stack import API_URL, CHAT_KEY, assert_as_served

# Neither framework reports anything to its vendor.
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
os.environ["LANGSMITH_TRACING"] = "false"

import agents  # noqa: E402
import langchain.agents  # noqa: E402
import openai  # noqa: E402
import pydantic_ai  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel  # noqa: E402
from pydantic_ai.providers.openai import OpenAIProvider  # noqa: E402

MODEL = "gpt-5.4-mini"
ASK = "Use get_weather and tell me how the sea is"
AGAIN = "And the wind? Use get_weather again"


def get_weather(city: str) -> str:
    """Tells the weather of a city."""
    return f"21 degrees in {city}"


@pytest.fixture
def asynchronous(agent_headers):
    return openai.AsyncOpenAI(base_url=f"{API_URL}/v1", api_key=CHAT_KEY, default_headers=agent_headers)


class TestAgentsSdk:
    @pytest.fixture(params=["chat", "responses"])
    def agent(self, request, asynchronous):
        model = {
            "chat": agents.OpenAIChatCompletionsModel,
            "responses": agents.OpenAIResponsesModel,
        }[request.param](MODEL, asynchronous)
        settings = agents.ModelSettings(include_usage=True)
        return agents.Agent("Weather", model=model, model_settings=settings, tools=[agents.function_tool(get_weather)])

    def test_run(self, agent, agent_label):
        first = agents.Runner.run_sync(agent, ASK)
        second = agents.Runner.run_sync(agent, [*first.to_input_list(), {"role": "user", "content": AGAIN}])

        assert first.final_output and second.final_output
        assert [item.type for item in first.new_items][:2] == ["tool_call_item", "tool_call_output_item"]
        assert_as_served(agent_label, at_least=4)

    @pytest.mark.parametrize("tool_choice", ["required", "get_weather"])
    def test_forced_tool_ends(self, agent, agent_label, tool_choice):
        # The SDK would lift the choice after the first call by itself.
        agent.reset_tool_choice = False
        agent.model_settings = agents.ModelSettings(include_usage=True, tool_choice=tool_choice)

        assert agents.Runner.run_sync(agent, ASK).final_output
        assert_as_served(agent_label, at_least=2)

    def test_stream(self, agent, agent_label):
        async def run():
            result = agents.Runner.run_streamed(agent, ASK)
            return [event async for event in result.stream_events()], result.final_output

        events, answer = _run(run())
        assert events and answer
        assert_as_served(agent_label, at_least=2)


class TestPydanticAi:
    @pytest.fixture(params=[OpenAIChatModel, OpenAIResponsesModel], ids=["chat", "responses"])
    def agent(self, request, asynchronous):
        model = request.param(MODEL, provider=OpenAIProvider(openai_client=asynchronous))
        return pydantic_ai.Agent(model, tools=[get_weather])

    def test_run(self, agent, agent_label):
        first = agent.run_sync(ASK)
        second = agent.run_sync(AGAIN, message_history=first.all_messages())

        assert first.output and second.output
        assert_as_served(agent_label, at_least=4)

    def test_stream(self, agent, agent_label):
        async def run():
            async with agent.run_stream(ASK) as result:
                return [text async for text in result.stream_text(delta=True)]

        assert "".join(_run(run()))
        assert_as_served(agent_label, at_least=2)

    def test_structured_output_after_tools(self, agent, agent_label):
        result = agent.run_sync(ASK, output_type=dict[str, str])

        assert isinstance(result.output, dict)
        assert_as_served(agent_label, at_least=2)


class TestLangChain:
    @pytest.fixture
    def agent(self, agent_headers):
        model = ChatOpenAI(
            model=MODEL,
            base_url=f"{API_URL}/v1",
            api_key=CHAT_KEY,
            default_headers=agent_headers,
            use_responses_api=True,
        )
        return langchain.agents.create_agent(model, tools=[get_weather])

    def test_run(self, agent, agent_label):
        first = agent.invoke({"messages": [("user", ASK)]})
        second = agent.invoke({"messages": [*first["messages"], ("user", AGAIN)]})

        assert [message.type for message in first["messages"]] == ["human", "ai", "tool", "ai"]
        assert len(second["messages"]) == 8
        assert_as_served(agent_label, at_least=4)

    def test_stream(self, agent, agent_label):
        chunks = list(agent.stream({"messages": [("user", ASK)]}, stream_mode="messages"))

        assert any(chunk.text for chunk, _ in chunks)
        assert_as_served(agent_label, at_least=2)


def test_image_in_a_conversation_with_tools(agent_headers, agent_label):
    pixel = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAA"
        "AABJRU5ErkJggg=="
    )
    client = openai.OpenAI(base_url=f"{API_URL}/v1", api_key=CHAT_KEY, default_headers=agent_headers)
    tool = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}
    image = {"type": "input_image", "image_url": pixel}
    conversation = [{"role": "user", "content": [{"type": "input_text", "text": ASK}, image]}]

    first = client.responses.create(model=MODEL, input=conversation, tools=[tool])
    (call,) = [item for item in first.output if item.type == "function_call"]
    conversation += [call, {"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"}]
    second = client.responses.create(model=MODEL, input=conversation, tools=[tool])

    assert second.output_text
    assert_as_served(agent_label, at_least=2)


def _run(coroutine):
    import asyncio

    return asyncio.run(coroutine)
