#!/bin/sh
# Builds Khiên, makes the logs of a simulated office with a poisoned update, and looks for it.
# Needs Rust; installs a C compiler where it is missing. Can be run again.
set -eu
cd "$(dirname "$0")"
. .ci/need-tools.sh

target=${CARGO_TARGET_DIR:-target}
cargo build --profile quick --locked -p khien -p xtask
"$target/quick/xtask" sample sample-logs

# SYNTHETIC.json lists what was planted; it is no log. Exit code 1 means findings, which is what this is for; anything above is trouble.
scan() {
    "$target/quick/khien" scan sample-logs --exclude SYNTHETIC.json --advisory 3cx "$@" || [ $? -eq 1 ]
}

echo
scan
echo
scan --format html --output khien-report.html
echo
echo "Open khien-report.html in a browser. Next, on logs of your own:"
echo "    $target/quick/khien scan PATH... --advisory 3cx"
