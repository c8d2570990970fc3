from __future__ import annotations

import math
from collections import UserDict, deque
from typing import Any

import pytest

from runcomfy_jupyter._domain.rows import rows, typed
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter.errors import InputError


class Frame:
    """As much of a pandas DataFrame as is used: named columns, a length, records."""

    def __init__(self, columns: dict[Any, list[Any]], *, repeated: Any = None) -> None:
        self._cells = columns
        self.columns = [*columns, *([repeated] if repeated is not None else [])]

    def __len__(self) -> int:
        return max(map(len, self._cells.values()), default=0)

    def to_dict(self, form: str) -> list[dict[Any, Any]]:
        """Return a dict for each row."""
        assert form == "records"
        return [{name: cells[n] for name, cells in self._cells.items()} for n in range(len(self))]


class HugeFrame(Frame):
    """One that is not to be written out."""

    def to_dict(self, form: str) -> list[dict[Any, Any]]:
        """Fail."""
        raise AssertionError(form)


class PolarsFrame(Frame):
    """As much of a DataFrame of polars."""

    def to_dict(self, *, as_series: bool = True) -> Any:  # type: ignore[override]
        """Return columns."""
        raise NotImplementedError(as_series)

    def to_dicts(self) -> list[dict[Any, Any]]:
        """Return a dict for each row."""
        return super().to_dict("records")


class ArrowTable:
    """As much of a Table of Arrow, which is no DataFrame and no list."""

    columns = ("a",)


class Series:
    """As much of a column, or of an array of numpy, as is used."""

    def __init__(self, *cells: Any) -> None:
        self._cells = cells

    def tolist(self) -> list[Any]:
        """Return the cells as a list of Python's own."""
        return list(self._cells)


class NAType:
    """As pandas' NA, which is neither equal to itself nor not."""

    def __bool__(self) -> bool:
        raise TypeError


def refused(value: Any) -> str:
    """Return the words with which a table is refused: one line, which says that nothing was sent."""
    with pytest.raises(InputError) as told:
        rows(value)
    message = str(told.value)
    assert message.endswith("Nothing was sent.")
    assert len(message) < 200
    return message.removesuffix(" Nothing was sent.")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ([{"a": 1}, {"b": "x"}], [{"a": 1}, {"b": "x"}]),
        (({"a": 1},), [{"a": 1}]),
        (deque([{"a": 1}]), [{"a": 1}]),
        ([UserDict({"a": 1})], [{"a": 1}]),
        (["x", "y"], [{"each": "x"}, {"each": "y"}]),
        (Frame({"a": [1, 2], "b": ["x", "y"]}), [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        (PolarsFrame({"a": [1, None]}), [{"a": 1}, {}]),
        (Series("x", "y"), [{"each": "x"}, {"each": "y"}]),
    ],
)
def test_tables_of_every_shape_are_read(value: Any, read: list[dict[str, Any]]) -> None:
    """Lists of dicts or strings, a DataFrame, a column of one."""
    assert rows(value) == read


def test_cells_without_a_value_are_left_out() -> None:
    """None, NaN and pandas' own ways of saying so; zero, false and an empty text are values."""
    row = {"a": None, "b": math.nan, "c": NAType(), "d": 0, "e": False, "f": ""}
    assert rows([row]) == [{"d": 0, "e": False, "f": ""}]


def test_a_cell_of_another_kind_stays_as_it_is() -> None:
    """What is no number of numpy's is handed on, for the prompt to say or the schema to refuse."""
    inner = Series(1)
    assert rows([{"a": inner}]) == [{"a": inner}]


