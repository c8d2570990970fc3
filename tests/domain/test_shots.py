from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.rows import rows
from runcomfy_jupyter._domain.schema import Schema
from runcomfy_jupyter._domain.shots import Cell, Shot, listed, multiply
from runcomfy_jupyter.errors import InputError

SORA = built_in().schema
OTHER = Schema.parse(
    {
        "properties": {
            "text": {"type": "string"},
            "duration": {"type": "string", "enum": ["auto", "5", "10"]},
            "cfg-scale": {"type": "number"},
            "audio": {"type": "boolean"},
            "images": {"type": "array", "items": {"type": "string", "format": "image_uri"}},
            "each": {"type": "integer"},
        }
    }
)
SILENT = Schema.parse({"properties": {"image": {"type": "string"}, "seed": {"type": "integer"}}})
UNKNOWN = Schema.parse({"properties": 5})


def shots(*prompts: str, of: Schema = SORA, names: dict[str, Any] | None = None, **cell: Any) -> list[Any]:
    """Return the shots of a cell, as pairs; rows are read as a variable's would be."""
    if "each" in cell:
        cell["each"] = rows(cell["each"])
    made = multiply(Cell(prompts or ("",), **cell), of, names or {})
    return [(shot.prompt, shot.inputs) for shot in made]


def refused(*prompts: str, of: Schema = SORA, names: dict[str, Any] | None = None, **cell: Any) -> str:
    """Return the words with which a cell is refused: one line, which says that nothing was sent."""
    with pytest.raises(InputError) as told:
        shots(*prompts, of=of, names=names, **cell)
    message = str(told.value)
    assert message.endswith("Nothing was sent.")
    assert message.isprintable()
    return message.removesuffix(" Nothing was sent.")


def test_a_plain_cell_is_one_shot() -> None:
    """One prompt and one value for each field make one request."""
    assert shots("a panda", choices={"seconds": (8,)}) == [("a panda", {"seconds": 8})]
    assert shots("") == [("", {})]


def test_the_order_is_rows_prompts_values_takes() -> None:
    """Rows are outermost, then prompts, then the fields in the line's order, then takes side by side."""
    made = shots(
        "{mood} panda",
        "{mood} fox",
        choices={"seconds": (4, 8), "size": ("1280x720", "720x1280")},
        each=[{"mood": "calm"}, {"mood": "wild"}],
        takes=2,
    )
    assert made == [
        (f"{mood} {animal}", {"seconds": seconds, "size": size})
        for mood in ("calm", "wild")
        for animal in ("panda", "fox")
        for seconds in (4, 8)
        for size in ("1280x720", "720x1280")
        for _ in range(2)
    ]


def test_no_two_shots_share_their_inputs() -> None:
    """What is changed in one leaves the others as they are."""
    one, other = multiply(Cell(("a",), takes=2), SORA, {})
    one.inputs["seconds"] = 4
    assert other == Shot("a", {})


def test_rows_fill_placeholders_before_the_namespace() -> None:
    """A row's cell goes before a variable of that name; what no row has comes from the namespace."""
    made = shots(
        "{mood} {animal}, {n}", each=[{"mood": "calm", "n": 1.5}], names={"mood": "x", "animal": "fox"}
    )
    assert made == [("calm fox, 1.5", {})]


def test_a_row_without_a_cell_does_not_borrow_it() -> None:
    """Where other rows have a value, a variable of that name does not stand in unasked."""
    assert (
        refused("{mood} fox", each=[{"mood": "a"}, {"mood": None}], names={"mood": "x"})
        == "Row 2 has no value for {mood} in the prompt."
    )


def test_rows_override_fields() -> None:
    """A row goes before the line, the line before the dict; what a row sets is not multiplied there."""
    made = shots(
        "a",
        choices={"seconds": (4, 8)},
        inputs={"size": "720x1280", "seconds": 12},
        each=[{"seconds": 12}, {"size": "1280x720"}],
    )
    assert made == [
        ("a", {"size": "720x1280", "seconds": 12}),
        ("a", {"size": "1280x720", "seconds": 4}),
        ("a", {"size": "1280x720", "seconds": 8}),
    ]


