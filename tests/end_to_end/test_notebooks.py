"""The lessons of notebooks/, executed as nobody watches; two of them have test files of their own."""

from __future__ import annotations

import base64
import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from PIL import Image

from support.environment import homes, without_accounts
from support.headless import execute
from support.media import embedded_videos
from support.sandbox import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.sandbox import Sandbox

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
NEWEST = "newest"
# The environment of the tests: it alone has Dask, PyAV and Pillow, which the lesson asks for.
OWN = "python3"
RAIN = "A paper boat in the rain, seen from the gutter"
NIGHT = "A paper boat at night, lit by one street lamp"
LOOK = "hand-held, 35 mm, evening light"
STORM = "A lighthouse in a storm"
SNOW = "A lighthouse in the first snow of the year"
FIRST = "quickstart"

Lesson = nbformat.NotebookNode
pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("kernelspecs")]


@pytest.fixture
def run(tmp_path: Path, sandbox: Sandbox) -> Callable[[str, str], Lesson]:
    """Return a function that executes a lesson in a kernel, with the sandbox as account."""
    variables = without_accounts(os.environ) | homes(tmp_path / "home") | sandbox.variables

    def executed(name: str, kernel: str) -> Lesson:
        lesson: Lesson = nbformat.read(LESSONS / f"{name}.ipynb", as_version=4)
        failure = execute(lesson, tmp_path, kernel=kernel, variables=variables)
        assert failure is None
        assert TOKEN not in nbformat.writes(lesson)
        return lesson

    return executed


def outputs(lesson: Lesson, source: str) -> list[Any]:
    """Return the outputs of the one cell whose source begins so, its end being a line's."""
    [cell] = [cell for cell in lesson.cells if f"{cell.source}\n".startswith(source)]
    found: list[Any] = cell.outputs
    return found


def text(shown: list[Any]) -> str:
    """Return what outputs say in plain text."""
    told = [one.get("text", "") or one.get("data", {}).get("text/plain", "") for one in shown]
    return "\n".join(told)


def refused(shown: list[Any], price: str) -> None:
    """Check that a cell ended in the refusal of this price."""
    [error] = [one for one in shown if one.output_type == "error"]
    assert error.ename == "CostError"
    assert price in error.evalue


def test_batches(run: Callable[[str, str], Lesson], sandbox: Sandbox) -> None:
    """Four of a sweep, a take more, three of a table are paid; a rehearsal and what is too dear are not."""
    lesson = run("batches", NEWEST)

    sweep = [(body["prompt"], body["size"]) for body in sandbox.submissions()[:4]]
    sizes = ("1280x720", "720x1280")
    assert sorted(sweep) == sorted((prompt, size) for prompt in (RAIN, NIGHT) for size in sizes)
    take, *film = sandbox.submissions()[4:]
    assert take == {"prompt": RAIN, "size": "1280x720"}
    kite, tram, cat = "A kite above a beach", "A tram in the fog", "A cat on a piano"
    assert sorted((body["prompt"], body["size"], body["seconds"]) for body in film) == [
        (f"{cat}, {LOOK}", "1280x720", 4),
        (f"{kite}, {LOOK}", "1280x720", 4),
        (f"{tram}, {LOOK}", "720x1280", 4),
    ]
    assert "$1.60" in text(outputs(lesson, "%%sora boats --size 1280x720,720x1280 --dry-run"))
    made = outputs(lesson, "%%sora boats --size 1280x720,720x1280\n")
    assert len(embedded_videos(made)) == 4
    assert len(embedded_videos(outputs(lesson, "%%sora takes"))) == 2
    assert text(outputs(lesson, "takes.wait()")).endswith("True)")
    assert len(embedded_videos(outputs(lesson, "%%sora film"))) == 3
    refused(outputs(lesson, "%%sora --each shots --takes 10"), "$12")


