"""Fault 5: the way from the result's address to a whole file on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client.raw_server import answer
from faults.checks import CELL, NOTHING, WHOLE, Expected, on, words
from faults.origin import serving_in_background
from support.polling import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from faults.checks import Rules
    from faults.notebook import Notebook
    from support.sandbox import Sandbox
    from support.seen import Seen

NOT_HERE = ("Finished and paid, but the file is not here yet", "%sora resume", "Nothing is billed again.")

PASSES: dict[str, Rules] = {
    "cut twice": (on("media", "drop_mid_body", times=2, at=0.4),),
    "cut, by a host without Range": (on("media", "drop_mid_body", times=1), on("media", "no_range")),
    "503 twice": (on("media", "status_code", code=503, times=2),),
    "429 with Retry-After": (on("media", "status_code", code=429, headers={"retry-after": "1"}, times=1),),
    "dropped": (on("media", "drop_after_read", times=1),),
    "reset": (on("media", "drop_before_read", times=1),),
    "more promised than sent": (on("media", "wrong_length", length=10**8, times=1),),
}
STOPS: dict[str, tuple[dict[str, object], str]] = {
    "expired: 403": (on("media", "status_code", code=403), "the link has expired"),
    "expired: 404": (on("media", "status_code", code=404), "the link has expired"),
    "expired: 410": (on("media", "status_code", code=410), "the link has expired"),
    "refused: 400": (on("media", "status_code", code=400), "refused it (HTTP 400)"),
    "a page": (on("media", "html"), "sent a web page or text in place of the file"),
    "an error as JSON": (
        on("media", "json", taken=False, json={"error": "no"}),
        "sent a web page or text in place of the file",
    ),
    "nothing at all": (on("media", "garbage", text=""), "sent something else in place of the file"),
    "less than the whole": (on("media", "wrong_length", length=9000), "sent a file that breaks off"),
    "an absurd length": (on("media", "wrong_length", length=10**15), "larger than the 2048 MB allowed"),
    "a redirect to a file": (
        on("media", "redirect", to="file:///etc/passwd"),
        "not one that a file can be fetched",
    ),
    "a redirect with a password": (
        on("media", "redirect", to="http://me:secret@127.0.0.1/x.mp4"),
        "not one that a file can be fetched",
    ),
    "a redirect to itself": (on("media", "redirect", to=""), "not one that a file can be fetched"),
}


@pytest.mark.parametrize("fault", PASSES)
def test_what_passes_is_sat_out(notebook: Notebook, sandbox: Sandbox, clips: Path, fault: str) -> None:
    """A download that breaks is continued, or begun anew, until the file is whole."""
    sandbox.misbehave(*PASSES[fault])

    cell = notebook.run(CELL)

    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)


def test_a_cut_download_is_continued_where_it_broke_off(
    notebook: Notebook, sandbox: Sandbox, clips: Path
) -> None:
    """What has come is not asked for again."""
    sandbox.misbehave(*PASSES["cut twice"])

    cell = notebook.run(CELL)

    Expected("succeeded", posts=1, disk=WHOLE).check(cell, notebook, sandbox, clips)
    asked = [entry["range"] for entry in sandbox.journal() if entry["on"] == "media"]
    assert asked[0] is None
    begins = [int(range_.removeprefix("bytes=").rstrip("-")) for range_ in asked[1:]]
    assert len(begins) == 2
    assert 0 < begins[0] < begins[1]


@pytest.mark.parametrize("fault", STOPS)
def test_a_file_that_cannot_be_had_is_undelivered_until_resume(
    notebook: Notebook, sandbox: Sandbox, clips: Path, fault: str
) -> None:
    """The reason is said and nothing is shown; `resume` asks for a new result and brings the file."""
    rule, reason = STOPS[fault]
    sandbox.misbehave(rule)

    cell = notebook.run(CELL)

    Expected("undelivered", posts=1, disk=NOTHING, says=(*NOT_HERE, reason)).check(
        cell, notebook, sandbox, clips
    )
    assert "secret" not in cell.html
    sandbox.misbehave()
    resumed = notebook.run("%sora resume")
    Expected("succeeded", posts=1, disk=WHOLE).check(resumed, notebook, sandbox, clips)


def test_every_hop_is_followed_without_the_token(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """Another origin, and the one it redirects to, see no Authorization header; the file arrives."""

    def first(_: Seen) -> bytes:
        return answer(302, location=f"{second_origin.origin}/video.mp4?signature=s3")

    def second(_: Seen) -> bytes:
        [clip, *_others] = sorted(clips.glob("*.mp4"))
        return answer(200, clip.read_bytes(), content_type="video/mp4")

    with serving_in_background(second) as second_origin, serving_in_background(first) as first_origin:
        output = {"video": f"{first_origin.origin}/a/../b.mp4"}
        sandbox.misbehave(
            on("result", "json", json={"status": "succeeded", "output": output}),
        )
        notebook.run("%%sora --seconds 4\nA paper boat")
        notebook.rests("succeeded")

    asked = [*first_origin.seen, *second_origin.seen]
    assert len(asked) == 2
    assert not [seen for seen in asked if "authorization" in seen.headers]


def test_redirects_are_bounded(notebook: Notebook, sandbox: Sandbox, clips: Path) -> None:
    """A host that sends round in circles is left after a few hops."""
    with serving_in_background(lambda seen: answer(302, location=f"{seen.path}x")) as origin:
        output = {"video": f"{origin.origin}/round"}
        sandbox.misbehave(on("result", "json", json={"status": "succeeded", "output": output}))
        cell = notebook.run(CELL)

        said = (*NOT_HERE, "redirects too often")
        Expected("undelivered", posts=1, disk=NOTHING, says=said).check(cell, notebook, sandbox, clips)
    assert len(origin.seen) <= 10


def test_a_file_without_an_end_is_left_at_the_limit(notebook: Notebook, sandbox: Sandbox) -> None:
    """Where no length is told, what comes is counted."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\nconnection: close\r\n\r\n"
    with serving_in_background(head + bytes(2_500_000)) as origin:
        output = {"video": f"{origin.origin}/endless.mp4"}
        sandbox.misbehave(on("result", "json", json={"status": "succeeded", "output": output}))
        notebook.run("%config Sora.max_download_mb = 1")
        cell = notebook.run(CELL)

        eventually(lambda: "larger than the 1 MB allowed" in words(cell), what="the limit is said")
    assert "%config Sora.max_download_mb raises the limit" in words(cell)
    job = notebook.rests("undelivered")
    assert not [name for name in notebook.files() if name.endswith(".mp4")]
    assert job["files"] == "[]"


