"""Look at HTML as a browser, and as Jupyter's sanitiser, would."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# What a saved card may be made of: what the sanitiser of untrusted notebooks keeps.
ALLOWED = {
    "a": {"href"},
    "code": {"style"},
    "div": {"style"},
    "img": {"alt", "height", "src", "style", "width"},
    "span": {"style"},
    "table": {"style"},
    "td": {"style"},
    "th": {"style"},
    "tr": set(),
    "video": {"controls", "height", "preload", "src", "style", "title", "width"},
}
# A live widget is not sanitised: it has classes and a style sheet as well.
ALLOWED_LIVE = {
    "b": set(),
    "div": {"aria-hidden", "class", "style"},
    "span": {"class", "style"},
    "style": set(),
}
KEPT_STYLES = {
    "align-items",
    "background",
    "border",
    "border-bottom",
    "border-collapse",
    "border-left",
    "border-radius",
    "box-sizing",
    "display",
    "flex",
    "flex-wrap",
    "font-size",
    "font-weight",
    "gap",
    "height",
    "justify-content",
    "line-height",
    "margin",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "opacity",
    "overflow-wrap",
    "padding",
    "text-align",
    "vertical-align",
    "white-space",
}
_VOID = {"img"}


class Page(HTMLParser):
    """A piece of HTML: its elements in order, and the text that one reads in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element; an attribute may stand only once."""
        assert len({name for name, _ in attrs}) == len(attrs)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note that the innermost element ends: it must be this one."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what one reads."""
        if "style" not in self._open:
            self.text += data

    def handle_comment(self, data: str) -> None:
        """Fail: nothing is hidden in comments."""
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        """Fail: no text declares anything."""
        raise AssertionError(decl)

    def unknown_decl(self, data: str) -> None:
        """Fail: no text opens a section."""
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        """Fail: no text instructs anybody."""
        raise AssertionError(data)

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        """Tags and names of attributes: what no text may change."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]

    def styles(self) -> list[tuple[str, str]]:
        """Return all inline style, as pairs of property and value."""
        inline = [attributes.get("style", "") for _, attributes in self.elements]
        pairs = [pair.split(":", 1) for style in inline for pair in style.split(";") if pair]
        return [(name.strip(), value.strip()) for name, value in pairs]

    def one(self, tag: str) -> dict[str, str]:
        """Return the attributes of the only element of that name."""
        (attributes,) = [attributes for name, attributes in self.elements if name == tag]
        return attributes


def check(html: str, allowed: dict[str, set[str]]) -> Page:
    """Return the page if it is made of allowed elements and attributes alone."""
    html.encode("utf-8")
    page = Page(html)
    for tag, attributes in page.elements:
        assert tag in allowed, tag
        assert set(attributes) <= allowed[tag], (tag, attributes)
        assert not re.match(r"\s*(?!data:(?:video|image)/)[a-z]+:", attributes.get("src", ""), re.IGNORECASE)
        assert not re.match(r"\s*[a-z]+:", attributes.get("href", ""), re.IGNORECASE)
    return page


def check_saved(html: str) -> Page:
    """Return the page if all of it survives in a saved, untrusted notebook."""
    page = check(html, ALLOWED)
    for name, value in page.styles():
        assert name in KEPT_STYLES, name
        assert "var(" not in value
        assert "url(" not in value
    return page
