"""A process that renders: one clip per line of standard input, one answer per line of standard output.

It ends at once when its standard input closes, so it outlives its sandbox in no case, `kill -9` included.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path

from .clip import Clip
from .render import render
from .still import render_still


def main() -> None:
    """Render what is asked until standard input closes."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the sandbox ends its workers
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    while True:
        job = json.loads(asked.get())
        sys.stdout.write(json.dumps({"error": _rendered(Clip(**job["clip"]), Path(job["path"]))}) + "\n")
        sys.stdout.flush()


def _listen(asked: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        asked.put(line)
    os._exit(0)


def _rendered(clip: Clip, path: Path) -> str | None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        (render if clip.medium == "video" else render_still)(clip, part)
        part.replace(path)
    except Exception as error:  # noqa: BLE001 - whatever it is, the request must end as failed and say why
        part.unlink(missing_ok=True)
        return f"{type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    main()
