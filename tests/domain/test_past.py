from __future__ import annotations

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.past import Past, by_length, length
from runcomfy_jupyter._domain.schema import Schema

SORA = built_in().schema
SHORT, LONG, USUAL = (
    Past(inputs, 80.0, 70.0) for inputs in ({"seconds": 4}, {"seconds": "8"}, {"prompt": "A paper boat"})
)


def test_jobs_are_alike_where_their_outputs_are_as_long() -> None:
    """A length that is the default is the same as none, a text as the number in it; order is kept."""
    again = Past({"seconds": 4}, 90.0, 60.0)
    assert by_length([SHORT, LONG, again, USUAL], SORA) == {4: [SHORT, again, USUAL], 8: [LONG]}
    assert [length(one.inputs, SORA) for one in (SHORT, LONG, USUAL)] == [4, 8, 4]


def test_where_no_length_is_said_all_are_alike() -> None:
    """A model whose schema is not known has jobs of an unknown length."""
    assert by_length([USUAL, USUAL], Schema()) == {None: [USUAL, USUAL]}
    assert by_length([], SORA) == {}
