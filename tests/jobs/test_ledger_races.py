from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from jobs.stage import draft
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._jobs.ledger import Ledger
from runcomfy_jupyter._jobs.purchases import Turn
from support.children import child

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._domain.record import Record

END = {"finished_at": 2.0, "error": "taken back"}
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


def test_of_withdrawing_and_sending_one_wins(tmp_path: Path) -> None:
    """What is let out is not withdrawn any more, and what is withdrawn is not let out."""
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger, ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            record = ledger.begin(draft(f"round {number}"), owner="o")[0]
            together = threading.Barrier(2)

            def send(job_id: str = record.id, gate: threading.Barrier = together) -> Turn:
                gate.wait()
                return ledger.let_out(job_id, 1000, bool, 1.0)

            def withdraw(job_id: str = record.id, gate: threading.Barrier = together) -> Record | None:
                gate.wait()
                return ledger.withdraw(job_id, "o", bool, **END)

            sent, found = pool.submit(send), pool.submit(withdraw).result()
            assert found is not None
            assert (sent.result() is Turn.OUT) == (found.state is State.RECORDED)
            assert ledger.get(record.id) == found


def test_what_another_living_process_has_is_not_withdrawn(tmp_path: Path) -> None:
    """It is theirs to send, or not; withdrawing makes nobody its owner."""
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        record = ledger.begin(draft("theirs"), owner="alive")[0]
        assert ledger.withdraw(record.id, "mine", lambda name: name == "alive", **END) is None
        ledger.release(record.id, "alive")
        found = ledger.withdraw(record.id, "mine", lambda name: name == "alive", **END)
        assert found is not None
        assert (found.state, found.error, found.finished_at) == (State.CANCELLED, "taken back", 2.0)
        assert ledger.claim(record.id, "somebody else", lambda name: name == "mine")
