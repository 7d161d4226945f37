#!/bin/sh
# Builds Khiên with its web console, and starts a demo of it in a simulated organisation.
# Needs Rust, and Node 20.20 or newer for the console; installs a C compiler where it is missing. Arguments go to `khien demo`.
set -eu
cd "$(dirname "$0")"
. .ci/need-tools.sh

if ! command -v npm >/dev/null 2>&1; then
    echo "Node is missing, which builds the web console. Install version 20.20 or newer from https://nodejs.org and start again." >&2
    exit 1
fi
# What is built to its end and newer than all that it is made of stays: a program with the same console is not linked again.
built=console/dist/.stamp
if [ ! -f "$built" ] || find console i18n content -type f -newer "$built" ! -path '*/node_modules/*' ! -path '*/dist/*' ! -path 'console/src/generated/*' ! -path 'console/e2e/*' ! -path 'console/stamp/*' | grep -q .; then
    (cd console && { [ -d node_modules ] || npm ci --ignore-scripts; } && npm run --silent build)
fi

cargo build --locked -p khien
exec "${CARGO_TARGET_DIR:-target}/debug/khien" demo "$@"
