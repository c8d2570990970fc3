"""A finished video as a widget: its bytes go to the page as they are, without a text of them.

For what is live. As HTML in a widget it would be written as JSON in one step, which keeps the kernel's
main thread waiting (`_display.parcel`), and once more whenever a page is reloaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets
from traitlets import Unicode

from runcomfy_jupyter._display.facts import size_of
from runcomfy_jupyter._display.outputs import film, name_of, shown_size

if TYPE_CHECKING:
    from runcomfy_jupyter._display.outputs import Outlet
    from runcomfy_jupyter._domain.models import ModelCard
    from runcomfy_jupyter._domain.record import File, Record


class Film(widgets.Video):
    """A player for a video, with a name for those who cannot see it."""

    # ipywidgets 8 takes the name from `tooltip`, but only of what has a `description`.
    description = Unicode("").tag(sync=True)
    tooltip = Unicode(None, allow_none=True).tag(sync=True)

    def __init__(self, file: File, name: str, size: tuple[int, int | None]) -> None:
        """Read the file. `size`: width and height to reserve, in pixels. Raises `OSError`."""
        width, height = size
        super().__init__(
            format=file.media_type.partition("/")[2],
            width=str(width),
            height="" if height is None else str(height),
            autoplay=False,
            loop=False,
            tooltip=name,
            layout=widgets.Layout(max_width="100%", height="auto", margin="0"),
        )
        # A trait that is given above is compared with itself, byte by byte: 17 ms for 20 MB.
        self.value = Path(file.path).read_bytes()


def film_of(record: Record, model: ModelCard, outlet: Outlet) -> Film | None:
    """Return a job's video as a widget; None where there is none, or its page has to say why not."""
    file = film(record, outlet)
    if file is None:
        return None
    size = shown_size(size_of(record, model), small=outlet.small)
    try:
        return Film(file, name_of(record, model), size)
    except OSError:
        return None