def test_ten_thousand_rows_are_not_too_many() -> None:
    """The bound itself is allowed."""
    assert len(rows(["x"] * 10_000)) == 10_000


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "The table of shots is empty."),
        (Frame({"a": []}), "The table of shots is empty."),
        ("ab", "A table of shots is a list of dicts or one of strings, or a DataFrame, not a string."),
        (b"ab", "A table of shots is a list of dicts or one of strings, or a DataFrame, not a bytes."),
        ({"a": 1}, "A table of shots is a list of dicts or one of strings, or a DataFrame, not a dict."),
        (3, "A table of shots is a list of dicts or one of strings, or a DataFrame, not an int."),
        (None, "A table of shots is a list of dicts or one of strings, or a DataFrame, not a NoneType."),
        (
            (n for n in "ab"),
            "A table of shots is a list of dicts or one of strings, or a DataFrame, not a generator.",
        ),
        (
            ArrowTable(),
            "A table of shots is a list of dicts or one of strings, or a DataFrame, not an ArrowTable.",
        ),
        ([{"a": 1}, 5], "Row 2 is an int; a row is a dict or a string."),
        (["x", {"a": 1}], "Row 2 is a dict, and row 1 a string. All are dicts, or all are strings."),
        ([{"a": 1}, "x"], "Row 2 is a string, and row 1 a dict. All are dicts, or all are strings."),
        ([{"a": 1}, {3: 1}], "Row 2 has the key 3, which is no text."),
        (Frame({0: [1]}), "The column 0 has no name that is text."),
        (Frame({("a", "b"): [1]}), "The column ('a', 'b') has no name that is text."),
        (Frame({"a": [1]}, repeated="a"), "There are two columns 'a'."),
        (["x"] * 10_001, "The table has 10,001 rows; 10,000 shots are the most at once."),
        (HugeFrame({"a": [1] * 20_000}), "The table has 20,000 rows; 10,000 shots are the most at once."),
    ],
)
def test_what_is_no_table_is_refused(value: Any, said: str) -> None:
    """It is said what was given, and in which row; a table that can be read but once is none."""
    assert refused(value) == said


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        ({}, "5", "5"),
        ({"type": ["string", "integer"]}, "5", "5"),
        ({"type": ["string", "null"]}, "null", "null"),
        ({"type": "integer"}, "5", 5),
        ({"enum": ["auto", 5]}, "5", 5),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
    ],
)
def test_a_text_of_a_table_stays_text_where_text_is_taken(
    spec: dict[str, Any], text: str, value: Any
) -> None:
    """It is read as a word of a line only where no text could be meant."""
    [field] = Schema.parse({"properties": {"it": spec}}).fields
    found = typed(field, text)
    assert found == value
    assert type(found) is type(value)


def test_what_numpy_has_beside_numbers_stays_as_it_is() -> None:
    """It is for the schema to refuse."""
    numpy = pytest.importorskip("numpy")
    kind = numpy.dtype("int8")
    assert rows([{"a": kind}]) == [{"a": kind}]


def test_numbers_of_numpy_become_pythons() -> None:
    """They are said in prompts and sent as JSON like any other number."""
    numpy = pytest.importorskip("numpy")
    (row,) = rows(
        [{"a": numpy.int64(8), "b": numpy.float32("nan"), "c": numpy.array([1, 2]), "d": numpy.str_("x")}]
    )
    assert row == {"a": 8, "c": [1, 2], "d": "x"}
    assert [type(cell) for cell in row.values()] == [int, list, str]
    assert rows(numpy.array(["x", "y"])) == [{"each": "x"}, {"each": "y"}]


def test_frames_of_pandas_are_read() -> None:
    """A column of numbers with a gap, one of times, one of text: what is not there is left out."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "seconds": [4, None],
            "mood": ["calm", pandas.NA],
            "day": [pandas.NaT, pandas.Timestamp("2026-11-23")],
            "n": pandas.array([None, 3], dtype="Int64"),
        },
        index=[7, 9],
    )
    first, second = rows(frame)
    assert first == {"seconds": 4.0, "mood": "calm"}
    assert second == {"day": pandas.Timestamp("2026-11-23"), "n": 3}
    assert rows(frame["mood"].dropna()) == [{"each": "calm"}]
