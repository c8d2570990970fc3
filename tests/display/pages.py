"""Look at HTML as a browser, and as Jupyter's sanitiser, would."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# What a saved card may be made of: what the sanitiser of untrusted notebooks keeps.
ALLOWED = {
    "a": {"href"},
    "audio": {"controls", "preload", "src", "style", "title"},
    "code": {"style"},
    "div": {"style"},
    "img": {"alt", "height", "src", "style", "width"},
    "pre": {"style"},
    "span": {"style"},
    "table": {"style"},
    "td": {"style"},
    "th": {"style"},
    "tr": {"style"},
    "video": {"controls", "height", "poster", "preload", "src", "style", "title", "width"},
}
# A live widget is not sanitised: it has classes and a style sheet as well.
ALLOWED_LIVE = {
    "b": set(),
    "div": {"aria-hidden", "class", "style"},
    "span": {"class", "style"},
    "style": set(),
}
_PX = r"\d+px"
_SPACE = rf"(?:{_PX}|0)(?: (?:{_PX}|0)){{0,3}}"
_GREY = r"rgba\(128,128,128,0\.\d+\)"
_HEX = r"#[0-9a-f]{6}"
# Properties and values that JupyterLab's sanitiser keeps (tried with that of 4.6). It drops those that it
# does not know: overflow-wrap:anywhere, object-fit, aspect-ratio, font-variant-numeric, anything with var().
# Of `color` there is nothing: no colour stands out both on white and on black.
KEPT_STYLES = {
    "align-items": "center|start",
    "background": rf"{_GREY}|{_HEX}|transparent",
    "border": rf"1px solid {_GREY}",
    "border-bottom": rf"1px solid {_GREY}",
    "border-collapse": "collapse",
    "border-left": rf"3px solid {_HEX}",
    "border-radius": _PX,
    "box-sizing": "border-box",
    "display": "block|flex|grid|inline-block",
    "flex": rf"\d+(?:\.\d+)? [01] (?:{_PX}|0)",
    "flex-wrap": "wrap",
    "font-size": _PX,
    "font-weight": "600",
    "gap": _SPACE,
    "grid-column": "span [1-3]",
    "grid-template-columns": rf"repeat\(auto-fit,minmax\({_PX},1fr\)\)",
    "height": rf"auto|0|{_PX}",
    "justify-content": "space-between",
    "line-height": rf"\d\.\d+|{_PX}",
    "margin": _SPACE,
    "margin-right": _PX,
    "margin-top": _PX,
    "max-height": _PX,
    "max-width": rf"100%|{_PX}",
    "min-width": rf"0|{_PX}",
    "opacity": r"0\.\d+",
    "overflow": "auto|hidden",
    "overflow-wrap": "break-word",
    "overflow-x": "auto",
    "padding": _SPACE,
    "text-align": "left|right",
    "text-overflow": "ellipsis",
    "vertical-align": "top",
    "white-space": "normal|nowrap|pre-wrap",
    "width": r"\d+(?:\.\d+)?%",
    "word-break": "break-all",
}
_VOID = {"img"}


class Page(HTMLParser):
    """A piece of HTML: its elements in order, and the text that one reads in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        # Of each piece of text: how much of the ink of the page is left to it.
        self.inks: list[tuple[str, float]] = []
        self._open: list[tuple[str, float]] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element; an attribute may stand only once."""
        assert len({name for name, _ in attrs}) == len(attrs)
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in _VOID:
            dimmed = re.search(r"(?:^|;)opacity:([\d.]+)", attributes.get("style", ""))
            above = self._open[-1][1] if self._open else 1.0
            self._open.append((tag, above * float(dimmed[1]) if dimmed else above))

    def handle_endtag(self, tag: str) -> None:
        """Note that the innermost element ends: it must be this one."""
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """Note what one reads."""
        if "style" not in [tag for tag, _ in self._open]:
            self.text += data
            if data.strip():
                self.inks.append((data, self._open[-1][1] if self._open else 1.0))

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
        assert not re.match(
            r"\s*(?!data:(?:audio|image|video)/)[a-z]+:", attributes.get("src", ""), re.IGNORECASE
        )
        assert not re.match(r"\s*[a-z]+:", attributes.get("href", ""), re.IGNORECASE)
    return page


def check_saved(html: str) -> Page:
    """Return the page if all of it survives in a saved, untrusted notebook."""
    page = check(html, ALLOWED)
    for name, value in page.styles():
        assert re.fullmatch(KEPT_STYLES.get(name, ""), value), f"{name}:{value}"
    return page
