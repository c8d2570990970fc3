"""Outputs with large files in them, sent without keeping the kernel's main thread waiting."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell

from runcomfy_jupyter._display.bundles import bundle
from runcomfy_jupyter._display.endings import unshown
from runcomfy_jupyter._display.parcel import Parcel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOTHING = Parcel({"text/html": "", "text/plain": ""})


def readably(show: Callable[[Parcel], None], draw: Callable[[], Parcel], way_on: str) -> None:
    """Show what is drawn; where a file of it cannot be read, a card. `way_on`: as for `unshown`."""
    try:
        show(draw())
    except OSError as error:
        show(Parcel(bundle([unshown(error, way_on)])))


def publisher() -> Any:
    """Return what outputs of the cell that runs now go to: `%%capture` puts another one there for a cell."""
    return InteractiveShell.instance().display_pub


def update(parcel: Parcel, display_id: str, through: Any) -> None:
    """Replace an output, from a thread beside the main one; raise `OSError` where a file cannot be read.

    `through`: the `publisher` of the cell that the output belongs to.
    """
    with _packing(parcel, through) as packed:
        through.publish(data=packed, metadata={}, transient={"display_id": display_id}, update=True)


def place(parcel: Parcel, through: Any) -> None:
    """Show a new output, from any thread, in the cell whose `publisher` it is; raise as `update` does."""
    with _packing(parcel, through) as packed:
        through.publish(data=packed, metadata={})


@contextmanager
def _packing(parcel: Parcel, publisher: Any) -> Iterator[dict[str, str]]:
    """Have a kernel send the bundle that is yielded with its files.

    A kernel writes a message as JSON in one step, unless its content is bytes already: a hook, which
    holds for this thread alone, sees to that.
    """
    if not parcel.files or not _takes_json(publisher):
        yield parcel.whole()
        return

    def pack(message: dict[str, Any]) -> dict[str, Any]:
        return {**message, "content": parcel.packed(message["content"])}

    publisher.register_hook(pack)
    try:
        yield parcel.bundle
    finally:
        publisher.unregister_hook(pack)


def _takes_json(publisher: Any) -> bool:
    """Tell whether outputs go to a front end as JSON, and nowhere else."""
    # A terminal and `capture_output` have no session; a kernel may keep what it shows in its history.
    session = getattr(publisher, "session", None)
    kept = getattr(publisher, "store_display_history", False)
    return session is not None and not kept and session.pack({}) == b"{}"
