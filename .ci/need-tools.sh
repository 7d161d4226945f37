# Sourced by try.sh, test.sh and .ci/run: sees to a C compiler (Rust links with it, and the fuzzing engine
# is C++) and to cargo. Debian and its relatives get the compiler installed; elsewhere it says what to do.

if ! command -v cc >/dev/null 2>&1 || ! command -v c++ >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "A C and C++ compiler is needed (cc, c++). Install gcc and g++, or clang, and start again." >&2
        exit 1
    fi
    as_admin=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "A C compiler is needed. As administrator run: apt-get update && apt-get install build-essential" >&2
            exit 1
        fi
        as_admin=sudo
    fi
    echo "Installing build-essential: Rust links with its compiler." >&2
    $as_admin apt-get update
    $as_admin env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends build-essential
fi

# rustup puts cargo here, and a shell that was open before does not know it yet.
if ! command -v cargo >/dev/null 2>&1 && [ -x "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-${HOME:-}/.cargo}/bin:$PATH"
    export PATH
fi
if ! command -v cargo >/dev/null 2>&1; then
    echo "Rust is missing. Install it from https://rustup.rs and start again." >&2
    exit 1
fi
