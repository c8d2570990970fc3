"""Cards that mean ill, for whoever shows a catalogue: markup, escapes, endless lists, bottomless schemas."""

from __future__ import annotations

from typing import Any

SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m\u202eback to front\u2066"
BREAKS = "line one\nline two\r\tIn [1]: \x00\x08\x7f"
MANY = 10_000
DEEP = 200

_OPTION_LIKE = (
    "--help",
    "-h",
    "help",
    "model",
    "wait",
    "no-wait",
    "again",
    "takes",
    "each",
    "inputs",
    "dry-run",
)
_CODE_LIKE = (
    *("max-cost", "self", "class", "__class__", "__proto__", "constructor", "a b", "é", "", "x" * 500),
    *("$(touch owned)", "; import os", "../../owned", "</textarea>", "{prompt}", "%%bash", "!ls", "a=b", '"'),
)


def cards() -> list[dict[str, Any]]:
    """Make every hostile card, each with one kind of malice; all take any JSON object and make a video."""
    return [
        _card("markup", f"Markup {SCRIPT}", _markup()),
        _card("escapes", f"Escapes {ESCAPES}", _escapes()),
        _card("options", "Options that are none", _options()),
        _card("many", "Ten thousand values", _many()),
        _card("deep", "Deeply nested", _deep()),
        _card("recursive", "Refers to itself", _recursive()),
        _card("slow", "A pattern without end", _slow()),
        _card("unreadable/text", "A schema in words", "See the page."),
        _card("unreadable/list", "A schema as a list", [{"name": "prompt", "type": "string"}]),
        _card("unreadable/nothing", "No schema", None),
        _card("unreadable/types", "Types nobody knows", _types()),
    ]


def _card(name: str, display_name: str, schema: Any) -> dict[str, Any]:
    described = (
        BREAKS if name == "escapes" else SCRIPT if name == "markup" else "A hostile card of the sandbox."
    )
    return {
        "model_id": f"sandbox/hostile/{name}",
        "display_name": display_name,
        "description": described,
        "categories": [display_name],
        "kind": "model",
        "base_price_usd": 0.1,
        "price_unit": "output",
        "pricing_note": described,
        "model_url": "javascript:document.title='owned'",
        "sandbox": {"lenient": True, "fixed": {"seconds": 2, "size": "320x180"}},
        "input_schema": schema,
    }


def _object(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    prompt = {"title": "Prompt", "type": "string"}
    return {
        "type": "object",
        "title": "Input",
        "required": [],
        "properties": {"prompt": prompt} | fields,
    } | more


def _markup() -> Any:
    return _object(
        {
            "style": {
                "title": SCRIPT,
                "description": f"\"'>{SCRIPT}<style>*{{display:none}}</style>",
                "type": "string",
                "enum": [
                    SCRIPT,
                    "</option></select><b>bold</b>",
                    "[x](javascript:alert(1))",
                    "&lt;",
                    "plain",
                ],
                "default": SCRIPT,
            },
            SCRIPT: {"title": "The name is markup", "type": "string", "default": SCRIPT},
            "picture": {
                "title": SCRIPT,
                "type": "string",
                "format": "image_uri",
                "default": f"https://{SCRIPT}",
            },
        }
    )


def _escapes() -> Any:
    return _object(
        {
            "style": {
                "title": ESCAPES,
                "description": BREAKS,
                "type": "string",
                "enum": [ESCAPES, BREAKS, "plain"],
                "default": "plain",
            },
            ESCAPES: {"title": BREAKS, "type": "boolean", "default": False},
        }
    )


def _options() -> Any:
    names = (*_OPTION_LIKE, *_CODE_LIKE)
    return _object({name: {"title": name, "type": "string", "default": "x"} for name in names})


def _many() -> Any:
    values = [f"value-{number:05}" for number in range(MANY)]
    fields = {f"field_{number}": {"title": f"Field {number}", "type": "integer"} for number in range(500)}
    return _object(
        {"voice": {"title": "Voice", "type": "string", "enum": values, "default": values[0]}} | fields
    )


def _deep() -> Any:
    fields: dict[str, Any] = {"bottom": {"title": "Bottom", "type": "string"}}
    listed: dict[str, Any] = {"type": "string"}
    for _ in range(DEEP):
        fields = {"deeper": {"title": "Deeper", "type": "object", "properties": fields}}
        listed = {"type": "array", "items": listed}
    return _object(fields | {"lists": {"title": "Lists"} | listed})


def _recursive() -> Any:
    return _object(
        {
            "tree": {"$ref": "#/definitions/node"},
            "circle": {"$ref": "#/definitions/circle"},
            "all": {"allOf": [{"$ref": "#"}]},
            "file": {"$ref": "file:///etc/passwd"},
            "web": {"$ref": "http://127.0.0.1:9/schema.json"},
            "nowhere": {"$ref": "#/definitions/absent"},
        },
        definitions={
            "node": {"type": "object", "properties": {"child": {"$ref": "#/definitions/node"}}},
            "circle": {"$ref": "#/definitions/circle"},
        },
    )


def _slow() -> Any:
    return _object(
        {
            "code": {"title": "Code", "type": "string", "pattern": "^(a+)+$", "default": "a" * 40 + "!"},
            "broken": {"title": "Broken pattern", "type": "string", "pattern": "(["},
            "vast": {
                "title": "Vast",
                "type": "number",
                "minimum": -1e308,
                "maximum": 1e308,
                "multipleOf": 1e-300,
            },
            "turned": {"title": "Turned", "type": "integer", "minimum": 10, "maximum": 1, "default": 5},
        }
    )


def _types() -> Any:
    return {
        "type": "object",
        "required": "prompt",
        "properties": {
            "prompt": 5,
            "size": {"type": "wormhole", "enum": "1280x720"},
            "seconds": {"type": {"is": "integer"}, "enum": [], "minimum": "four"},
            "seed": {"type": [], "default": {"a": [1]}, "title": ["Seed"], "description": 7},
        },
    }