def test_models_and_cost(run: Callable[[str, str], Lesson], sandbox: Sandbox) -> None:
    """Two pictures are paid; the rehearsals say their prices, and the bound refuses four."""
    lesson = run("models_and_cost", NEWEST)

    assert sandbox.submissions() == [{"prompt": STORM, "num_images": 2, "aspect_ratio": "4:3"}]
    assert "bytedance/seedance-2.5" in text(outputs(lesson, "%sora models\n"))
    assert "still-life" in text(outputs(lesson, "%sora models image"))
    assert "num_images" in text(outputs(lesson, "%sora model sandbox/"))
    assert "$0.72" in text(outputs(lesson, "%%sora --model bytedance"))
    assert "$0.12" in text(outputs(lesson, "%%sora --inputs more"))
    assert "Decimal('0.08')" in text(outputs(lesson, "stills.wait()"))
    refused(outputs(lesson, "%%sora --num_images 4"), "$0.16")


def test_cluster(run: Callable[[str, str], Lesson], sandbox: Sandbox, tmp_path: Path) -> None:
    """Six clips are paid once each; the workers' sheets, of a picture a second, are in the lesson."""
    lesson = run("cluster", OWN)

    prompts = [body["prompt"] for body in sandbox.submissions()]
    assert len(prompts) == len(set(prompts)) == 6
    sheets = sorted((tmp_path / "films").glob("*.jpg"))
    assert sheets == sorted(clip.with_suffix(".jpg") for clip in (tmp_path / "films").glob("*.mp4"))
    assert len(sheets) == 6
    [wall] = outputs(lesson, "rows = ")
    assert Image.open(io.BytesIO(base64.b64decode(wall.data["image/png"]))).size == (4 * 240, 6 * 135)
    assert len(embedded_videos(outputs(lesson, "films.wait()"))) == 6


def test_panel(run: Callable[[str, str], Lesson], sandbox: Sandbox) -> None:
    """Both forms come without an error, and nothing is sent before somebody clicks."""
    lesson = run("panel", NEWEST)

    for source in ("%sora panel\n", "%sora panel --model"):
        [shown] = outputs(lesson, source)
        assert "application/vnd.jupyter.widget-view+json" in shown.data
    assert sandbox.submissions() == []


def test_recover(run: Callable[[str, str], Lesson], sandbox: Sandbox, environment: str) -> None:
    """What a killed kernel asked for is taken up from the lesson's own: one paid request, its video there."""
    lesson = run("recover", environment)

    assert sandbox.submissions() == [{"prompt": SNOW, "size": "1280x720", "seconds": 4}]
    assert "1 job is unfinished" in text(outputs(lesson, "%load_ext"))
    assert SNOW[:20] in text(outputs(lesson, "%sora jobs"))
    [taken_up] = embedded_videos(outputs(lesson, "%sora resume"))
    cell = outputs(lesson, "%%sora lighthouse")
    assert embedded_videos(cell) == [taken_up]
    assert "nothing was sent" in text(cell)
    assert text(outputs(lesson, "import runcomfy_jupyter")).count("succeeded") == 1


@pytest.mark.parametrize("path", sorted(LESSONS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_lessons_are_committed_bare(path: Path) -> None:
    """A lesson in the tree is a valid notebook without outputs, counts, widgets and traces of an editor."""
    lesson = nbformat.read(path, as_version=4)
    nbformat.validate(lesson)
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)
    assert lesson.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert {key for cell in lesson.cells for key in cell.metadata} <= {"tags"}


def test_each_lesson_leads_to_the_next() -> None:
    """From the quickstart on, each lesson ends with a link to another, until all have been met."""
    met = [FIRST]
    while found := re.findall(r"\(([a-z_]+)\.ipynb\)", _last_words(met[-1])):
        [following] = found
        assert following not in met
        met.append(following)
    assert sorted(met) == sorted(path.stem for path in LESSONS.glob("*.ipynb"))


def _last_words(name: str) -> str:
    """Return the last text of a lesson."""
    lesson = nbformat.read(LESSONS / f"{name}.ipynb", as_version=4)
    return str([cell.source for cell in lesson.cells if cell.cell_type == "markdown"][-1])
