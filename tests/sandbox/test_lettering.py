from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from runcomfy_jupyter.sandbox.lettering import (
    BUILT_IN,
    drawable,
    elsewhere,
    faces_for,
    runs,
    width_of,
    write,
)

BOX = "\N{REPLACEMENT CHARACTER}"


def test_text_is_brought_to_what_the_built_in_font_has() -> None:
    """With no other font, accents are dropped, ligatures spelt, dashes plain; other scripts become boxes."""
    assert drawable("Grüße, naïve café – “x” …") == "Grusse, naive cafe - “x” …"
    assert drawable("œuvre\tÆon") == "oeuvre AEon"
    assert drawable("日本") == BOX * 2
    assert drawable("a\u0301\u200db\u0301") == "ab"
    assert drawable("\u202eevil\x1b[0m\r\nx\u2028y") == "evil[0m \nx y"


def test_plain_text_needs_no_other_font() -> None:
    """What Pillow's own font has is written in it."""
    assert faces_for("A red panda, 5 km away: “surf!”") == (BUILT_IN,)
    assert faces_for("") == (BUILT_IN,)


@pytest.mark.parametrize(
    "text", ["Grüße, naïve café", "Привет, мир", "日本語のテキスト", "안녕하세요", "नमस्ते", "مرحبا"]
)
def test_other_scripts_are_written_where_a_font_has_them(text: str) -> None:
    """A script that some font of this machine has is drawn letter for letter, in one font."""
    faces = faces_for(text)
    if len(faces) > 1:
        pytest.skip(f"no font of this machine has all of {text!r}")
    assert faces != (BUILT_IN,)
    assert drawable(text, faces) == text
    assert runs(text, faces) == [(faces[0], text)]
    picture = Image.new("L", (400, 60))
    write(ImageDraw.Draw(picture), (5, 5), text, faces, 30)
    box = picture.getbbox()
    assert box is not None
    assert box[2] - box[0] > 30


def test_what_no_font_has_is_a_box_among_letters() -> None:
    """Text of many scripts is put together from several fonts, and measured as it is written."""
    text = "Panda \U000f0000 日"
    faces = faces_for(text)
    assert faces == (BUILT_IN, *elsewhere())
    drawn = drawable(text, faces)
    assert drawn.startswith(f"Panda {BOX} ")
    assert runs(drawn, faces)[0][0] == BUILT_IN
    assert "".join(part for _, part in runs(drawn, faces)) == drawn
    assert width_of(drawn, faces, 30) > width_of("Panda", faces, 30)