def test_a_key_may_fill_and_override_at_once() -> None:
    """`{seconds}` in the prompt and the field of that name get the same value."""
    assert shots("{seconds} long", each=[{"seconds": 8}]) == [("8 long", {"seconds": 8})]


@pytest.mark.parametrize(
    ("given_cell", "inputs"),
    [
        ({"duration": 5}, {"duration": "5"}),
        ({"duration": 5.0}, {"duration": "5"}),
        ({"duration": "auto"}, {"duration": "auto"}),
        ({"cfg_scale": "2"}, {"cfg-scale": 2.0}),
        ({"cfg-scale": 2}, {"cfg-scale": 2}),
        ({"cfg-scale": 2.0}, {"cfg-scale": 2.0}),
        ({"audio": "yes"}, {"audio": True}),
        ({"audio": False}, {"audio": False}),
        ({"images": ("https://a.example/1.png",)}, {"images": ["https://a.example/1.png"]}),
        ({"images": "https://a.example/1.png"}, {"images": ["https://a.example/1.png"]}),
        ({"each": 3.0}, {"each": 3}),
        ({"each": 10**400}, {"each": 10**400}),
    ],
)
def test_cells_take_the_schemas_type(given_cell: dict[str, Any], inputs: dict[str, Any]) -> None:
    """A number for digits, a float for a whole number, a word for a truth: as tables hold them."""
    ((_, made),) = shots("a", of=OTHER, each=[given_cell])
    assert made == inputs
    assert [type(value) for value in made.values()] == [type(value) for value in inputs.values()]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"seconds": 5}, "Row 2: seconds takes 4, 8 or 12, not 5."),
        ({"seconds": 4.5}, "Row 2: seconds takes 4, 8 or 12, not 4.5."),
        ({"seconds": "four"}, "Row 2: seconds takes 4, 8 or 12, not 'four'."),
        ({"seconds": True}, "Row 2: seconds takes 4, 8 or 12, not True."),
        ({"size": object}, "Row 2: size takes 1280x720 or 720x1280, not a value of type type."),
        ({"seconds": 4, "prompt": ["a"]}, "Row 2: prompt takes text, not ['a']."),
    ],
)
def test_a_wrong_cell_is_told_with_its_row(row: dict[str, Any], said: str) -> None:
    """The row is counted as people count, and the legal values are named."""
    assert refused("", each=[{"seconds": 4, "prompt": "a"}, row]) == said


def test_a_truth_is_no_text() -> None:
    """A number is written out for a field of text; true is not, it was hardly meant."""
    titled = Schema.parse({"properties": {"title": {"type": "string"}}})
    assert shots("", of=titled, each=[{"title": 5}]) == [("", {"title": "5"})]
    assert refused("", of=titled, each=[{"title": True}]) == "Row 1: title takes text, not True."


def test_two_spellings_of_a_field_are_one() -> None:
    """Neither of two values wins silently."""
    message = refused("a", of=OTHER, each=[{"cfg-scale": 1, "cfg_scale": 2}])
    assert message == "Row 1: cfg_scale stands there twice."


def test_the_exact_name_goes_before_the_similar_one() -> None:
    """Where a model has both spellings, each key means its own."""
    both = Schema.parse({"properties": {"a-b": {"type": "integer"}, "a_b": {"type": "string"}}})
    assert shots("", of=both, each=[{"a_b": 1, "a-b": "2"}]) == [("", {"a_b": "1", "a-b": 2})]


def test_rows_may_hold_the_prompts() -> None:
    """Under an empty cell a row's prompt is sent, by the field's own name or as `prompt`, unfilled."""
    assert shots("", each=[{"prompt": "a {x}"}, {"prompt": "b", "seconds": 4}]) == [
        ("a {x}", {}),
        ("b", {"seconds": 4}),
    ]
    assert shots(" ", of=OTHER, each=[{"text": "a"}, {"prompt": "b"}]) == [("a", {}), ("b", {})]


