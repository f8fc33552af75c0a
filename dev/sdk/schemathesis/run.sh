#!/bin/sh
# Sends generated requests to a running stack, TOKENMETER_API_URL with TOKENMETER_ADMIN_KEY, and compares the responses
# with docs/openapi.json. CONTRACT_SEED chooses other requests. Packages are reinstalled when their requirements change.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${SDK_VENV:-$here/../../../.dev/sdk-venv}/schemathesis
wanted=$(cksum < "$here/requirements.txt")
if [ "$(cat "$venv/.requirements" 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$here/requirements.txt"
    echo "$wanted" > "$venv/.requirements"
fi
cd "$here"
exec env PYTHONDONTWRITEBYTECODE=1 "$venv/bin/schemathesis" run ../../../docs/openapi.json --checks all \
    --seed "${CONTRACT_SEED:-1}" "$@"
