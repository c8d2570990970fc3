#!/bin/sh
# Print the path of a Python this project can be built with: the first that fits, or the oldest or newest of all.
#   find_python.sh [first|oldest|newest]
# A candidate is run, not only looked up: version managers leave commands behind that name no interpreter.
which="${1:-first}"

describe() { "$1" -c '
import sys, venv, ensurepip
if sys.version_info >= (3, 11) and sys.version_info.releaselevel == "final":
    print(*sys.version_info[:3], getattr(sys, "_base_executable", None) or sys.executable)
' 2>/dev/null; }

candidates() {
    for minor in 11 12 13 14 15; do command -v "python3.$minor"; done
    command -v python3
    if [ "$which" != first ] && command -v pyenv >/dev/null; then
        # Where pyenv says its versions are, and where it stands itself: with another HOME it errs.
        for root in "$(pyenv root)" "$(dirname "$(command -v pyenv)")/.."; do
            for path in "$root"/versions/3.*/bin/python3; do [ -x "$path" ] && echo "$path"; done
        done
    fi
}

found=$(candidates 2>/dev/null | while read -r path; do describe "$path"; done)
case "$which" in
    first) line=$(printf '%s\n' "$found" | head -n 1) ;;
    oldest) line=$(printf '%s\n' "$found" | sort -n -k1,1 -k2,2 -k3,3 | head -n 1) ;;
    newest) line=$(printf '%s\n' "$found" | sort -n -k1,1 -k2,2 -k3,3 | tail -n 1) ;;
esac
if [ -z "$line" ]; then
    echo "No Python 3.11 or newer with the modules venv and ensurepip was found (on Debian: apt install python3-venv)." >&2
    exit 1
fi
printf '%s\n' "$line" | cut -d ' ' -f 4-