def test_a_row_without_a_prompt_falls_back_to_the_dict() -> None:
    """`--inputs` may hold the prompt of all; a cell's text goes before it."""
    assert shots("", inputs={"prompt": "p"}, each=[{"seconds": 4}, {"prompt": "q"}]) == [
        ("p", {"seconds": 4}),
        ("q", {}),
    ]
    assert shots("a", inputs={"prompt": "p"}) == [("a", {})]
    assert shots("", inputs={"prompt": None}) == [("", {})]


def test_two_prompts_for_one_shot_are_refused() -> None:
    """A row's prompt does not replace the cell's, unless the cell says where it belongs."""
    assert refused("a", each=[{"prompt": "b"}]).startswith("Row 1 has a prompt, and so has the cell.")
    assert shots("a {prompt}", each=[{"prompt": "b"}]) == [("a b", {})]
    assert shots("a", each=[{"prompt": "", "seconds": 4}]) == [("a", {"seconds": 4})]


def test_rows_that_are_strings() -> None:
    """They are the prompts of an empty cell, or fill `{each}`."""
    assert shots("", each=["a {x}", "b"]) == [("a {x}", {}), ("b", {})]
    assert shots("", of=Schema.parse({"properties": {"text": {}}}), each=["a"]) == [("a", {})]
    assert shots("{each}, at dawn", each=["a", "b"]) == [("a, at dawn", {}), ("b, at dawn", {})]
    assert refused("at dawn", each=["a", "b"]).startswith("Nothing in the rows of --each fills a name")
    assert refused("", of=SILENT, each=["a"]).startswith("Nothing in the rows of --each fills a name")


def test_a_slip_in_a_column_is_not_paid_for() -> None:
    """A key near the name of a field is refused; other columns, of which tables have many, do no harm."""
    assert refused("a", each=[{"secnods": 8, "seconds": 4}]) == (
        "'secnods' of --each is no input of this model. Did you mean seconds? If not, give it another name."
    )
    assert shots("a", each=[{"seconds": 8, "scene": 1, "": 2}]) == [("a", {"seconds": 8})]
    assert shots("a {secnods}", each=[{"secnods": 8}]) == [("a 8", {})]


def test_rows_that_change_nothing_are_refused() -> None:
    """The same shot for each row would be paid for as often."""
    assert refused("a", each=[{"scene": 1}, {"scene": 2}]) == (
        "Nothing in the rows of --each fills a name in braces, or names an input of this model. "
        "A row that is a string fills {each}, or an empty prompt."
    )


def test_a_prompt_for_a_model_that_takes_none_is_refused() -> None:
    """Text below the line would be lost; empty lines are as good as none."""
    message = refused("a panda", of=SILENT)
    assert message == "This model takes no prompt: leave the lines below %%sora empty."
    assert shots(" \n", of=SILENT, choices={"seed": (1, 2)}) == [("", {"seed": 1}), ("", {"seed": 2})]
    assert shots("", of=SILENT, each=[{"seed": 1, "prompt": "a"}]) == [("", {"seed": 1})]


def test_an_unreadable_schema_takes_every_key() -> None:
    """Where no field is known, what fills no placeholder is sent as it is; so is the prompt."""
    made = shots(
        "a {mood}", of=UNKNOWN, inputs={"n": (1,)}, each=[{"mood": "calm", "steps": "3"}, {"mood": 2}]
    )
    assert made == [("a calm", {"n": (1,), "steps": "3"}), ("a 2", {"n": (1,)})]
    assert shots("", of=UNKNOWN, each=["a"]) == [("a", {})]
    assert shots("a", of=UNKNOWN, each=[{"secnods": 1}]) == [("a", {"secnods": 1})]


