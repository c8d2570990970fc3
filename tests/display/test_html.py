from __future__ import annotations

import base64
import os
import sys
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import pytest

from display.examples import NOW, PROMPT, finished, job
from display.pages import Page, check_saved
from runcomfy_jupyter._display import html, outputs
from runcomfy_jupyter._display.shapes import Kind, Line, View
from runcomfy_jupyter._display.tables import jobs_sheet
from runcomfy_jupyter._display.view import view
from runcomfy_jupyter._domain.lifecycle import State
from runcomfy_jupyter._domain.models import built_in
from runcomfy_jupyter._domain.record import File

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_jupyter._domain.record import Record

SORA = built_in()
ODD_NAMES = [
    "a b.mp4",
    "100%25.mp4",
    "a#b?c&d=e;f.mp4",
    'it\'s "quoted" <b>.mp4',
    "javascript:alert(1).mp4",
    "Größe 熊猫 🐼.mp4",
    "back\\slash.mp4",
    "line\nbreak.mp4",
]


def drawn(record: Record, embed_limit: int = 10**6) -> Page:
    """Return a job's page, checked as one that stays in a notebook."""
    return check_saved(outputs.job_html(record, SORA, outputs.Outlet(embed_limit), now=NOW))


def test_a_small_video_is_in_the_notebook_itself(home: Path) -> None:
    """The player carries the bytes on the element itself, with controls: no <source>, no file needed."""
    record = finished(home / "videos" / "k3f9.mp4", b"\x00bytes\xff")
    video = drawn(record).one("video")
    assert video["src"] == "data:video/mp4;base64," + base64.b64encode(b"\x00bytes\xff").decode()
    assert "controls" in video
    assert video["preload"] == "metadata"


def test_the_limit_is_the_last_size_that_is_embedded(home: Path) -> None:
    """Up to the limit a file is embedded, a byte above it is not."""
    record = finished(home / "k3f9.mp4", b"12345")
    assert drawn(record, 5).one("video")["src"].startswith("data:")
    assert drawn(record, 4).one("video")["src"] == "k3f9.mp4"


def test_a_large_video_plays_from_beside_the_notebook(home: Path) -> None:
    """Above the limit the player has a relative path, and the page says so; below it does not."""
    record = finished(home / "videos" / "k3f9.mp4")
    page = drawn(record, 0)
    assert page.one("video")["src"] == "videos/k3f9.mp4"
    assert "Too large to be put into the notebook" in page.text
    assert "Too large" not in drawn(record).text


def test_a_video_elsewhere_is_reached_by_a_relative_path(home: Path) -> None:
    """A folder beside the working folder is reached from it, so that both can be moved together."""
    record = finished(home.parent / "shared" / "k3f9.mp4")
    assert drawn(record, 0).one("video")["src"] == "../shared/k3f9.mp4"


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
@pytest.mark.parametrize("name", [*ODD_NAMES, os.fsdecode(b"not-utf8-\xff.mp4")])
def test_an_odd_file_name_is_quoted(home: Path, name: str) -> None:
    """Whatever a folder is called, player and link lead to the file and to nothing else."""
    record = finished(home / name / "k3f9.mp4")
    page = drawn(record, 0)
    for address in (page.one("video")["src"], page.one("a")["href"]):
        assert unquote_to_bytes(address) == os.fsencode(f"{name}/k3f9.mp4")
        assert not set(address) & set(" #?&:\"'<>\\\n")


@pytest.mark.parametrize(
    ("size", "width", "height"),
    [("1280x720", "640", "360"), ("720x1280", "300", "533"), ("500x500", "640", "640")],
)
def test_the_videos_box_is_reserved(home: Path, size: str, width: str, height: str) -> None:
    """Width and height are known beforehand, comfortable, and in the video's own proportions."""
    video = drawn(finished(home / "k3f9.mp4", inputs={"prompt": "x", "size": size})).one("video")
    assert (video["width"], video["height"]) == (width, height)
    assert "max-width:100%;height:auto" in video["style"]


def test_an_unknown_size_reserves_a_width_alone(home: Path) -> None:
    """Where the inputs do not tell the size, nothing is invented."""
    video = drawn(finished(home / "k3f9.mp4", inputs={"prompt": "x", "size": "auto"})).one("video")
    assert video["width"] == "640"
    assert "height" not in video


def test_the_caption_is_what_one_wants_to_read(home: Path) -> None:
    """Prompt, model, size, length, cost, time taken, and the path as a link."""
    record = finished(home / "videos" / "red-panda-k3f9.mp4", cost_usd=Decimal("0.8"))
    page = drawn(record)
    facts = ["Sora 2", "1280 × 720", "8 s", "$0.80", "made in 45 s", "videos/red-panda-k3f9.mp4"]
    assert PROMPT + " ".join(facts) in page.text
    assert page.one("a")["href"] == "videos/red-panda-k3f9.mp4"


