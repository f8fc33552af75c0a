"""What a request must hold that its schema cannot say.

Changes only what would be refused for its meaning: a time in the past, a range that ends before it begins, the unit of an
amount. Requests that are meant to be refused are left alone, apart from the two rules that protect the run.
"""

import functools
import json
import os
import re
import urllib.request

import schemathesis
from schemathesis import GenerationMode

INSTANT = re.compile(r"^(\d{4})-\d\d-\d\d[Tt ]\d\d:\d\d:(\d\d)")
SUBJECT_IDS = {"label": "search", "key": "*", "tag": "team=search"}
RATES = ["input", "output", "cached_input", "cache_write", "audio_input", "audio_output"]


@functools.cache
def own_key():
    """The id of the key that the requests are sent with."""
    request = urllib.request.Request(
        os.environ["TOKENMETER_API_URL"] + "/api/usage/me",
        headers={"Authorization": "Bearer " + os.environ["TOKENMETER_ADMIN_KEY"]},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)["key_id"]


@schemathesis.hook
def before_call(context, case, kwargs):
    # Without its own key, the run would end here.
    if (case.path_parameters or {}).get("id") == own_key():
        case.path_parameters["id"] = "key_" + "0" * 32
    # A response holds only the fields that `measures` names. Its schema describes the one with all of them.
    if isinstance(case.query, dict):
        case.query.pop("measures", None)
    if case.meta and case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if isinstance(case.query, dict):
        fit_query(case.query)
    if isinstance(case.body, dict):
        fit_body(case.operation.label, case.body)


def fit_instants(values):
    """Instants that the ledger can hold: in the years 1970 to 9999, and no leap seconds."""
    for name, value in values.items():
        found = INSTANT.match(value) if isinstance(value, str) else None
        if found and (int(found[1]) < 1970 or found[2] == "60"):
            values[name] = "2026-11-01T00:00:00Z"


def fit_query(query):
    fit_instants(query)
    if "from" in query:
        # The range is not backwards, nor too long for the interval.
        query["to"] = query["from"]
    if "tz" in query:
        query["tz"] = "Europe/Berlin"


def fit_body(operation, body):
    fit_instants(body)
    if "/api/keys" in operation and isinstance(body.get("expires_at"), str):
        body["expires_at"] = "9999-12-31T23:59:59Z"
    if operation == "PATCH /api/keys/{id}":
        # The label may be repeated, never changed.
        body.pop("user_label", None)
    if "/api/prices" in operation:
        # At most six decimal places.
        body.update({name: round(body[name]) for name in RATES if isinstance(body.get(name), float)})
    if "/api/limits" in operation:
        fit_limit(operation, body)


def fit_limit(operation, body):
    """The id follows from the kind, unit and window from the metric."""
    if "amount" in body:
        body["amount"] = 5
    if "time_zone" in body:
        body["time_zone"] = "Europe/Berlin"
    if operation == "POST /api/limits":
        kind = body["subject"]["kind"]
        body["subject"] = {"kind": kind, **({"id": SUBJECT_IDS[kind]} if kind in SUBJECT_IDS else {})}
        body["window"] = "total" if body["metric"] == "concurrency" else body.get("window", "day")
