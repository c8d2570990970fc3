"""Faults that only time tells: calls that hang, addresses that never lead anywhere, hosts that never deliver.

Each takes as long as the patience that it tries, up to a minute. So all are begun when the first test of
faults begins, each in a kernel of its own, and looked at last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.checks import WHOLE, Expected
from faults.patience import SLOW_FAULTS, Patient

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 120
NOT_HERE = ("Finished and paid, but the file is not here yet", "%sora resume", "Nothing is billed again.")
MAY_BE_BILLED = ("Sent, but not confirmed: it may be running, and billed", "no answer came in time")
NO_ADDRESS = (*NOT_HERE, "RunComfy names no output for it that can be fetched")

EXPECTED = {
    "submit: hangs": Expected("unconfirmed", says=MAY_BE_BILLED),
    "submit: accepted, then hangs": Expected("unconfirmed", says=MAY_BE_BILLED),
    "status: hangs": Expected("succeeded", disk=WHOLE),
    "result: hangs": Expected("succeeded", disk=WHOLE),
    "media: hangs": Expected("succeeded", disk=WHOLE),
    "media: 503 for ever": Expected(
        "undelivered", says=(*NOT_HERE, "The file's host does not deliver", "is in trouble (HTTP 503)")
    ),
    "result: no output, ever": Expected("undelivered", says=NO_ADDRESS),
    "result: a file: address": Expected("undelivered", says=NO_ADDRESS),
    "result: a javascript: address": Expected("undelivered", says=NO_ADDRESS),
    "result: a data: address": Expected("undelivered", says=NO_ADDRESS),
    "result: an address with a password": Expected("undelivered", says=NO_ADDRESS),
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", SLOW_FAULTS)
def test_patience_ends_well(patients: dict[str, Patient], clips: Path, fault: str) -> None:
    """A call that hangs is given up and asked again, but never the POST; what never comes is said."""
    patient = patients[fault]
    expected = EXPECTED[fault]

    expected.check(patient.cell, patient.notebook, patient.sandbox, clips, LONGEST)

    patient.sandbox.misbehave()
    if expected.state == "undelivered":
        resumed = patient.notebook.run("%sora resume")
        Expected("succeeded", disk=WHOLE).check(resumed, patient.notebook, patient.sandbox, clips)
    for scheme in ("javascript:", "file:///", "data:text", "secret@"):
        assert scheme not in patient.cell.html.replace("data:text/html", "")
    patient.close()
