#!/usr/bin/env bash
# Make or refresh .venv: the pinned requirements, hash-checked, and Coterie itself, editable.
# Uses uv where there is one, Python's own venv and pip otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
unset VIRTUAL_ENV

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  # A name may be a version manager's shim that does not run: ask each what it is.
  local name
  for name in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if usable "$name"; then echo "$name"; return; fi
  done
  echo "Coterie needs Python 3.11 or newer: install one, or name it: make PYTHON=/path/to/python3" >&2
  return 1
}

make_venv() {
  local python
  python=$(find_python)
  if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    # Debian keeps these two modules in a package of their own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    else
      echo "$python has no venv module: install python3-venv, or uv, and run make again" >&2
      return 1
    fi
  fi
  "$python" -m venv --clear .venv
}

if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
  usable .venv/bin/python || uv venv --quiet --clear --python '>=3.11' .venv
  uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.txt
  uv pip install --quiet --python .venv/bin/python --no-build-isolation --no-deps -e .
else
  { usable .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; } || make_venv
  pip=(.venv/bin/python -m pip install -q --disable-pip-version-check)
  "${pip[@]}" --require-hashes -r requirements.txt
  "${pip[@]}" --no-build-isolation --no-deps -e .
fi
touch .venv/ready
