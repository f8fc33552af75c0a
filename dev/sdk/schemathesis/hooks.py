"""What a request must hold that its schema cannot say.

Changes only what would be refused for its meaning: a time in the past, a range that ends before it begins, the unit of an
amount. Requests that are meant to be refused are left alone, apart from the two rules that protect the run.
"""

import functools
import json
import os
import re
import unicodedata
import urllib.request

import schemathesis
from schemathesis import GenerationMode

INSTANT = re.compile(r"^(\d{4})-\d\d-\d\d[Tt ]\d\d:\d\d:(\d\d)")
DAY = re.compile(r"^(\d{4})-\d\d-\d\d$")
SUBJECT_IDS = {"label": "search", "key": "*", "tag": "team=search"}
# Invisible too, but beyond what a pattern can say to engines that count in units of 16 bits.
HIDDEN = re.compile("[\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
RATES = [
    "input",
    "cached_input",
    "cache_write",
    "cache_write_long",
    "audio_input",
    "cached_audio_input",
    "output",
    "audio_output",
    "image_output",
]


@functools.cache
def own_key():
    """The id of the key that the requests are sent with."""
    request = urllib.request.Request(
        os.environ["TOKENMETER_API_URL"] + "/api/usage/me",
        headers={"Authorization": "Bearer " + os.environ["TOKENMETER_ADMIN_KEY"]},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)["key_id"]


@functools.cache
def measures_pattern():
    with open("../../../docs/openapi.json") as document:
        operation = json.load(document)["paths"]["/api/usage/summary"]["get"]
    return next(each for each in operation["parameters"] if each["name"] == "measures")["schema"]["pattern"]


@schemathesis.hook
def before_call(context, case, kwargs):
    # Without its own key, the run would end here.
    if (case.path_parameters or {}).get("id") == own_key():
        case.path_parameters["id"] = "key_" + "0" * 32
    if isinstance(case.query, dict):
        # A link stands in for a key, and its own tests cover it.
        case.query.pop("link", None)
        # A response holds only the fields that `measures` names. Its schema describes the one with all of them.
        if re.fullmatch(measures_pattern(), str(case.query.get("measures"))):
            del case.query["measures"]
    if case.path == "/v1/models/{model}" and ":" in str((case.path_parameters or {}).get("model")):
        # The method of a Gemini model, which responses elsewhere have brought: documented under /v1beta alone.
        case.path_parameters["model"] = "gpt-4o-mini"
    if case.meta and case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if isinstance(case.query, dict):
        fit_query(case.query)
    if case.operation.label == "POST /v1beta/models/{model}":
        # The method in the path decides what the body must hold, and whether the answer is an array.
        case.path_parameters["model"] = "gemini-3.5-flash:generateContent"
        case.body = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
    if "/bedrock/model/" in case.operation.label:
        # So does that of Bedrock.
        case.path_parameters["modelId"] = "amazon.nova-pro-v1:0"
        case.body = {"messages": [{"role": "user", "content": [{"text": "Hello"}]}], "prompt": "Hello"}
    if isinstance(case.body, dict):
        fit_body(case.operation.label, case.body)


@schemathesis.hook
def after_call(context, case, response):
    # `Allow` names POST too: it calls a method of a Gemini model, which the document has under /v1beta alone.
    is_shared = case.method == "OPTIONS" and case.path == "/v1/models/{model}"
    if is_shared and response.headers.get("allow") == ["GET,HEAD,POST"]:
        response.headers["allow"] = ["GET,HEAD"]


def fit_instants(values):
    """Instants and days that the ledger can hold: in the years 1970 to 9999, and no leap seconds."""
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        instant, day = INSTANT.match(value), DAY.match(value)
        if instant and (int(instant[1]) < 1970 or instant[2] == "60"):
            values[name] = "2026-11-01T00:00:00Z"
        elif day and int(day[1]) < 1970:
            values[name] = "2026-11-01"


def fit_query(query):
    # A cursor is good for the list and the order that it came with.
    query.pop("cursor", None)
    fit_instants(query)
    # The range is not backwards, nor too long for the interval or the order.
    if "sort" in query:
        query.setdefault("from", "2026-11-01T00:00:00Z")
    if "from" in query:
        query["to"] = query["from"]
    elif "to" in query:
        query["from"] = query["to"]
    for name, value in query.items():
        if "label" in name:
            query[name] = [fit_label(each) for each in value] if isinstance(value, list) else fit_label(value)
    if "tz" in query:
        query["tz"] = "Europe/Berlin"


def fit_label(label):
    """Composed, a label has at most 128 characters."""
    if not isinstance(label, str):
        return label
    return "search" if HIDDEN.search(label) or len(unicodedata.normalize("NFC", label)) > 128 else label


def fit_body(operation, body):
    fit_instants(body)
    # Characters that are not assigned, or invisible, are refused, which no pattern says.
    if isinstance(body.get("user_label"), str) and not body["user_label"].isascii():
        body["user_label"] = "search"
    if "/api/keys" in operation and isinstance(body.get("expires_at"), str):
        body["expires_at"] = "9999-12-31T23:59:59Z"
    if operation == "PATCH /api/keys/{id}":
        # The label may be repeated, never changed.
        body.pop("user_label", None)
    if "/api/prices" in operation:
        # At most six decimal places.
        body.update({name: round(body[name]) for name in RATES if isinstance(body.get(name), float)})
    if operation == "POST /api/prices/fees":
        # Not in the past, at most twelve decimal places, and at least the cost itself.
        if "effective_from" in body:
            body["effective_from"] = "9999-12-31T23:59:59Z"
        if isinstance(body.get("cost_usd"), float):
            body["cost_usd"] = round(body["cost_usd"])
        body["max_cost_usd"] = "1000"
    if "/api/upstreams" in operation:
        # A URL that a server of any format can have, no secret where no key is sent, and a region for signatures alone.
        if isinstance(body.get("base_url"), str):
            body["base_url"] = "https://api.example.com/base"
        if body.get("wire") == "bedrock" and body.get("auth") == "sigv4":
            body["region"] = "eu-central-1"
        else:
            body.pop("region", None)
            if body.get("auth") in ("none", "sigv4"):
                body["auth"] = "bearer"
        # Names without control characters.
        if body.get("models"):
            body["models"] = {"chat-prod": "gpt-4o"}
    if operation == "POST /api/model-routes" and "wire" in body:
        # An upstream that exists and speaks the format: the provider of the environment has its name.
        body["targets"] = [{"upstream": body["wire"], "model": "mine"}]
    if operation == "PATCH /api/model-routes/{id}":
        # Which format the route has is not in the request.
        body.pop("targets", None)
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
