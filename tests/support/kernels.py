"""Real kernels of the environments that make builds, driven over the wire as a front end drives them."""

from __future__ import annotations

import json
import queue
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import KernelManager

from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jupyter_client.blocking.client import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = {
    "oldest": ROOT / ".venvs/oldest/bin/python",
    "middle": ROOT / ".venvs/middle/bin/python",
    "newest": ROOT / ".venvs/newest/bin/python",
}
START_SECONDS = 60


def write_kernelspecs(folder: Path, pythons: Mapping[str, Path] = ENVIRONMENTS) -> Path:
    """Describe kernels of these Pythons below `folder`, which then works as a Jupyter data path."""
    for name, python in pythons.items():
        assert python.exists(), f"{python} is missing: make environments"
        spec = {
            "argv": [
                str(python),
                "-Xfrozen_modules=off",
                "-m",
                "ipykernel_launcher",
                "-f",
                "{connection_file}",
            ],
            "display_name": f"Python ({name})",
            "language": "python",
            "interrupt_mode": "signal",
            "metadata": {"debugger": False},
        }
        home = folder / "kernels" / name
        home.mkdir(parents=True)
        (home / "kernel.json").write_text(json.dumps(spec))
    return folder


_SHOWN = {"comm_open", "comm_msg", "display_data", "update_display_data", "execute_result", "stream"}


@dataclass(slots=True)
class Output:
    """One output as a front end holds it: later updates of its display have already been put in."""

    kind: str
    content: dict[str, Any]
    display_id: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The mime bundle; empty for streams and errors."""
        bundle: dict[str, Any] = self.content.get("data", {})
        return bundle


@dataclass(slots=True)
class Cell:
    """One executed cell: its outputs, whether it is done, how it ended."""

    kernel: Kernel
    request_id: str
    outputs: list[Output] = field(default_factory=list)
    reply: dict[str, Any] | None = None
    idle: bool = False
    clear_at_next_output: bool = False

    @property
    def done(self) -> bool:
        """Whether the kernel has answered and gone idle."""
        self.kernel.pump()
        return self.reply is not None and self.idle

    @property
    def status(self) -> str:
        """`ok`, `error` or `aborted`; empty while it runs."""
        return str(self.reply["status"]) if self.reply else ""

    @property
    def text(self) -> str:
        """Everything it says in plain text: streams, plain forms, tracebacks."""
        return "\n".join(_plain(output) for output in self.outputs)

    @property
    def html(self) -> str:
        """Its HTML outputs, as they look now."""
        self.kernel.pump()
        return "\n".join(str(output.data.get("text/html", "")) for output in self.outputs)

    @property
    def widgets(self) -> list[str]:
        """The ids of the widgets it shows now."""
        self.kernel.pump()
        views = [output.data.get("application/vnd.jupyter.widget-view+json") for output in self.outputs]
        return [view["model_id"] for view in views if view]

    def finish(self, seconds: float = 60.0) -> Cell:
        """Wait until the kernel is done with it."""
        eventually(lambda: self.done, seconds, what="the cell is done")
        return self


class Kernel:
    """A running kernel. Nothing is read behind the caller's back: every question pumps what has arrived."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient, log: Path) -> None:
        self._manager = manager
        self._client = client
        self._log = log
        self._cells: dict[str, Cell] = {}
        self.comms: dict[str, dict[str, Any]] = {}
        self.received = 0
        """How many characters of outputs and widgets' states have come, as JSON."""
        self.stray: list[dict[str, Any]] = []
        """Outputs whose parent is no cell of ours: a front end would show them nowhere."""

    @property
    def log(self) -> str:
        """What the kernel's process wrote to its own stdout and stderr."""
        return self._log.read_text(errors="replace")

    def submit(self, code: str, *, watched: bool = True) -> Cell:
        """Send a cell without waiting for it; `watched`: as a front end does that can ask for input."""
        request_id = self._client.execute(code, allow_stdin=watched)
        cell = self._cells[request_id] = Cell(self, request_id)
        return cell

    def run(self, code: str, seconds: float = 60.0) -> Cell:
        """Send a cell and wait until it is done; a failure of the cell is the caller's to judge."""
        return self.submit(code).finish(seconds)

    def value(self, expression: str) -> Any:
        """Evaluate an expression to something JSON can say."""
        cell = self.run(f"import json as _json; print(_json.dumps({expression}))")
        assert cell.status == "ok", cell.text
        return json.loads(cell.text.strip().splitlines()[-1])

    def click(self, comm_id: str) -> None:
        """Press a button widget, as the page does."""
        message = {"comm_id": comm_id, "data": {"method": "custom", "content": {"event": "click"}}}
        self._client.shell_channel.send(self._client.session.msg("comm_msg", message))

    def interrupt(self) -> None:
        """Interrupt it, as the stop button does."""
        self._manager.interrupt_kernel()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._manager.signal_kernel(signal.SIGKILL)
        eventually(lambda: not self._manager.is_alive(), what="the kernel is dead")

    def pump(self) -> None:
        """Take in everything that has arrived."""
        for channel, take in (
            (self._client.iopub_channel, self._take_output),
            (self._client.shell_channel, self._take_reply),
        ):
            try:
                while True:
                    take(channel.get_msg(timeout=0))
            except queue.Empty:
                continue

    def _take_reply(self, message: dict[str, Any]) -> None:
        cell = self._cells.get(message["parent_header"].get("msg_id", ""))
        if cell is not None and message["msg_type"] == "execute_reply":
            cell.reply = message["content"]

    def _take_output(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        self.received += len(json.dumps(content, default=str)) if kind in _SHOWN else 0
        cell = self._cells.get(message["parent_header"].get("msg_id", ""))
        if kind in ("comm_open", "comm_msg"):
            state = content["data"].get("state", {})
            self.comms.setdefault(content["comm_id"], {}).update(state)
        elif kind == "update_display_data":
            self._update(content)
        elif kind in ("display_data", "execute_result", "stream", "error"):
            if cell is None:
                self.stray.append(message)
            else:
                _append(cell, Output(kind, content, content.get("transient", {}).get("display_id")))
        elif cell is not None and kind == "clear_output":
            _clear(cell, wait=content["wait"])
        elif cell is not None and kind == "status":
            cell.idle = content["execution_state"] == "idle"

    def _update(self, content: dict[str, Any]) -> None:
        """Put new content wherever the display is shown, whichever cell it came from, as JupyterLab does."""
        display_id = content["transient"]["display_id"]
        for cell in self._cells.values():
            for output in cell.outputs:
                if output.display_id == display_id:
                    output.content = content


def _append(cell: Cell, output: Output) -> None:
    if cell.clear_at_next_output:
        _clear(cell, wait=False)
    cell.outputs.append(output)


def _clear(cell: Cell, *, wait: bool) -> None:
    cell.clear_at_next_output = wait
    if not wait:
        cell.outputs.clear()


def _plain(output: Output) -> str:
    if output.kind == "stream":
        return str(output.content["text"])
    if output.kind == "error":
        return "\n".join(output.content["traceback"])
    return str(output.data.get("text/plain", ""))


@contextmanager
def running_kernel(name: str, folder: Path, variables: dict[str, str]) -> Iterator[Kernel]:
    """Run a kernel of the named environment in `folder` until the block ends."""
    manager = KernelManager(kernel_name=name)
    log = folder / f"kernel-{name}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        manager.start_kernel(cwd=str(folder), env=variables, stdout=output, stderr=output)
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=START_SECONDS)
            yield Kernel(manager, client, log)
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
            manager.cleanup_resources()
            manager.context.term()
