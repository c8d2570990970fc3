"""All the figures in one command, with their targets beside them.

    python -m bench.run [PIECE …]

Prints a table, and writes it with a picture into docs/. With the names of pieces only those are run,
and nothing is written.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from bench import download, follow, growth, imports, kernel
from bench.plot import picture
from bench.simulate import HEADER as SIMULATED
from bench.simulate import curves, rows
from bench.stage import HEADER, ROOT, Figure, machine
from bench.table import markdown_table, text_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DOCS = ROOT / "docs"
_PAGE = """# Performance

What `make bench` measured: {told}. Everything ran on this one machine, the server included, and the
baseline of each figure in the same minute.

![The figures as parts of their targets, and questions against lateness](performance.svg)

{figures}

## Asking at the right time

Simulated in virtual time. In each column: questions a job, then the median and the 90th percentile of the
seconds from the end to the answer that tells it. `bound` knows the distribution of the lengths perfectly.

{simulated}
"""
# What uses the processor comes first; what mostly waits comes last.
PIECES: dict[str, Callable[[], list[Figure]]] = {
    "imports": imports.figures,
    "download": download.figures,
    "growth": growth.figures,
    "kernel": kernel.figures,
    "follow": follow.figures,
    "many": follow.growth,
}


def main(names: Sequence[str]) -> None:
    """Measure, print, and keep."""
    began, figures = time.monotonic(), []
    for name in names or PIECES:
        started = time.monotonic()
        sys.stdout.write(f"· {name} … ")
        sys.stdout.flush()
        figures += PIECES[name]()
        sys.stdout.write(f"{time.monotonic() - started:.0f} s\n")
    sys.stdout.write(f"\n{text_table(HEADER, [figure.row() for figure in figures])}\n\n")
    missed = [figure.what for figure in figures if not figure.kept]
    sys.stdout.write(
        f"{machine()}; {time.monotonic() - began:.0f} s. Missed: {'; '.join(missed) or 'none'}.\n"
    )
    if not names:
        _keep(figures)


def _keep(figures: Sequence[Figure]) -> None:
    """Write the table and the picture into docs/."""
    told = f"{time.strftime('%Y-%m-%d')}, {machine()}"
    measured = markdown_table(HEADER, [figure.row() for figure in figures])
    page = _PAGE.format(told=told, figures=measured, simulated=markdown_table(SIMULATED, rows()))
    (DOCS / "performance.md").write_text(page, encoding="utf-8")
    (DOCS / "performance.svg").write_text(picture(figures, curves(), told), encoding="utf-8")
    sys.stdout.write(f"Kept in {DOCS.relative_to(ROOT)}/performance.md and performance.svg.\n")


if __name__ == "__main__":
    main(sys.argv[1:])
