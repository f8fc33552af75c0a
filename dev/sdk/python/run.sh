#!/bin/sh
# Runs the Python suite against a running stack: TOKENMETER_API_URL, TOKENMETER_ADMIN_KEY, TOKENMETER_CHAT_KEY,
# MOCK_URL. Packages are reinstalled when their requirements change.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venvs=${SDK_VENV:-$here/../../../.dev/sdk-venv}

# Makes the environment `$venvs/NAME` hold the requirements FILE, and nothing else.
prepare() {
    venv=$venvs/$1
    wanted=$(cat "$here/uv.txt" "$here/$2" | cksum)
    if [ "$(cat "$venv/.requirements" 2>/dev/null || true)" != "$wanted" ]; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$here/uv.txt"
        "$venv/bin/uv" pip sync --quiet --python "$venv/bin/python" --require-hashes "$here/$2"
        echo "$wanted" > "$venv/.requirements"
    fi
}

cd "$here"
prepare all requirements.txt
"$venvs/all/bin/python" -B -m pytest -p no:cacheprovider --ignore tests/test_llamaindex.py "$@"
prepare llamaindex requirements-llamaindex.txt
"$venvs/llamaindex/bin/python" -B -m pytest -p no:cacheprovider tests/test_llamaindex.py
