#!/bin/sh
# Runs the Node suite against a running stack: TOKENMETER_API_URL, TOKENMETER_ADMIN_KEY, TOKENMETER_CHAT_KEY,
# MOCK_URL. Packages are reinstalled when package-lock.json changes.
set -eu
cd "$(dirname "$0")"
wanted=$(cksum < package-lock.json)
if [ "$(cat node_modules/.lock 2>/dev/null || true)" != "$wanted" ]; then
    npm ci
    echo "$wanted" > node_modules/.lock
fi
exec npm test --silent
