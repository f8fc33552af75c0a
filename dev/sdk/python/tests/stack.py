"""The running stack: its address, its ledger, and the requests that the mock provider received."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from decimal import Decimal


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set: these tests need a running stack")
    return value.rstrip("/")


API_URL = _required("TOKENMETER_API_URL")
ADMIN_KEY = _required("TOKENMETER_ADMIN_KEY")
CHAT_KEY = _required("TOKENMETER_CHAT_KEY")
MOCK_URL = _required("MOCK_URL")


def _get(url: str, key: str | None = None):
    return _send(urllib.request.Request(url, headers={"authorization": f"Bearer {key}"} if key else {}))


def _send(request: urllib.request.Request):
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@dataclass(frozen=True)
class Summary:
    """The summary of one label, over all models."""

    calls: int
    failed: int
    estimated: int
    unpriced: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None


def summary_of(label: str, **filters: str) -> Summary:
    query = urllib.parse.urlencode({"user_label": label, "group_by": "user_label", **filters})
    rows = _get(f"{API_URL}/api/usage/summary?{query}", ADMIN_KEY)
    if not rows:
        return Summary(0, 0, 0, 0, 0, 0, None)
    (row,) = rows
    return Summary(
        calls=row["calls"],
        failed=row["failed_calls"],
        estimated=row["estimated_calls"],
        unpriced=row["unpriced_calls"],
        input_tokens=row["total_input_tokens"],
        output_tokens=row["total_output_tokens"],
        cost_usd=None if row["cost_usd"] is None else Decimal(row["cost_usd"]),
    )


def set_hard_limit(label: str, amount: str | int, metric: str = "usd") -> str:
    """A hard limit on what the label may use in a day: USD in a string, or a number of another unit. Returns its id."""
    limit = {
        "subject": {"kind": "label", "id": label},
        "metric": metric,
        "window": "day",
        "amount": amount,
        "mode": "hard",
    }
    headers = {"authorization": f"Bearer {ADMIN_KEY}", "content-type": "application/json"}
    return _send(urllib.request.Request(f"{API_URL}/api/limits", json.dumps(limit).encode(), headers))["id"]


def add_upstream(**fields) -> None:
    """Registers an upstream, unless an earlier run has."""
    headers = {"authorization": f"Bearer {ADMIN_KEY}", "content-type": "application/json"}
    try:
        _send(urllib.request.Request(f"{API_URL}/api/upstreams", json.dumps(fields).encode(), headers))
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise


def use_up_limit(label: str) -> str:
    """A hard limit that the label has used up: of what it has spent so far. Returns its id."""
    return set_hard_limit(label, f"{summary_of(label).cost_usd:f}")


def refusals(limit_id: str) -> int:
    """How many requests a limit has refused."""
    return _get(f"{API_URL}/api/limits/{limit_id}", ADMIN_KEY)["refusals"]


def calls(label: str) -> list[dict]:
    """The ledger rows of a label, newest first."""
    query = urllib.parse.urlencode({"user_label": label, "limit": 200})
    return _get(f"{API_URL}/api/usage/calls?{query}", ADMIN_KEY)["data"]


def assert_as_served(label: str, at_least: int) -> None:
    """The ledger has each call that the provider served under this label and tag, settled, with the same tokens."""
    rows, served = calls(label), attempts(label)
    assert len(served) >= at_least, f"only {len(served)} calls reached the provider"
    assert {row["status"] for row in rows} == {"settled"}
    assert {row["user_label"] for row in rows} == {label}
    recorded = sorted((row["stream"], row["input_tokens"], row["output_tokens"]) for row in rows)
    usages = [(call["stream"], call["usage"]["input_tokens"], call["usage"]["output_tokens"]) for call in served]
    assert recorded == sorted(usages)
    assert all(row["cost_usd"] is not None for row in rows)


def attempts(tag: str) -> list[dict]:
    """Each request of a tagged call, as the provider received it."""
    return _get(f"{MOCK_URL}/__mock/counters")["calls"].get(tag, [])


def assert_bounded(tag: str) -> None:
    """Each request of the tag reached the provider with an output bound, which a hard limit fills in."""
    sent = [r for r in _get(f"{MOCK_URL}/__mock/requests") if r["headers"].get("x-client-request-id") == tag]
    names = {"max_completion_tokens", "max_output_tokens", "max_tokens"}
    assert sent and all(names & json.loads(request["body"]).keys() for request in sent)


def bodies() -> list[str]:
    """The bodies of the most recent requests to the provider."""
    return [request["body"] for request in _get(f"{MOCK_URL}/__mock/requests")]


def new_label(prefix: str = "sdk-python") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:16]}"


def eventually(read, is_there, seconds: float = 10.0):
    """Polls, because the rest of an abandoned stream is metered in the background."""
    until = time.monotonic() + seconds
    while not is_there(found := read()):
        assert time.monotonic() < until, f"still {found}"
        time.sleep(0.05)
    return found
