#!/usr/bin/env bash
# Write requirements.txt anew from pyproject.toml: the newest versions that fit, or, with --keep, the
# pinned ones wherever they still fit. Needs uv (it resolves for every platform at once).
set -euo pipefail
cd "$(dirname "$0")/.."
draft=$(mktemp)
trap 'rm -f "$draft"' EXIT
if [ "${1:-}" = --keep ]; then cp requirements.txt "$draft"; fi
uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
  --no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet -o "$draft"
{
  echo '# Pins of everything that Coterie, its tests and its build need, with the hash of every released file,'
  echo '# for Python 3.11 to 3.13 on any platform. Written by tools/pin.sh from pyproject.toml; never edit by hand.'
  grep -v '^#' "$draft"
} > requirements.txt
