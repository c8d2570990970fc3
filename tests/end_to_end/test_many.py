"""Many at once, from a cell to the exact requests that it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from IPython.utils.capture import capture_output

from runcomfy_jupyter._notebook.magic import Sora
from runcomfy_jupyter._session.batch import Batch
from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import CostError, InputError, JobFailed, TokenError
from session.cards import MODEL, card
from support.desk import a_desk
from support.scripted_service import drop, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.scripted_service import Service


class Cells:
    """A shell with the magic, in which cells are run."""

    def __init__(self, shell: Any, session: Session) -> None:
        self.names = shell.user_ns
        self.options = session.options
        self._magic: Any = Sora(shell, session)

    def run(self, line: str, body: str) -> str:
        """Run a cell; return what it shows as text."""
        with capture_output() as caught:
            self._magic.sora(line, body)
        bundles = [output.data.get("text/plain", "") for output in caught.outputs]
        return "\n".join([caught.stdout, *bundles])


@pytest.fixture
def cells(service: Service) -> Iterator[Cells]:
    """Have a shell in a terminal, for which the service is RunComfy: its cells wait."""
    known, none = says(**card()), says(404, error_code=400001)
    service.on("card", lambda seen: (known if MODEL in seen.path else none)(seen))
    session = Session()
    with a_desk(session) as desk:
        yield Cells(desk.shell, session)
    session.close()


def bodies(service: Service) -> list[tuple[Any, ...]]:
    """Return what was sent, as tuples, in any order."""
    return sorted(tuple(sorted(seen.json.items())) for seen in service.asked("submit"))


def sent(*inputs: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the same of what should have been sent."""
    return sorted(tuple(sorted(one.items())) for one in inputs)


