"""What may stand at the cursor of a `%%sora` or `%sora` line. Pure."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple, Protocol

from runcomfy_jupyter._domain.texts import spelled
from runcomfy_jupyter._notebook.grammar import model_among
from runcomfy_jupyter._notebook.options import OPTIONS, by_option, find, ours, underscored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runcomfy_jupyter._domain.fields import Field
    from runcomfy_jupyter._domain.schema import Schema

# IPython itself shows no more than 500.
MOST = 300

_LONGEST_LINE = 10_000
_LONGEST_WORD = 200
_ENOUGH = 2
_MAGIC = re.compile(r"\s*(?:[\w., ]+=\s*)?(%%?)sora\s+")
_SETTING = re.compile(r"""\s*%config\s+Sora\.(\w+)\s*=\s*(["']?[^"'\s]*)""")
_ALTERNATIVES = re.compile(r"[a-z]+(?:\|[a-z]+)+")
_OPTION = re.compile(r"(--[a-z-]+)(?: [A-Z]+)?")
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)|\\$)+""")
_QUOTING = re.compile(r"""\\(.)|["']""")
_QUOTES = ("'", '"')
# As a shell has it, but letters of any language.
_BARE = re.compile(r"[\w@%+=:,./-]+")


class Facts(Protocol):
    """What completion asks for. Every answer comes at once: the network is never asked."""

    def schema(self, model_id: str | None) -> Schema | None:
        """Return a model's input schema, None if it is not known here; without an id, the usual model's."""
        ...

    def models(self) -> Iterable[str]:
        """Return the ids of the models that are known here."""
        ...

    def jobs(self) -> Iterable[str]:
        """Return the ids of recent jobs, newest first."""
        ...

    def commands(self) -> Mapping[str, str]:
        """Return the commands of `%sora`, with what each takes: `ID`, `[on|off]`, `[--model ID]`."""
        ...

    def variables(self) -> Iterable[str]:
        """Return the names in the user's namespace."""
        ...

    def settings(self) -> Mapping[str, Sequence[str]]:
        """Return the settings of `%config Sora`, with the words that each takes where they are few."""
        ...


class Completion(NamedTuple):
    """What may take the place of `fragment`, the text just before the cursor."""

    fragment: str = ""
    words: tuple[str, ...] = ()


def complete(line: str, cursor: int, facts: Facts) -> Completion:
    """Return what may stand at the cursor; nothing where the line is not one of ours."""
    before = line[:cursor]
    if len(line) > _LONGEST_LINE:
        return Completion()
    if setting := _SETTING.fullmatch(before):
        return _of_setting(setting.group(1), setting.group(2), facts)
    magic = _MAGIC.match(before)
    if magic is None:
        return Completion()
    *words, raw = _raw_words(before[magic.end() :])
    done = [_said(word) for word in words]
    if magic.group(1) == "%":
        return _of_command(done, raw, facts)
    beyond = [_said(word) for word in _raw_words(line[cursor:].partition(" ")[2])]
    return _of_cell(done, raw, beyond, facts)


def _of_setting(name: str, raw: str, facts: Facts) -> Completion:
    """Complete the value of a setting: `%config` takes an expression of Python."""
    words = facts.models() if name == "model" else facts.settings().get(name, ())
    quote = raw[:1] or '"'
    return Completion(raw, tuple(f"{quote}{word}{quote}" for word in _matching(words, raw[1:])))


def _of_command(done: list[str], raw: str, facts: Facts) -> Completion:
    """Complete a `%sora` line: its command, then what that one takes."""
    if not done:
        return _chosen(raw, facts.commands())
    name, *given = done
    usage = facts.commands().get(name, "")
    options = [option for option in _OPTION.findall(usage) if option not in given]
    if given and given[-1] == "--model":
        return _chosen(raw, facts.models())
    places = _OPTION.sub("", usage)
    words = [word for listed in _ALTERNATIVES.findall(places) for word in listed.split("|")]
    if "ID" in places:
        words += facts.models() if name == "model" else facts.jobs()
    full = bool(given) and "…" not in places
    if raw.startswith("-") or full or not words:
        return _chosen(raw, options)
    return _chosen(raw, (word for word in words if word not in given))


