"""The running stack as the tests see it: where it is, what its ledger says, what the mock provider saw."""

import json
import os
import time
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from decimal import Decimal


def _needed(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set: these tests run against a running stack")
    return value.rstrip("/")


API_URL = _needed("TOKENMETER_API_URL")
ADMIN_KEY = _needed("TOKENMETER_ADMIN_KEY")
CHAT_KEY = _needed("TOKENMETER_CHAT_KEY")
MOCK_URL = _needed("MOCK_URL")


def _get(url: str, key: str | None = None):
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {key}"} if key else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@dataclass(frozen=True)
class Booked:
    """What the ledger holds for one label, over all models."""

    calls: int
    failed: int
    estimated: int
    unpriced: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None


def booked(label: str, **filters: str) -> Booked:
    query = urllib.parse.urlencode({"user_label": label, "group_by": "user_label", **filters})
    rows = _get(f"{API_URL}/api/usage/summary?{query}", ADMIN_KEY)
    if not rows:
        return Booked(0, 0, 0, 0, 0, 0, None)
    (row,) = rows
    return Booked(
        calls=row["calls"],
        failed=row["failed_calls"],
        estimated=row["estimated_calls"],
        unpriced=row["unpriced_calls"],
        input_tokens=row["total_input_tokens"],
        output_tokens=row["total_output_tokens"],
        cost_usd=None if row["cost_usd"] is None else Decimal(row["cost_usd"]),
    )


def attempts(tag: str) -> list[dict]:
    """Each request of a tagged call as the provider saw it."""
    return _get(f"{MOCK_URL}/__mock/counters")["calls"].get(tag, [])


def bodies() -> list[str]:
    """What the provider was sent of late."""
    return [request["body"] for request in _get(f"{MOCK_URL}/__mock/requests")]


def new_label(prefix: str = "sdk-python") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:16]}"

def eventually(read, is_there, seconds: float = 10.0):
    """The rest of a stream that its caller left is metered behind their back."""
    until = time.monotonic() + seconds
    while not is_there(found := read()):
        assert time.monotonic() < until, f"still {found}"
        time.sleep(0.05)
    return found
