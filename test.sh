#!/bin/sh
# Runs all tests. Needs Rust; installs a C compiler where it is missing.
set -eu
cd "$(dirname "$0")"
. .ci/need-tools.sh

exec cargo test --workspace --locked "$@"
