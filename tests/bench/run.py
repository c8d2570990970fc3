"""All the figures in one command, with their targets beside them.

    python -m bench.run [PIECE …]

Prints a table, writes it with a picture into docs/, and the chief of its lines into the README. With the
names of pieces only those are run, and nothing is written.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from bench import download, follow, growth, imports, kernel
from bench.plot import picture
from bench.reasons import reasons
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

{reasons}

## Asking at the right time

Simulated in virtual time. In each column: questions a job, then the median and the 90th percentile of the
seconds from the end to the answer that tells it. `bound` knows the distribution of the lengths perfectly.

{simulated}
"""
README = ROOT / "README.md"
# Between these two lines stands what this writes.
MARKS = ("<!-- written by `make bench` -->", "<!-- end of what it writes -->")
# The figures that the README shows, with its own words for them.
CHIEF = {
    f"questions a job of 80 s, {follow.PAST} past jobs": "status questions for a video of 80 s",
    f"median lateness, {follow.PAST} past jobs": "a finished video is noticed after",
    "%%sora to idle, above the POST's round trip": "a cell is done, after the request's own round trip, in",
    "1+1 beside 200 jobs": "`1+1` while 200 jobs are followed",
    "CPU to follow 200 jobs": "CPU a job, of 200",
    "200 MB, time, beside the faster httpx": "a download of 200 MB",
    "import": "`import runcomfy_jupyter`",
    "%load_ext": "`%load_ext`",
}
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
    missed = reasons(figure.what for figure in figures if not figure.kept)
    page = _PAGE.format(
        told=told, figures=measured, reasons=missed, simulated=markdown_table(SIMULATED, rows())
    )
    (DOCS / "performance.md").write_text(page, encoding="utf-8")
    (DOCS / "performance.svg").write_text(picture(figures, curves(), told), encoding="utf-8")
    README.write_text(chief(README.read_text(encoding="utf-8"), figures, told), encoding="utf-8")
    sys.stdout.write("Kept in docs/performance.md, docs/performance.svg and README.md.\n")


def chief(readme: str, figures: Sequence[Figure], told: str) -> str:
    """Return the README with the chief figures of today in it."""
    before, _, rest = readme.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    found = {figure.what: figure.row() for figure in figures}
    lines = [[words, *found[what][1:3], found[what][4]] for what, words in CHIEF.items()]
    table = markdown_table(["figure", "measured", "target", "beside it, in the same minute"], lines)
    return f"{before}{MARKS[0]}\nMeasured {told}.\n\n{table}\n\n{MARKS[1]}{after}"


if __name__ == "__main__":
    main(sys.argv[1:])
