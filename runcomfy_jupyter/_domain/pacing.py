"""When to ask the service again.

A question costs the service and this machine something; a late one costs the user waiting time.
The chance that a job ends in the next second falls the longer it has run without ending, once
the quick ones are through, so the gap grows with the time already waited, from half a second to
`LONGEST`. A spread of 10 % keeps many jobs from asking in step.
"""

from __future__ import annotations

SHORTEST = 0.5
LONGEST = 2.0
LONGEST_IN_TROUBLE = 15.0
SPREAD = 0.1


def gap(waited: float, chance: float) -> float:
    """Return the seconds until the next question.

    `waited`: seconds since the job was accepted or began; `chance`: a random number in [0, 1).
    """
    return _spread(min(LONGEST, max(SHORTEST, 0.1 * waited)), chance)


def gap_in_trouble(failures: int, chance: float, retry_after: float | None = None) -> float:
    """Return the seconds to the next question after `failures` unanswered ones in a row.

    What the service asked for by `Retry-After` is the least; five minutes of it are believed.
    """
    doubled = min(LONGEST_IN_TROUBLE, SHORTEST * 2 ** min(failures, 10))
    asked = min(retry_after or 0.0, 300.0)
    return max(asked, _spread(doubled, chance))


def _spread(seconds: float, chance: float) -> float:
    return seconds * (1 + SPREAD * (2 * chance - 1))
