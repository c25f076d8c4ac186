#!/usr/bin/env bash
# See to it that the database tests have PostgreSQL's server. Prints the pytest flag that leaves them
# out where there is none and none may be installed; pytest then says so at its end. On CI they run.
set -euo pipefail
found() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

if ! found && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing postgresql for the database tests" >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } >&2 || true
fi
if found; then
  exit 0
elif [ "${CI:-}" = true ]; then
  echo "No postgresql, and it could not be installed: on CI the database tests must run" >&2
  exit 1
else
  echo --no-postgres
fi