def test_where_no_video_plays_the_text_names_the_file(home: Path) -> None:
    """A page that cannot play it, and a reader of its source, learn where the file is."""
    page = drawn(finished(home / "videos" / "k3f9.mp4"))
    assert "This page cannot play the video; the file is videos/k3f9.mp4." in page.text
    assert page.one("video")["title"] == PROMPT


def test_a_picture_is_shown_as_a_picture(home: Path) -> None:
    """An image has the prompt as its text in place of itself."""
    page = drawn(finished(home / "k3f9.png", media_type="image/png"))
    image = page.one("img")
    assert image["alt"] == PROMPT
    assert image["src"].startswith("data:image/png;base64,")


def test_every_output_is_shown(home: Path) -> None:
    """All files of a request are there, in their order, each with its link."""
    files = tuple(File(str(home / f"k3f9-{at}.mp4"), 1, "0", "video/mp4") for at in (1, 2, 3))
    for file in files:
        (home / file.path).write_bytes(b"x")
    page = drawn(job(State.SUCCEEDED, files=files), 0)
    names = ["k3f9-1.mp4", "k3f9-2.mp4", "k3f9-3.mp4"]
    assert [attributes["src"] for tag, attributes in page.elements if tag == "video"] == names
    assert [attributes["href"] for tag, attributes in page.elements if tag == "a"] == names


def test_the_working_folder_may_be_gone(home: Path) -> None:
    """A finished video is shown although nothing can be relative to anything any more."""
    record = finished(home.parent / "k3f9.mp4")
    home.rmdir()
    assert drawn(record, 0).one("video")["src"] == record.files[0].path


@pytest.mark.parametrize("state", [state for state in State if state is not State.SUCCEEDED])
def test_a_job_without_its_file_is_a_card(state: State) -> None:
    """In every other state the page is the card, and nothing stands above it."""
    record = job(state, error="no")
    page, _ = outputs.job_page(record, SORA, outputs.Outlet(9), now=NOW, above="<p>above</p>")
    assert page == html.card(view(record, SORA, now=NOW))
    check_saved(page)


def test_what_stands_above_comes_first(home: Path) -> None:
    """The note that nothing was sent stands above the video."""
    above = html.card(View(Kind.GOOD, "Shown from your ledger"))
    page, _ = outputs.job_page(finished(home / "a.mp4"), SORA, outputs.Outlet(9), now=NOW, above=above)
    assert page.startswith(above)
    check_saved(page)


def test_a_card_has_the_one_shape() -> None:
    """An edge of its kind's colour, a bold headline, one figure, lines of which some are dimmed."""
    shown = View(
        Kind.BAD, "It failed", "after 0:04", (Line("Why"), Line(""), Line("`--again` sends it", dim=True))
    )
    page = check_saved(html.card(shown))
    assert page.text == "It failedafter 0:04Why--again sends it"
    styles = page.styles()
    assert ("border-left", "3px solid #d1383d") in styles
    assert ("max-width", "720px") in styles
    assert ("font-size", "13px") in styles
    assert styles.count(("opacity", "0.7")) == 2
    assert page.skeleton.count(("code", ("style",))) == 1


def test_a_card_without_a_figure_has_no_hole() -> None:
    """Nothing is drawn for what is not said."""
    page = check_saved(html.card(View(Kind.OVER, "Nothing")))
    assert [tag for tag, _ in page.elements] == ["div", "div", "span"]


def test_the_keepsake_is_true_at_any_time() -> None:
    """What the notebook keeps while a job runs tells what was asked for and the way to it, and no state."""
    page = check_saved(html.keepsake(job(State.IN_QUEUE), SORA))
    assert page.text == (
        f"{PROMPT}Sora 2 · 1280 × 720 · 8 s · job k3f9 · %sora show k3f9 shows it in any cell"
    )


def test_one_of_many_is_small(home: Path) -> None:
    """Among others a video is narrow, in its own proportions, with its caption and its link."""
    record = finished(home / "k3f9.mp4")
    page = check_saved(outputs.job_html(record, SORA, outputs.Outlet(99, small=True), now=NOW))
    assert (page.one("video")["width"], page.one("video")["height"]) == ("320", "180")
    assert PROMPT in page.text
    assert page.one("a")["href"] == "k3f9.mp4"


def test_jobs_are_a_table(home: Path) -> None:
    """A heading and a row for each job, in the order given."""
    records = [finished(home / "k3f9.mp4"), job(State.IN_QUEUE, id="zz22")]
    page = check_saved(html.sheet(jobs_sheet([(record, SORA) for record in records], now=NOW)))
    assert [tag for tag, _ in page.elements].count("tr") == 3
    assert page.text.startswith("idstatepromptsize and lengthagecostfilek3f9succeeded")
    assert page.text.index("k3f9.mp4") < page.text.index("zz22")
