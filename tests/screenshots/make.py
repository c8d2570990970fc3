"""Make the pictures of docs/ from the real thing: a real JupyterLab, real kernels, the sandbox's clips.

What `make screenshots` runs.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright

from support.browser import CHROMIUM_FLAGS
from support.kernels import write_kernelspecs
from support.lab import Lab, running_lab
from support.player import watch_playing
from support.sandbox import running_sandbox

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACE = ("--workers", "1", "--queue-seconds", "4", "--run-seconds", "6")
LOAD = "%load_ext runcomfy_jupyter"
MAKE = (
    "%%sora clip --size 1280x720 --seconds 8\n"
    "A red panda surfs a long wave at dawn, the sea hissing under the board"
)
SHOWN_SECOND = 2.4
MARGIN = 8
COLOURS = 256


def picture(page: Page, parts: list[Locator], name: str) -> None:
    """Keep a picture of some parts of the page, small enough to be kept with the source."""
    boxes = [box for part in parts if (box := part.bounding_box())]
    left, top = min(box["x"] for box in boxes) - MARGIN, min(box["y"] for box in boxes) - MARGIN
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    file = DOCS / name
    area = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    page.screenshot(path=file, clip=area)  # type: ignore[arg-type] # a dict will do
    with Image.open(file) as whole:
        colours = whole.convert("RGB")
        palette = colours.quantize(COLOURS)
        colours.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB")


def show_a_frame(video: Locator) -> None:
    """Have a video stand where it has more to show than at its beginning."""
    video.evaluate(f"video => {{ video.currentTime = {SHOWN_SECOND}; }}")
    expect(video).to_have_js_property("seeking", value=False)


def a_cell(lab: Lab, page: Page, kernel: str) -> None:
    """Show a cell with its finished video."""
    notebook = lab.open(page, str(lab.write("film.ipynb", LOAD, MAKE, kernel=kernel).name))
    notebook.finish(0)
    notebook.finish(1)
    video = notebook.output(1).locator("video")
    watch_playing(video)
    show_a_frame(video)
    page.mouse.move(0, 0)
    notebook.cell(2).locator(".jp-InputArea-editor").click()
    picture(page, [notebook.cell(1).locator(".jp-Cell-inputWrapper"), notebook.output(1)], "cell.png")


def a_panel(lab: Lab, page: Page, kernel: str) -> None:
    """Show a panel with a job that runs, and two finished videos."""
    notebook = lab.open(page, str(lab.write("panel.ipynb", LOAD, "%sora panel", kernel=kernel).name))
    page.keyboard.press("Control+b")  # without the side bar the panel is as wide as it gets
    notebook.finish(0)
    notebook.finish(1)
    panel = notebook.output(1)
    panel.get_by_label("Resolution").select_option(label="1280 × 720 landscape")
    prompts = (
        "A lighthouse in fog, slow push in, distant horn",
        "Paper boats race down a rainy street, seen from below",
        "A red panda surfs a long wave at dawn, calm, the sea hissing under the board",
    )
    for number, prompt in enumerate(prompts):
        panel.get_by_label("Prompt").fill(prompt)
        panel.get_by_role("button", name="Generate").click()
        expect(panel.locator(".runcomfy-job")).to_have_count(number + 1)
        if prompt != prompts[-1]:
            expect(panel.locator("video")).to_have_count(number + 1, timeout=60_000)
    expect(panel.get_by_role("status")).to_have_text("1 generating", timeout=30_000)
    for video in panel.locator("video").all():
        show_a_frame(video)
    panel.get_by_label("Prompt").focus()
    panel.get_by_label("Prompt").blur()
    picture(page, [panel.locator(".runcomfy-panel")], "panel.png")


def main() -> None:
    """Make all pictures."""
    DOCS.mkdir(exist_ok=True)
    chromium = (ROOT / ".venvs" / "chromium").read_text().strip()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "sandbox").mkdir()
        sandbox = stack.enter_context(running_sandbox(folder / "sandbox", *PACE))
        specs = write_kernelspecs(folder / "jupyter")
        spec = specs / "kernels" / "newest" / "kernel.json"
        spec.write_text(json.dumps(json.loads(spec.read_text()) | {"display_name": "Python 3"}))
        variables = {**sandbox.variables, "JUPYTER_PATH": str(specs)}
        lab = stack.enter_context(running_lab(folder / "lab", variables))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport={"width": 1000, "height": 1400})
        a_cell(lab, page, "newest")
        a_panel(lab, page, "newest")
        browser.close()


if __name__ == "__main__":
    main()
