from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from jobs.stage import draft
from runcomfy_jupyter._jobs.ledger import Ledger
from support.children import child

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 10
BEGIN = """
import sys
from pathlib import Path
from jobs.stage import draft, OWNER
from runcomfy_jupyter._jobs.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    record, new = ledger.begin(draft(line.strip()), owner=OWNER)
    print(record.id, new, flush=True)
ledger.close()
"""


def test_of_threads_that_ask_for_the_same_one_gets_it(tmp_path: Path) -> None:
    """Eight threads of one kernel begin the same request in the same instant: one record, one buyer."""
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger, ThreadPoolExecutor(8) as pool:
        for number in range(ROUNDS):
            together = threading.Barrier(8)

            def begin(prompt: str, gate: threading.Barrier = together) -> tuple[str, bool]:
                gate.wait()
                record, new = ledger.begin(draft(prompt), owner="o")
                return record.id, new

            answers = list(pool.map(begin, [f"round {number}"] * 8))
            assert len({job_id for job_id, _ in answers}) == 1
            assert [new for _, new in answers].count(True) == 1
        assert len(ledger.newest()) == ROUNDS


@pytest.mark.parametrize("processes", [2, 4])
def test_of_kernels_that_ask_for_the_same_one_gets_it(tmp_path: Path, processes: int) -> None:
    """Several processes begin the same request in the same instant: one record, one buyer."""
    path = tmp_path / "ledger.sqlite"
    with ExitStack() as stack:
        kernels = [stack.enter_context(child(BEGIN, str(path))) for _ in range(processes)]
        assert {kernel.hear() for kernel in kernels} == {"ready"}
        for number in range(ROUNDS):
            for kernel in kernels:
                kernel.tell(f"round {number}")
            answers = [kernel.hear().split() for kernel in kernels]
            assert len({job_id for job_id, _ in answers}) == 1
            assert [new for _, new in answers].count("True") == 1
    with closing(Ledger(path)) as ledger:
        assert len(ledger.newest()) == ROUNDS