P, S = "prompt", "seconds"
WAYS: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
    "prompts": ("", "a boat\n---\na car\n", [{P: "a boat"}, {P: "a car"}]),
    "values": ("--seconds 4,8", "a boat\n", [{P: "a boat", S: 4}, {P: "a boat", S: 8}]),
    "takes": ("--takes 3", "a boat\n", [{P: "a boat"}] * 3),
    "rows": ("--each rows", "a {what} at dawn", [{P: "a boat at dawn", S: 8}, {P: "a car at dawn"}]),
    "strings": ("--each words", "", [{P: "a boat"}, {P: "a car"}]),
    "frame": ("--each frame", "a {what}", [{P: "a boat", S: 8}, {P: "a car", S: 12}]),
    "product": (
        "--seconds 4,8 --takes 2",
        "a boat\n---\na car",
        [{P: prompt, S: seconds} for prompt in ("a boat", "a car") for seconds in (4, 8) for _ in range(2)],
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_multiplying_sends_exactly_this(cells: Cells, service: Service, way: str) -> None:
    """One POST for each, with just these bodies; the same cell again sends nothing."""
    cells.names["rows"] = [{"what": "boat", "seconds": 8}, {"what": "car"}]
    cells.names["words"] = ["a boat", "a car"]
    cells.names["frame"] = pd.DataFrame({"what": ["boat", "car"], "seconds": [8, 12]})
    line, body, expected = WAYS[way]
    cells.run(f"clips {line}", body)
    assert bodies(service) == sent(*expected)
    first = cells.names["clips"]
    assert isinstance(first, Batch)
    assert [job.state for job in first] == ["succeeded"] * len(expected)

    cells.run(f"clips {line}", body)
    assert [job.id for job in cells.names["clips"]] == [job.id for job in first]
    assert bodies(service) == sent(*expected)


def test_only_what_has_not_succeeded_is_sent_again(cells: Cells, service: Service) -> None:
    """One that fails fails alone, and the cell fails in one line; run again, it sends just that one."""
    failed = says(status="failed", error="no boats today")
    service.on("result", failed, says(status="succeeded", output={"video": service.url()}))
    with pytest.raises(JobFailed, match="1 job of 3 did not succeed") as caught:
        cells.run("clips", "one\n---\ntwo\n---\nthree")
    assert "Running the cell again sends only what has not succeeded" in str(caught.value)
    assert len(service.asked("submit")) == 3
    [lost] = cells.names["clips"].failed

    cells.run("clips", "one\n---\ntwo\n---\nthree")
    assert service.asked("submit")[3].json == dict(lost.inputs)
    assert len(service.asked("submit")) == 4
    assert cells.names["clips"].failed == []


def test_a_dry_run_lists_it_all_and_sends_nothing(cells: Cells, service: Service) -> None:
    """Every request with its estimate, and the total."""
    shown = cells.run(f"--model {MODEL} --duration 5,10 --dry-run", "a boat\n---\na car")
    assert "4 requests would be sent (about $3.00 in all)" in shown
    assert service.asked("submit") == []


def test_a_bound_holds_for_all_of_a_cell(cells: Cells, service: Service) -> None:
    """Two that would fit one by one do not fit together."""
    with pytest.raises(CostError, match=r"these 2 requests is \$1\.00, above the \$0\.90 that --max-cost"):
        cells.run(f"--model {MODEL} --max-cost 0.9", "a boat\n---\na car")
    assert service.asked("submit") == []


def test_at_most_so_many_are_out(cells: Cells, service: Service) -> None:
    """The setting bounds how many requests the service has at a time, and all are sent in the end."""
    cells.options.max_in_flight = 2
    cells.run("clips --takes 6", "a boat")
    calls = [seen.call for seen in service.seen]
    out = [calls[:at].count("submit") - calls[:at].count("result") for at in range(len(calls) + 1)]
    assert max(out) == 2
    assert calls.count("submit") == 6


def test_a_batch_is_a_table(cells: Cells) -> None:
    """A row for each job: its inputs, its state, its file."""
    cells.run("clips --seconds 4,8", "a boat")
    frame = cells.names["clips"].frame()
    assert list(frame["seconds"]) == [4, 8]
    assert set(frame["state"]) == {"succeeded"}
    assert all(path.endswith(".mp4") for path in frame["path"])


def test_parts_of_a_batch_are_batches(cells: Cells) -> None:
    """It is a sequence."""
    cells.run("clips --takes 3", "a boat")
    batch = cells.names["clips"]
    assert len(batch) == 3
    assert [job.id for job in batch[1:]] == [batch[1].id, batch[2].id]
    assert isinstance(batch[1:], Batch)
    assert repr(batch) == "<Batch of 3: 3 succeeded>"


def test_an_unknown_variable_is_named(cells: Cells, service: Service) -> None:
    """With the likely one; nothing is sent."""
    cells.names["shots"] = ["a boat"]
    with pytest.raises(InputError, match=r"--each: there is no variable 'shot'\. Did you mean shots\?"):
        cells.run("--each shot", "")
    cells.names["numbers"] = 7
    with pytest.raises(InputError, match="--inputs takes a dict"):
        cells.run("--inputs numbers", "a boat")
    assert service.asked("submit") == []


def test_one_refused_shot_holds_up_no_other(cells: Cells, service: Service) -> None:
    """The first of three is refused: the others are made, and the cell fails at the end."""
    refused = says(422, error_code=422001, error_message="too short")
    service.on("submit", refused, says(request_id="r-2"), says(request_id="r-3"))
    with pytest.raises(JobFailed, match="1 job of 3 did not succeed"):
        cells.run("clips", "one\n---\ntwo\n---\nthree")
    assert sorted(job.state for job in cells.names["clips"]) == ["failed", "succeeded", "succeeded"]


def test_an_unconfirmed_shot_is_not_bought_with_all_the_others(cells: Cells, service: Service) -> None:
    """The error does not send anybody to buy the whole batch anew."""
    service.on("submit", drop, says(request_id="r-2"))
    with pytest.raises(JobFailed) as caught:
        cells.run("clips", "one\n---\ntwo")
    assert "%sora again ID" in str(caught.value)
    assert "Running the cell again sends" not in str(caught.value)


def test_a_batch_that_nobody_follows_is_no_success(cells: Cells, service: Service) -> None:
    """What stopped the following is raised, as for a single job."""
    service.on("status", says(401, error_code=400004, error_message="expired"))
    with pytest.raises(TokenError):
        cells.run("clips", "one\n---\ntwo")
    assert [job.state for job in cells.names["clips"]] == ["in_queue", "in_queue"]


def test_a_column_that_would_change_nothing_is_refused(cells: Cells, service: Service) -> None:
    """A model in a row is a slip: all rows would be made by the cell's."""
    cells.names["rows"] = [{"prompt": "a boat", "model": "lab/other"}]
    with pytest.raises(InputError, match="model in a row of --each changes nothing"):
        cells.run("--each rows", "\n")
    assert service.asked("submit") == []
