from __future__ import annotations

import inspect
import pickle
import re

import pytest

from runcomfy_jupyter import errors
from runcomfy_jupyter.errors import (
    BadReply,
    Busy,
    DeliveryCut,
    IllegalMove,
    InputError,
    JobFailed,
    NotFound,
    RequestGone,
    RunComfyError,
    ServiceError,
    SubmissionUnconfirmed,
    TokenError,
    Unreachable,
    UserError,
    WaitInterrupted,
)

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, RunComfyError) and value.__module__ == errors.__name__
]


def drawn() -> dict[str, str]:
    """Return each class of the tree at the top of the file, with the class above it."""
    above: dict[str, str] = {}
    path = ["RunComfyError"]
    for lead, name in re.findall(r"^([│ ]*)[├└]── (\w+)", errors.__doc__ or "", flags=re.MULTILINE):
        depth = len(lead) // 4 + 1
        path[depth:] = [name]
        above[name] = path[depth - 1]
    return above


def test_the_drawn_tree_is_the_real_one() -> None:
    """The tree that a reader sees first holds every class, each under its own base."""
    real = {one.__name__: one.__bases__[0].__name__ for one in CLASSES if one is not RunComfyError}
    assert drawn() == real


@pytest.mark.parametrize(
    ("ours", "python"),
    [(InputError, ValueError), (NotFound, LookupError), (WaitInterrupted, KeyboardInterrupt)],
)
def test_what_python_has_a_name_for_can_be_caught_by_it(
    ours: type[UserError], python: type[BaseException]
) -> None:
    """A wrong value is a ValueError, an unknown job a LookupError, an interrupt a KeyboardInterrupt."""
    with pytest.raises(python, match=r"^no$"):
        raise ours("no")


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_is_one_line_for_a_person(kind: type[RunComfyError]) -> None:
    """In a notebook it shows its name, what happened and what to do now: no traceback."""
    error = kind("It happened.", hint="Do this.")
    assert (error.message, error.hint) == ("It happened.", "Do this.")
    assert str(error) == "It happened. Do this."
    assert error._render_traceback_() == [f"{kind.__name__}: It happened. Do this."]
    assert str(kind("It happened.")) == "It happened."


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_survives_the_way_between_processes(kind: type[RunComfyError]) -> None:
    """Pickled and brought back it says the same."""
    again = pickle.loads(pickle.dumps(kind("It happened.", hint="Do this.")))  # noqa: S301 - our own bytes
    assert type(again) is kind
    assert str(again) == "It happened. Do this."


def test_only_what_may_pass_is_worth_asking_again() -> None:
    """What time can mend is told from what it cannot."""
    transient = {one for one in CLASSES if issubclass(one, ServiceError) and one.transient}
    assert transient == {Unreachable, Busy, BadReply, DeliveryCut}


def test_the_service_may_say_when_to_come_back() -> None:
    """`retry_after` is in seconds, and None where nothing was said."""
    assert Busy("Later.", retry_after=2.5).retry_after == 2.5
    assert Busy("Later.").retry_after is None


@pytest.mark.parametrize("kind", [JobFailed, RequestGone, SubmissionUnconfirmed])
def test_nobody_blames_the_user_for_the_service(kind: type[RunComfyError]) -> None:
    """What the service did is no UserError, and nobody's fault is neither's."""
    assert not issubclass(kind, UserError)
    assert not issubclass(SubmissionUnconfirmed, ServiceError)
    assert issubclass(TokenError, UserError)


def test_a_bug_of_ours_keeps_its_traceback() -> None:
    """An illegal move is no RunComfyError, so nothing shortens it to a line."""
    assert not issubclass(IllegalMove, RunComfyError)
    assert not hasattr(IllegalMove("no"), "_render_traceback_")
