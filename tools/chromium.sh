#!/usr/bin/env bash
# See to it that the browser tests have a Chromium. Prints the pytest flag that leaves them out where
# there is none and none may be installed; pytest then says so at its end. On CI they always run.
set -euo pipefail
found() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }

if ! found && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing chromium for the browser tests" >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } \
    >&2 || true
fi
if found; then
  exit 0
elif [ "${CI:-}" = true ]; then
  echo "No chromium, and it could not be installed: on CI the browser tests must run" >&2
  exit 1
else
  echo --no-browser
fi
