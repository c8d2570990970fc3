"""The figures as a picture: how far each is below its target, and questions against lateness. Plain SVG."""

from __future__ import annotations

from html import escape
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.simulate import Cost
    from bench.stage import Figure

_WIDTH, _ROW, _LABELS, _BARS = 960, 22, 430, 400
_LEFT, _TOP, _SIDE, _HEIGHT = 70, 60, 560, 300
_QUESTIONS, _SECONDS = (15.0, 100.0), (0.25, 4.0)
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.dim { fill: #6e7781 } .axis { stroke: #8c959f } .kept { fill: #2da44e } .missed { fill: #cf222e }
.fixed { stroke: #8c959f; fill: #8c959f } .bound { stroke: #0969da; fill: #0969da } .ours { fill: #bf3989 }
@media (prefers-color-scheme: dark) { text { fill: #d1d7e0 } .dim { fill: #9198a1 } }
"""


def picture(figures: Sequence[Figure], curves: dict[str, list[Cost]], told: str) -> str:
    """Draw figures that have a target as bars, and `curves` (`fixed`, `bound`, `ours`) below them."""
    bounded = [figure for figure in figures if figure.bound]
    middle = 50 + _ROW * len(bounded)
    body = [*_bars(bounded), *_plane(curves, middle + _TOP)]
    height = middle + _TOP + _HEIGHT + 70
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="Performance, measured against its targets"><style>{_STYLE}</style>\n'
        + "\n".join([*body, _text(10, height - 10, told, "dim")])
        + "\n</svg>\n"
    )


def _bars(figures: Sequence[Figure]) -> list[str]:
    drawn = [_text(_LABELS, 24, "measured, as a part of its target; less is better", "dim")]
    for place, figure in enumerate(figures):
        top = 36 + _ROW * place
        part = min(figure.value / (figure.bound or 1.0), 1.3)
        kind, width = "kept" if figure.kept else "missed", max(2.0, part * _BARS / 1.3)
        drawn += [
            _text(_LABELS - 12, top + 14, figure.what, anchor="end"),
            f'<rect class="{kind}" x="{_LABELS}" y="{top + 3}" width="{width:.0f}" height="14"/>',
            _text(_LABELS + width + 6, top + 14, figure.row()[1], "dim"),
        ]
    line, bottom = _LABELS + _BARS / 1.3, 38 + _ROW * len(figures)
    return [*drawn, f'<line class="axis" x1="{line:.0f}" y1="32" x2="{line:.0f}" y2="{bottom}"/>']


def _plane(curves: dict[str, list[Cost]], top: float) -> list[str]:
    """Draw costs on logarithmic axes: to the left and down is better."""
    bottom = top + _HEIGHT
    drawn = [
        f'<line class="axis" x1="{_LEFT}" y1="{bottom}" x2="{_LEFT + _SIDE}" y2="{bottom}"/>',
        f'<line class="axis" x1="{_LEFT}" y1="{top}" x2="{_LEFT}" y2="{bottom}"/>',
        _text(_LEFT, top - 14, "median seconds from the end of a job of 80 s to the answer that tells it"),
        _text(_LEFT + _SIDE, bottom + 36, "questions a job", anchor="end"),
        *(_text(_x(n), bottom + 18, str(n), "dim", anchor="middle") for n in (20, 30, 40, 60, 85)),
        *(_text(_LEFT - 8, _y(s, top) + 4, f"{s:g}", "dim", anchor="end") for s in (0.5, 1.0, 2.0)),
    ]
    names = {"fixed": "fixed intervals of 1 to 5 s", "bound": "best possible", "ours": "runcomfy_jupyter"}
    for place, (kind, costs) in enumerate(curves.items()):
        points = [(_x(cost.questions), _y(cost.median, top)) for cost in costs]
        if kind != "ours":
            path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
            drawn.append(f'<polyline class="{kind}" points="{path}" style="fill:none"/>')
        drawn += [f'<circle class="{kind}" cx="{x:.0f}" cy="{y:.0f}" r="5"/>' for x, y in points]
        if kind == "ours":
            labels = zip(points, ("no past", "past jobs"), strict=True)
            drawn += [_text(x + 9, y - 5, words, "dim") for (x, y), words in labels]
        at = top + 20 + 24 * place
        drawn += [
            f'<circle class="{kind}" cx="{_LEFT + _SIDE + 40}" cy="{at - 4:.0f}" r="5"/>',
            _text(_LEFT + _SIDE + 52, at, names[kind]),
        ]
    return drawn


def _x(questions: float) -> float:
    low, high = _QUESTIONS
    return _LEFT + _SIDE * log(questions / low) / log(high / low)


def _y(seconds: float, top: float) -> float:
    low, high = _SECONDS
    return top + _HEIGHT * (1 - log(seconds / low) / log(high / low))


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'
