#!/bin/sh
# Runs the Python suite against a running stack: TOKENMETER_API_URL, TOKENMETER_ADMIN_KEY, TOKENMETER_CHAT_KEY,
# MOCK_URL. Packages are reinstalled when requirements.txt changes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${SDK_VENV:-$here/../../../.dev/sdk-venv}
wanted=$(cksum < "$here/requirements.txt")
if [ "$(cat "$venv/.requirements" 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$here/requirements.txt"
    "$venv/bin/pip" check
    echo "$wanted" > "$venv/.requirements"
fi
cd "$here"
exec "$venv/bin/python" -B -m pytest -p no:cacheprovider "$@"
