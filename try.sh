#!/bin/sh
# Builds Khiên, makes the logs of a simulated office with a poisoned update, and looks for it.
# Needs Rust; installs a C compiler where it is missing. Can be run again.
set -eu
cd "$(dirname "$0")"
. .ci/need-tools.sh

target=${CARGO_TARGET_DIR:-target}
cargo build --locked -p khien -p xtask
"$target/debug/xtask" sample sample-logs
khien="$target/debug/khien"

# SYNTHETIC.json lists what was planted; it is no log. Exit code 1 means findings, which is what this is for; anything above is trouble.
scan() {
    "$khien" scan sample-logs --exclude SYNTHETIC.json --advisory 3cx "$@" || [ $? -eq 1 ]
}

echo
scan
echo
scan --format html --output khien-report.html

# The same logs, kept: what is asked of the lake is answered in an instant, however much it holds. Exit code 3 is about the damaged file in the sample.
echo
"$khien" ingest sample-logs --exclude SYNTHETIC.json --org sample --lake sample-lake || [ $? -eq 3 ]
echo
"$khien" check 3cx --lake sample-lake || [ $? -eq 1 ]

# The same update once more, with no indicator: which release newly does what none before it did.
echo
"$khien" lineage --lake sample-lake || [ $? -eq 1 ]

echo
echo "Open khien-report.html in a browser. Next, a fast build, and logs of your own:"
echo "    cargo xtask ui                     # the web console, with Node 20; without it add --features placeholder below"
echo "    cargo install --path crates/khien"
echo "    khien scan PATH... --advisory 3cx"
