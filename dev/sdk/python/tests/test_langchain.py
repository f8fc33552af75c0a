"""LangChain's ChatOpenAI, with only base URL and key changed."""

import pytest
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from stack import API_URL, CHAT_KEY, summary_of


@pytest.fixture
def chat(label):
    return ChatOpenAI(
        model="gpt-4o-mini",
        base_url=f"{API_URL}/v1",
        api_key=CHAT_KEY,
        default_headers={"X-User-Label": label},
        stream_usage=True,
    )


def test_invoke(chat, assert_metered):
    answer = chat.invoke("Tell me of the sea")

    assert answer.content
    assert_metered(answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"])


def test_stream_with_usage(chat, assert_metered):
    whole = None
    for chunk in chat.stream("Tell me of the sea"):
        whole = chunk if whole is None else whole + chunk

    assert whole.content
    assert_metered(whole.usage_metadata["input_tokens"], whole.usage_metadata["output_tokens"])


def test_structured_output(chat, label):
    class Weather(BaseModel):
        city: str

    answer = chat.with_structured_output(Weather).invoke("How is the sea?")

    assert isinstance(answer, Weather)
    assert summary_of(label).calls == 1


def test_embeddings_of_token_ids(label):
    embeddings = OpenAIEmbeddings(
        model="text-embedding-3-small",
        base_url=f"{API_URL}/v1",
        api_key=CHAT_KEY,
        default_headers={"X-User-Label": label},
        # Counting tokens would fetch a vocabulary from the network.
        check_embedding_ctx_length=False,
    )

    assert len(embeddings.embed_query("the sea")) == 1536
    assert summary_of(label).input_tokens == 2
