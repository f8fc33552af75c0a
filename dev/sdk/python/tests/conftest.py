import openai
import pytest

from stack import API_URL, CHAT_KEY, assert_bounded, new_label, set_hard_limit, summary_of


@pytest.fixture
def label() -> str:
    """Unique per test, so that its ledger rows are too."""
    return new_label()


@pytest.fixture
def client(label: str):
    """The official client with only `base_url` and `api_key` changed; label and tag are ordinary headers."""
    with openai.OpenAI(
        base_url=f"{API_URL}/v1",
        api_key=CHAT_KEY,
        default_headers={"X-User-Label": label, "X-Client-Request-Id": label},
    ) as client:
        yield client


@pytest.fixture
def once(client: openai.OpenAI) -> openai.OpenAI:
    """The client without the SDK's own retries."""
    return client.with_options(max_retries=0)


@pytest.fixture
def assert_metered(label: str):
    """Checks that all calls of the label are settled and priced, with exactly these tokens."""

    def check(input_tokens: int, output_tokens: int, calls: int = 1) -> None:
        row = summary_of(label)
        assert (row.calls, row.failed, row.estimated, row.unpriced) == (calls, 0, 0, 0)
        assert (row.input_tokens, row.output_tokens) == (input_tokens, output_tokens)
        assert row.cost_usd is not None and row.cost_usd > 0

    return check


@pytest.fixture(params=[None, "5"], ids=["unlimited", "hard-limit"])
def agent_label(request: pytest.FixtureRequest, label: str):
    """A label for an agent, without limits and under a hard limit in USD a day."""
    if request.param:
        set_hard_limit(label, request.param)
    yield label
    if request.param:
        assert_bounded(label)


@pytest.fixture
def agent_headers(agent_label: str) -> dict[str, str]:
    return {"X-User-Label": agent_label, "X-Client-Request-Id": agent_label}
