"""What importing costs, beside a bare interpreter.

python -m bench.imports
"""

from __future__ import annotations

import subprocess
import sys
import time

from bench.stage import Figure, environment, median, report

ROUNDS = 21


def figures() -> list[Figure]:
    """Measure in turn, so that a drift of the machine touches both alike."""
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(ROUNDS + 1):
        bare.append(_start("pass"))
        ours.append(_start("import runcomfy_jupyter"))
    # The first of each warms the caches of byte code and of the disk.
    base, above = median(bare[1:]), median(ours[1:]) - median(bare[1:])
    return [Figure("light", "import", 1e3 * above, "ms more", 30, f"bare interpreter: {1e3 * base:.0f} ms")]


def _start(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment(), cwd="/")
    return time.perf_counter() - began


if __name__ == "__main__":
    report("Importing", figures())
