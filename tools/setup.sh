#!/bin/sh
# Installs what the Makefile asks for, or says in words what is missing. Called by make, from the project's root:
#   tools/setup.sh venv            a virtual environment in .venv, with Python 3.11 or newer
#   tools/setup.sh python LOCK     the packages of a lock file, and the project itself, into .venv
#   tools/setup.sh node            what package-lock.json names, into node_modules
#   tools/setup.sh programs        Chromium and nginx, which the tests use, from the distribution's packages
set -eu

say() { printf '%s\n' "setup: $*" >&2; }
stop() { say "$@"; exit 1; }

# Installs packages when we may: as root, on Debian or Ubuntu. Otherwise says what somebody must do.
apt_install() {
    if ! command -v apt-get >/dev/null 2>&1; then
        stop "missing: $*. There is no apt-get here: install it with this system's own tools, then run make again."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        stop "missing: $*. Run 'sudo apt-get install $*', then make again."
    fi
    say "installing $* with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    apt-get update -qq >"$log" 2>&1 </dev/null || say "apt-get update failed; trying with the lists that are here"
    if ! apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        stop "apt-get could not install $*: see above."
    fi
    rm -f "$log"
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

venv() {
    if [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then
        return
    fi
    python=$(find_python) || stop "missing: Python 3.11 or newer (looked for python3 and python3.11 to 3.14; PYTHON=… names another)."
    if ! "$python" -m ensurepip --version >/dev/null 2>&1; then
        apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    "$python" -m venv --clear .venv
}

pip_install() {
    .venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet "$@" </dev/null
}

# uv takes seconds for what takes pip a minute. Where it cannot (no uv for this machine; an index that only pip is told of),
# pip does it, and says what is wrong if it cannot either.
install_lock() {
    if ! { pip_install --require-hashes -r requirements/uv.lock &&
        VIRTUAL_ENV=$PWD/.venv .venv/bin/uv pip install --quiet --require-hashes -r "$1"; } </dev/null >/dev/null 2>&1; then
        pip_install --require-hashes -r "$1"
    fi
}

python_packages() {
    say "installing Python packages of $1"
    install_lock "$1"
    pip_install --no-build-isolation --no-deps --no-index -e .
    .venv/bin/python -m pip check >/dev/null || stop "$1 does not hold what pyproject.toml asks for: run 'make lock'."
}

has_node() {
    command -v npm >/dev/null 2>&1 &&
        node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' >/dev/null 2>&1
}

node_packages() {
    PATH=$PATH:$PWD/.venv/bin
    export PATH
    if ! has_node; then
        say "no Node.js 18 or newer here: installing one into .venv"
        install_lock requirements/node.lock
        PATH=$PWD/.venv/bin:$PATH
    fi
    say "installing what browsers are sent, into node_modules"
    [ -w "${HOME:-/nonexistent}" ] || export npm_config_cache="$PWD/.venv/npm-cache"
    npm ci --ignore-scripts --no-progress --loglevel=error </dev/null >&2
}

has_program() {
    case $1 in
        chromium) command -v "${CHROMIUM:-chromium}" || command -v chromium-browser ;;
        nginx) command -v nginx || [ -x /usr/sbin/nginx ] ;;
    esac >/dev/null 2>&1
}

programs() {
    missing=
    has_program nginx || missing=nginx
    has_program chromium || missing="$missing chromium"
    # shellcheck disable=SC2086 # a list of packages
    [ -z "$missing" ] || (apt_install $missing) ||
        stop "Ubuntu has Chromium as a snap only: install Google Chrome there, and set CHROMIUM=/usr/bin/google-chrome."
}

case ${1:-} in
    venv) venv ;;
    python) python_packages "$2" ;;
    node) node_packages ;;
    programs) programs ;;
    *) stop "usage: tools/setup.sh venv | python LOCK | node | programs" ;;
esac
