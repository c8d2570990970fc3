"""Use a panel as its page would, without a page: find widgets by their words, press, fill in, read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ipywidgets import Video

from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_jupyter._notebook.panel import Panel


def widgets_of(root: Any) -> Iterator[Any]:
    """Yield a widget and all that stands in it, in the order of the page."""
    yield root
    for child in getattr(root, "children", ()):
        yield from widgets_of(child)


def by_label(root: Any, label: str) -> Any:
    """Return the first control with that label that can be seen."""
    for widget in widgets_of(root):
        if _is_called(widget, label):
            return widget
    raise AssertionError(f"nothing is labelled {label!r}")


def shows(root: Any, label: str) -> bool:
    """Tell whether a control with that label can be seen."""
    return any(_is_called(widget, label) for widget in widgets_of(root))


def _is_called(widget: Any, label: str) -> bool:
    """Tell whether a widget is labelled so, with a price behind it or without, and can be seen."""
    found = str(getattr(widget, "description", "")).partition(" · about $")[0]
    return found == label and widget.layout.display != "none"


def status(panel: Panel) -> str:
    """Return what the panel says beside its buttons."""
    [value] = [widget.value for widget in widgets_of(panel) if "role=" in str(getattr(widget, "value", ""))]
    return re.sub("<[^>]+>", " ", str(value)).strip()


def rows(panel: Panel) -> list[str]:
    """Return the HTML of the panel's jobs, the newest first."""
    return [
        "".join(_html(widget) for widget in widgets_of(job))
        for job in widgets_of(panel)
        if "runcomfy-job" in getattr(job, "_dom_classes", ())
    ]


def _html(widget: Any) -> str:
    if isinstance(widget, Video):
        return f"<video>{len(widget.value)} bytes</video>"
    outputs = "".join(output["data"]["text/html"] for output in getattr(widget, "outputs", ()))
    value = str(getattr(widget, "value", ""))
    return outputs + ("" if value.startswith("<style") else value)


def videos(panel: Panel, number: int) -> list[str]:
    """Wait until so many jobs show a video; return all jobs' HTML."""

    def shown() -> list[str]:
        found = rows(panel)
        return found if sum("<video" in row for row in found) == number else []

    return eventually(shown, 30, what=f"{number} videos are in the panel")
