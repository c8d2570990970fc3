"""What differs between the shots of a batch, in few words: a caption under each video. Pure."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from runcomfy_jupyter._domain.words import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST_PROMPT = 48
_LONGEST_VALUE = 32
_MOST_WORDS = 4
_FEW = 3
_BETWEEN = " ,;:."
_LENGTHS = {"seconds", "duration"}
# Whose values say by themselves what they are.
_PLAIN = {*_LENGTHS, "size", "aspect_ratio", "resolution"}


def differences(inputs: Sequence[Mapping[str, Any]], body: str = "prompt") -> list[str]:
    """Return a caption for each shot: the values in which it differs from others, "8 s · take 2".

    `inputs`: those of each shot, the prompt among them, with the defaults filled in so that a value left
    out is no difference. Shots that are equal are takes, numbered in their order. `body`: the prompt's field.
    """
    keys = [_key(one) for one in inputs]
    names = list(dict.fromkeys(name for one in inputs for name in one))
    told = [name for name in names if len({_key(one.get(name)) for one in inputs}) > 1]
    # What says most comes first.
    told.sort(key=lambda name: name != body)
    prompts = _distinct([str(one.get(body, "")) for one in inputs]) if body in told else []
    several = {key for key, number in Counter(keys).items() if number > 1}
    seen: Counter[str] = Counter()
    captions = []
    for place, (one, key) in enumerate(zip(inputs, keys, strict=True)):
        words = [
            prompts[place] if name == body else _word(name, one[name])
            for name in told[:_MOST_WORDS]
            if name in one
        ]
        seen[key] += 1
        if key in several:
            words.append(f"take {seen[key]}")
        captions.append(" · ".join(word for word in words if word))
    return captions


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _word(name: str, value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if name in _LENGTHS and text.replace(".", "", 1).isdecimal():
        return f"{text} s"
    shown = shorten(text, _LONGEST_VALUE)
    return shown if name in _PLAIN else f"{shorten(name, _LONGEST_VALUE)} {shown}"


def _distinct(prompts: list[str]) -> list[str]:
    """Return of each prompt what others do not have: without the words at both ends that all share."""
    split = [prompt.split() for prompt in prompts]
    shortest = min(map(len, split))
    # A few words say what the rest is about: "Shot 12" rather than "… 12".
    before = shared if (shared := _shared(split, shortest)) > _FEW else 0
    after = _shared([words[::-1] for words in split], shortest - shared)
    told = []
    for words in split:
        own = " ".join(words[before : len(words) - after]).strip(_BETWEEN)
        begin = "… " if before and own else ""
        told.append(shorten(f"{begin}{own or '…'}{' …' if after and own else ''}", _LONGEST_PROMPT))
    return told


def _shared(split: list[list[str]], most: int) -> int:
    """Return how many words all have in common at the beginning."""
    columns = itertools.islice(zip(*split, strict=False), most)
    return sum(1 for _ in itertools.takewhile(lambda words: len(set(words)) == 1, columns))