@pytest.mark.parametrize(
    "prompt",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "..\\..\\boat\\x.exe",
        "CON",
        "a\0b",
        "日本語 " * 300,
        "-rf *",
        ". . .",
    ],
)
def test_no_prompt_leads_out_of_the_folder(notebook: Notebook, sandbox: Sandbox, prompt: str) -> None:
    """Names of files are ours: plain, short, and below the folder of videos."""
    notebook.run(f"import runcomfy_jupyter as rc; job = rc.submit({prompt!r}, seconds=4)")

    notebook.rests("succeeded")
    names = notebook.files()
    assert len(names) == 2
    for name in names:
        folder, _, stem = name.partition("/")
        assert folder == "videos"
        assert len(stem) <= 64
        assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(sandbox.submissions()) == 1


def test_all_outputs_are_kept(notebook: Notebook, sandbox: Sandbox) -> None:
    """A request with several outputs keeps each, and shows each."""
    many = {"video": "{video}", "videos": ["{video}?n=2", "{video}?n=3"]}
    sandbox.misbehave(on("result", "json", json={"status": "succeeded", "output": many}))

    cell = notebook.run(CELL)

    job = notebook.rests("succeeded")
    eventually(lambda: cell.html.count("<video") == 3, what="three are shown")
    stem = f"videos/paper-boat-{job['id']}"
    whole = [f"{stem}{number}" for number in ("-2.json", "-2.mp4", "-3.json", "-3.mp4", ".json", ".mp4")]
    assert notebook.files() == whole
    assert len(sandbox.submissions()) == 1
