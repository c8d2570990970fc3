"""What completion knows in tests: a few models, among them an enormous one, jobs, names and commands."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.models import SORA_2, built_in
from runcomfy_jupyter._domain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

URI = {"type": "string", "format": "image_uri"}
OTHER = "maker/other/v1.5"
HUGE = "maker/huge"
SCHEMAS: dict[str, Any] = {
    OTHER: {
        "prompt": {"type": "string"},
        "aspect_ratio": {"type": "string", "enum": ["16:9", "9:16"]},
        "generate_audio": {"type": "boolean"},
        "look": {
            "type": "string",
            "enum": ["two words", "it's", "plain", "a,b", "--no", "\x1b[31m", "x" * 300],
        },
        "images": {"type": "array", "items": URI},
        "tags": {"type": "array", "items": {"enum": ["calm", "wild"]}},
        "cfg": {"type": "number", "minimum": 0, "maximum": 2, "default": 0.5},
        "title": {"type": "string"},
        "wait": {"type": "integer"},
    },
    HUGE: {
        "voice": {"type": "string", "enum": [f"voice {number:05}:{number % 7}" for number in range(10_000)]}
    },
}


@cache
def schemas() -> dict[str, Schema]:
    """Return the schemas by model; reading ten thousand values takes a while."""
    read = {name: Schema.parse({"properties": told}) for name, told in SCHEMAS.items()}
    return {**read, SORA_2: built_in().schema}


class Facts:
    """Answers as a session would, from memory alone. `only`: the schema of every model there is."""

    def __init__(self, only: Schema | None = None) -> None:
        self._only = only

    def schema(self, model_id: str | None) -> Schema | None:
        """Return what is known of a model; Sora 2 is the usual one."""
        return self._only or schemas().get(model_id or SORA_2)

    def models(self) -> Iterable[str]:
        """Return five thousand ids, and those that have a schema."""
        return [*schemas(), *(f"brand{number}/model/text-to-video" for number in range(5000))]

    def jobs(self) -> Iterable[str]:
        """Return three jobs."""
        return ["k3x9", "k41m", "a07c"]

    def commands(self) -> Mapping[str, str]:
        """Return commands of every form."""
        return {
            "help": "",
            "jobs": "[WORD]",
            "show": "ID",
            "wait": "[ID …]",
            "panel": "[--model ID]",
            "model": "ID",
            "models": "[WORD]",
            "sandbox": "[on|off]",
        }

    def variables(self) -> Iterable[str]:
        """Return names of a notebook."""
        return ["clip", "clips", "shots", "größe"]

    def settings(self) -> Mapping[str, Sequence[str]]:
        """Return settings, one of them with few values."""
        return {"wait": ("auto", "yes", "no"), "save_dir": ()}


class Broken(Facts):
    """Knows nothing, and says so loudly."""

    def schema(self, model_id: str | None) -> Schema | None:
        """Fail."""
        raise RuntimeError(model_id)
