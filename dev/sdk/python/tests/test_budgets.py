"""Agents whose budget is used up, or too small for their next call: they stop, say why, and do not send it again."""

import os

import pytest

from stack import API_URL, CHAT_KEY, attempts, refusals, set_hard_limit, use_up_limit

os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
os.environ["LANGSMITH_TRACING"] = "false"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import agents  # noqa: E402
import langchain.agents  # noqa: E402
import litellm  # noqa: E402
import openai  # noqa: E402
import pydantic_ai  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel  # noqa: E402
from pydantic_ai.providers.openai import OpenAIProvider  # noqa: E402

MODEL = "gpt-5.4-mini"
ASK = "Use get_weather and tell me how the sea is"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAA"
    "AABJRU5ErkJggg=="
)


def get_weather(city: str) -> str:
    """Tells the weather of a city."""
    return f"21 degrees in {city}"


def _asynchronous(headers):
    return openai.AsyncOpenAI(base_url=f"{API_URL}/v1", api_key=CHAT_KEY, default_headers=headers)


def agents_sdk(model):
    def ask(headers):
        settings = agents.ModelSettings(include_usage=True)
        options = {"model": model(MODEL, _asynchronous(headers)), "model_settings": settings}
        agent = agents.Agent("Weather", tools=[agents.function_tool(get_weather)], **options)
        return agents.Runner.run_sync(agent, ASK).final_output

    return ask


def pydantic(model):
    def ask(headers):
        provider = OpenAIProvider(openai_client=_asynchronous(headers))
        return pydantic_ai.Agent(model(MODEL, provider=provider), tools=[get_weather]).run_sync(ASK).output

    return ask


def langchain_agent(headers):
    model = ChatOpenAI(
        model=MODEL, base_url=f"{API_URL}/v1", api_key=CHAT_KEY, default_headers=headers, use_responses_api=True
    )
    agent = langchain.agents.create_agent(model, tools=[get_weather])
    return agent.invoke({"messages": [("user", ASK)]})["messages"][-1].text


def litellm_completion(headers):
    answer = litellm.completion(
        model=f"openai/{MODEL}",
        messages=[{"role": "user", "content": ASK}],
        api_base=f"{API_URL}/v1",
        api_key=CHAT_KEY,
        extra_headers=headers,
    )
    return answer.choices[0].message.content


def vision(headers):
    client = openai.OpenAI(base_url=f"{API_URL}/v1", api_key=CHAT_KEY, default_headers=headers)
    content = [{"type": "input_text", "text": ASK}, {"type": "input_image", "image_url": PIXEL}]
    return client.responses.create(model=MODEL, input=[{"role": "user", "content": content}]).output_text


AGENTS = {
    "agents-sdk-chat": agents_sdk(agents.OpenAIChatCompletionsModel),
    "agents-sdk-responses": agents_sdk(agents.OpenAIResponsesModel),
    "pydantic-ai-chat": pydantic(OpenAIChatModel),
    "pydantic-ai-responses": pydantic(OpenAIResponsesModel),
    "langchain": langchain_agent,
    "litellm": litellm_completion,
    "vision": vision,
}


@pytest.fixture(params=AGENTS.values(), ids=AGENTS.keys())
def ask(request, label):
    """One run of an agent under the label."""
    return lambda: request.param({"X-User-Label": label, "X-Client-Request-Id": label})


def test_agent_stops_once_its_budget_is_used_up(ask, label):
    assert ask()
    served = len(attempts(label))
    limit = use_up_limit(label)

    used_up = rf"The limit lim_\w+ of .* for the label '{label}' is used up: [\d.]+ USD used"
    with pytest.raises(Exception, match=used_up):
        ask()
    assert refusals(limit) == 1
    assert len(attempts(label)) == served


def test_agent_stops_at_a_call_larger_than_its_budget(ask, label):
    limit = set_hard_limit(label, "0.000001")

    with pytest.raises(Exception, match="would be exceeded.*this call may need"):
        ask()
    assert refusals(limit) == 1
    assert attempts(label) == []