def _of_cell(done: list[str], raw: str, beyond: list[str], facts: Facts) -> Completion:
    """Complete a `%%sora` line: an option, its value, or the name of the variable."""
    schema = facts.schema(model_among([*done, *beyond]))
    waiting, given = _options(done)
    if raw.startswith("--") and "=" in raw:
        name, _, value = raw.removeprefix("--").partition("=")
        return _of_option(name, value, schema, facts)
    if waiting is not None and not raw.startswith("--"):
        return _of_option(waiting, raw, schema, facts)
    if raw and not raw.startswith("-"):
        return _chosen(raw, facts.variables())
    given |= _options(beyond)[1]
    fields = [] if schema is None else by_option(schema)
    names = [one.name for one in fields if one.kind == "array" or underscored(one.name) not in given]
    names += [name for name in OPTIONS if underscored(name) not in given]
    return _chosen(raw, (f"--{name}" for name in names), same=_bare)


def _options(words: Iterable[str]) -> tuple[str | None, set[str]]:
    """Return the option whose value comes next, if one does, and all that are given."""
    waiting: str | None = None
    given = set()
    for word in words:
        if not word.startswith("--"):
            waiting = None
            continue
        name, equals, _ = word.removeprefix("--").partition("=")
        given.add(underscored(name))
        own = ours(name)
        waiting = None if equals or (own and not OPTIONS[own].takes) else name
    return waiting, given


def _of_option(name: str, raw: str, schema: Schema | None, facts: Facts) -> Completion:
    """Complete the value of an option."""
    own = ours(name)
    if own is not None:
        known = {"ID": facts.models, "VAR": facts.variables}.get(OPTIONS[own].takes, tuple)
        return _chosen(raw, known())
    field = None if schema is None else find(name, schema)
    if field is None:
        return Completion(raw)
    legal = _legal(field)
    whole = _chosen(raw, legal)
    if "," not in raw or whole.words or not field.sweeps:
        return whole
    head, _, last = raw.rpartition(",")
    named = {word.strip("\"'") for word in head.split(",")}
    return _chosen(last, (word for word in legal if word not in named))


def _legal(field: Field) -> list[str]:
    """Return the values of a field that can be listed, as they are typed."""
    told = field if field.item is None else field.item
    likely = (True, False) if told.kind == "boolean" else (told.default, told.minimum, told.maximum)
    words = dict.fromkeys(spelled(value) for value in told.enum or likely if value is not None)
    return [word for word in words if not word.startswith("--")]


def _chosen(raw: str, words: Iterable[str], same: Callable[[str], str] = str) -> Completion:
    """Return the words that go on from what is written, with quotes where they need them."""
    return Completion(raw, tuple(_written(word, raw) for word in _matching(words, _said(raw), same)))


def _matching(words: Iterable[str], typed: str, same: Callable[[str], str] = str) -> list[str]:
    """Return the words that begin with what is typed; if none does, and it is enough, those that hold it."""
    usable = [word for word in words if 0 < len(word) <= _LONGEST_WORD and word.isprintable()]
    wanted = same(typed.lower())
    found = [word for word in usable if same(word.lower()).startswith(wanted)]
    if not found and len(wanted) >= _ENOUGH:
        found = [word for word in usable if wanted in same(word.lower())]
    return list(dict.fromkeys(found))[:MOST]


def _written(word: str, raw: str) -> str:
    """Write a word so that the line says it, in the quotes that are begun."""
    if _BARE.fullmatch(word) and raw[:1] not in _QUOTES:
        return word
    quote = raw[:1] if raw[:1] in _QUOTES else "'"
    return shlex.quote(word) if quote in word or "\\" in word else f"{quote}{word}{quote}"


def _raw_words(text: str) -> list[str]:
    """Return the words as they are written; the last is the one at the end of the text, maybe empty."""
    found = list(_WORD.finditer(text))
    words = [match.group() for match in found]
    return words if found and found[-1].end() == len(text) else [*words, ""]


def _said(raw: str) -> str:
    """Return what a word says without its quotes, which need not be closed yet."""
    return _QUOTING.sub(lambda match: match.group(1) or "", raw)


def _bare(option: str) -> str:
    return underscored(option).lstrip("_")
