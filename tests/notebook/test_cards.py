"""Cards where showing them fails: what comes later is shown all the same, and what went wrong is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.polling import eventually
from support.scripted_service import Held, says

if TYPE_CHECKING:
    from support.desk import Desk
    from support.scripted_service import Service


class Refusing:
    """What outputs go to; what says that a job is generated is refused, once."""

    def __init__(self, refusal: Exception) -> None:
        self._refusals = [refusal]
        self.shown: list[str] = []

    def publish(self, data: dict[str, str], *_: Any, **__: Any) -> None:
        """Show a bundle, or refuse it."""
        if "generating" in data["text/plain"] and self._refusals:
            raise self._refusals.pop()
        self.shown.append(data["text/plain"])


@pytest.mark.parametrize(
    ("refusal", "in_the_card", "in_the_log"),
    [
        (OSError("the disk refuses"), ["the disk refuses"], []),
        (RuntimeError("a bug"), [], ["showing job"]),
    ],
    ids=["disk", "bug"],
)
def test_what_cannot_be_shown_ends_nothing(
    desk: Desk,
    service: Service,
    caplog: pytest.LogCaptureFixture,
    *,
    refusal: Exception,
    in_the_card: list[str],
    in_the_log: list[str],
) -> None:
    """A card that could not be drawn anew once is drawn with the next change; why is told."""
    begun, over = Held(says(status="in_progress")), Held(says(status="completed"))
    service.on("status", says(status="in_queue"), begun, over)
    desk.sit_at(asks=False)
    outputs = desk.shell.display_pub = Refusing(refusal)
    job = desk.session.submit("A kite")
    desk.stage.present(job, waiting=False)
    begun.free.set()
    eventually(over.asked.is_set, what="it has been seen to be generated")
    over.free.set()
    job.wait(20)

    assert str(job.path).rpartition("/")[2] in outputs.shown[-1]
    told = [text for text in outputs.shown if "cannot be shown just now" in text]
    assert [words in text for words, text in zip(in_the_card, told, strict=True)] == [True] * len(told)
    assert [entry.message[:11] for entry in caplog.records] == in_the_log
