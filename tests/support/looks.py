"""How a page looks to those who see it badly, or not at all: contrast of its texts, names of its controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator

# Colours as the browser has computed them, each with every opacity and every background behind it laid
# over the next, down to the first that hides what is below.
_TEXTS = """root => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
    const brush = canvas.getContext("2d", {willReadFrequently: true});
    const parse = colour => {
        brush.clearRect(0, 0, 1, 1);
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
        return [red, green, blue, alpha / 255];
    };
    const over = (top, below, opacity) => top.slice(0, 3).map(
        (value, at) => value * top[3] * opacity + below[at] * (1 - top[3] * opacity));
    const ground = element => {
        if (!element) return [255, 255, 255];
        const colour = parse(getComputedStyle(element).backgroundColor);
        return colour[3] === 1 ? colour.slice(0, 3) : over(colour, ground(element.parentElement), 1);
    };
    const dimmed = element => element
        ? Number(getComputedStyle(element).opacity) * dimmed(element.parentElement) : 1;
    const found = [];
    for (const element of root.querySelectorAll("*")) {
        const text = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
            .map(node => node.data.trim()).join(" ").trim() || element.value || "";
        const style = getComputedStyle(element);
        if (!text || element.matches("style, option, video") || !element.checkVisibility()) continue;
        const below = ground(element);
        const front = over(parse(style.color), below, dimmed(element));
        found.push({text: String(text).slice(0, 60), front, below});
    }
    return found;
}"""

_NAMELESS = """root => [...root.querySelectorAll("button, input, select, textarea")]
    .filter(element => element.checkVisibility())
    .filter(element => !((element.labels?.[0]?.innerText || element.innerText || element.ariaLabel
        || element.title || "").trim()))
    .map(element => element.outerHTML.slice(0, 200))"""


# What moves within a bar is cut off on purpose, and what can be scrolled by itself can be reached.
_OVERFLOWING = """root => {
    // By a style of its own: the front end lets every output scroll.
    const scrolled = element => element !== root
        && (element.style.overflowX === "auto" || scrolled(element.parentElement));
    return [...root.querySelectorAll("*")]
        .filter(element => element.checkVisibility() && !element.closest("[aria-hidden=true]"))
        .filter(element => element.getBoundingClientRect().right > root.getBoundingClientRect().right + 1)
        .filter(element => !scrolled(element.parentElement))
        .map(element => element.outerHTML.slice(0, 200));
}"""


@dataclass(frozen=True, slots=True)
class Text:
    """A text on a page, and how well it stands out from what is behind it (1 to 21)."""

    text: str
    contrast: float


def texts(root: Locator) -> list[Text]:
    """Return all visible texts below an element."""
    found: list[dict[str, Any]] = root.evaluate(_TEXTS)
    return [Text(one["text"], _contrast(one["front"], one["below"])) for one in found]


def faint(root: Locator, least: float = 4.5) -> list[Text]:
    """Return the texts that are hard to read."""
    return [text for text in texts(root) if text.contrast < least]


def nameless(root: Locator) -> list[str]:
    """Return the controls that a screen reader has no name for."""
    found: list[str] = root.evaluate(_NAMELESS)
    return found


def overflowing(root: Locator) -> list[str]:
    """Return what reaches out of an element at its right."""
    found: list[str] = root.evaluate(_OVERFLOWING)
    return found


def _contrast(front: list[float], below: list[float]) -> float:
    lighter, darker = sorted((_luminance(front), _luminance(below)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: list[float]) -> float:
    shares = (value / 255 for value in colour)
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