def test_keys_of_the_dict_are_fields() -> None:
    """Typed where they are known, kept where not, so that the check of all inputs names them; None stays."""
    ((_, inputs),) = shots("a", of=OTHER, inputs={"cfg_scale": "2", "duration": None, "colour": 1})
    assert inputs == {"cfg-scale": 2.0, "duration": None, "colour": 1}
    assert refused("a", inputs={"seconds": 5}) == "seconds takes 4, 8 or 12, not 5."


def test_the_number_is_bounded_before_anything_is_made() -> None:
    """Ten thousand are the most; the number that was asked for is told, however large."""
    assert len(shots("a", choices={"seconds": (4, 8)}, takes=1000, each=[{"size": "720x1280"}] * 5)) == 10_000
    message = refused("a", choices={"seconds": (4, 8)}, takes=1000, each=[{"size": "720x1280"}] * 6)
    assert message == "This asks for 12,000 shots; 10,000 are the most at once."
    cfg = {name: tuple(range(1000)) for name in ("cfg-scale", "each", "audio")}
    assert refused("a", of=OTHER, choices=cfg).startswith("This asks for 1,000,000,000 shots")


def test_an_unknown_name_in_a_prompt_is_refused() -> None:
    """Nothing is made of a cell of which one prompt cannot be filled."""
    assert refused("a", "{mood}", names={"moods": 1}).startswith("There is no variable 'mood' for {mood}")


def test_a_list_of_prompts_is_listed() -> None:
    """From Python: texts, dicts and rows, with inputs common to all; nothing in braces is filled."""
    assert listed(["a {x}", "b"], SORA, {"seconds": 4}) == [
        Shot("a {x}", {"seconds": 4}),
        Shot("b", {"seconds": 4}),
    ]
    items = [{"prompt": "a", "seconds": "8"}, {"size": "720x1280", "seconds": None}]
    assert listed(items, SORA, {"seconds": 4, "prompt": "p"}) == [
        Shot("a", {"seconds": 8}),
        Shot("p", {"seconds": 4, "size": "720x1280"}),
    ]


def test_a_wrong_item_of_a_list_is_told_with_its_place() -> None:
    """Counted as people count, whatever its other inputs; what is common to all is told without."""
    for items, common, said in (
        (["a", "b"], {"seconds": 5}, "seconds takes"),
        ([{"prompt": "a"}, {"seconds": 5}], {}, "Row 2: seconds takes"),
    ):
        with pytest.raises(InputError) as told:
            listed(items, SORA, common)
        assert str(told.value).startswith(said)


def test_what_a_list_names_wrongly_is_left_to_the_check() -> None:
    """An unknown key stays, so that the check of all inputs refuses it with the likely name."""
    assert listed([{"prompt": "a", "secnods": 8}], SORA, {}) == [Shot("a", {"secnods": 8})]
    assert listed(["a"], SILENT, {}) == [Shot("", {"prompt": "a"})]
    assert listed([{"each": 3}], OTHER, {}) == [Shot("", {"each": 3})]


@settings(deadline=None)
@given(
    prompts=st.lists(st.sampled_from(["a", "b {x}", "{mood}"]), min_size=1, max_size=3),
    seconds=st.lists(st.sampled_from([4, 8, 12]), min_size=1, max_size=3, unique=True),
    table=st.none() | st.lists(st.fixed_dictionaries({"mood": st.text(max_size=5)}), min_size=1, max_size=4),
    takes=st.integers(1, 3),
)
def test_the_number_is_the_product(
    prompts: list[str], seconds: list[int], table: list[dict[str, str]] | None, takes: int
) -> None:
    """Rows times prompts times values times takes, none lost and none invented."""
    if table is not None and not any("mood" in prompt for prompt in prompts):
        table = None
    cell = Cell(prompts, {"seconds": tuple(seconds)}, {}, table, takes)
    made = multiply(cell, SORA, {"x": 1, "mood": "m"})
    assert len(made) == len(prompts) * len(seconds) * (1 if table is None else len(table)) * takes
    for shot in made:
        SORA.check({"prompt": f"a {shot.prompt}", **shot.inputs})
