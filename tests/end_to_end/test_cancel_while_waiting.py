from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.polling import eventually
from support.sandbox import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.kernels import Kernel

LOAD = "%load_ext runcomfy_jupyter"
WAITING = "%%sora --wait\nA lighthouse in the rain"

pytestmark = pytest.mark.kernel


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Run a sandbox in which everything stays queued until it is cancelled."""
    folder = tmp_path_factory.mktemp("sandbox")
    with running_sandbox(folder, "--workers", "1", "--queue-seconds", "600") as running:
        yield running


def cancel_button(kernel: Kernel) -> str | None:
    """Return the id of the Cancel button once it can be pressed."""
    kernel.pump()
    for comm_id, state in kernel.comms.items():
        if state.get("description") == "Cancel" and _layout(kernel, state).get("display") != "none":
            return comm_id
    return None


def _layout(kernel: Kernel, state: dict[str, Any]) -> dict[str, Any]:
    return kernel.comms[str(state["layout"]).removeprefix("IPY_MODEL_")]


def test_a_click_that_comes_while_a_cell_waits_is_not_lost(
    start_kernel: Callable[[str], Kernel], sandbox: Sandbox
) -> None:
    """Ipykernel 6 handles it once the waiting is interrupted: then the job is cancelled."""
    kernel = start_kernel("oldest")
    kernel.run(LOAD)
    cell = kernel.submit(WAITING)
    kernel.click(str(eventually(lambda: cancel_button(kernel), what="there is a Cancel button")))
    kernel.interrupt()
    cell.finish()

    assert "Stopped waiting" in cell.text
    eventually(lambda: "Cancelled while queued" in cell.html, what="the card says so")
    [submission] = [entry for entry in sandbox.journal() if entry["on"] == "submit"]
    assert sandbox.state_of(submission["request_id"]) == "cancelled"
