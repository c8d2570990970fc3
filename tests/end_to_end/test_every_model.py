"""Each model of the sandbox's catalogue, through a cell, the panel and Python; and those that mean harm."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from IPython.utils.capture import capture_output

from runcomfy_jupyter._notebook.magic import Sora
from runcomfy_jupyter._notebook.panel import Panel
from runcomfy_jupyter._session.session import Session
from runcomfy_jupyter.errors import RunComfyError
from support.desk import a_desk
from support.panels import by_label, status
from support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_jupyter._domain.models import ModelCard
    from support.sandbox import Sandbox

# What ipywidgets 7.7 does with every widget; an address that nobody answers at is warned of.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*files\\.example.*:UserWarning"),
]
WEB = "https://files.example"
# The inputs of each, beside the text that tells one way from another.
MODELS: dict[str, dict[str, Any]] = {
    "openai/sora-2/text-to-video": {"prompt": "A kite", "size": "1280x720", "seconds": 4},
    "openai/sora-2/pro/text-to-video": {"prompt": "A kite", "seconds": 4},
    "bytedance/seedance-2.5/text-to-video/1080p": {
        "prompt": "A kite",
        "aspect_ratio": "9:16",
        "duration": 4,
        "generate_audio": False,
    },
    "blackforestlabs/flux-3/text-to-video": {"prompt": "A kite", "duration": "5", "guidance": 3.5},
    "sandbox/still-life/text-to-image": {
        "prompt": "A pear",
        "num_images": 2,
        "style_strength": 0.3,
        "enhance_prompt": True,
    },
    "sandbox/storyboard/image-to-video": {
        "prompt": "A kite",
        "images": [f"{WEB}/1.png", f"{WEB}/2.png"],
        "camera": {"motion": "pan", "speed": 0.5},
    },
    "sandbox/upscaler/video-to-video": {"video_url": f"{WEB}/clip.mp4", "denoise": 0.2},
    "sandbox/postcard/text-to-image": {"text": "Greetings", "output_format": "png"},
    "sandbox/variations/text-to-video": {"prompt": "A kite", "num_outputs": 2, "duration": 2},
    "sandbox/music-video/workflow": {"song_url": f"{WEB}/song.mp3", "text_prompt": "A kite"},
}
FILES = {"sandbox/still-life/text-to-image": 2, "sandbox/storyboard/image-to-video": 2}
FILES |= {"sandbox/variations/text-to-video": 2, "sandbox/music-video/workflow": 2}
HOSTILE = (
    *("markup", "escapes", "options", "many", "deep", "recursive", "slow"),
    *("unreadable/text", "unreadable/list", "unreadable/nothing", "unreadable/types"),
)
ADDRESSES = ("video_url", "song_url")


@pytest.fixture
def session(account: Sandbox) -> Iterator[Session]:  # noqa: ARG001 - the account comes first
    """Begin a session for which the sandbox is RunComfy."""
    begun = Session()
    yield begun
    begun.close()


def told_apart(card: ModelCard, way: str) -> dict[str, Any]:
    """Return a model's inputs, with a text or an address of this way's own."""
    inputs = dict(MODELS[card.model_id])
    body = card.schema.body
    if body is not None:
        inputs[body.name] += f" by {way}"
    for name in ADDRESSES:
        if name in inputs:
            inputs[name] = inputs[name].replace(f"{WEB}/", f"{WEB}/{way}/")
    return inputs


def by_python(session: Session, card: ModelCard, inputs: dict[str, Any]) -> None:
    """Submit from Python, and wait."""
    session.submit(model=card.model_id, inputs=inputs).wait(60)


def by_cell(session: Session, card: ModelCard, inputs: dict[str, Any]) -> None:
    """Run the cell; in a terminal it waits."""
    fields, body = dict(inputs), card.schema.body
    prompt = "" if body is None else fields.pop(body.name)
    options = [f"--model {card.model_id}"]
    for name, value in fields.items():
        text = value if isinstance(value, str) else json.dumps(value)
        options.append(f"--{name} '{text}'")
    with a_desk(session) as desk, capture_output():
        magic: Any = Sora(desk.shell, session)
        magic.sora(" ".join(options), f"{prompt}\n")


def by_panel(session: Session, card: ModelCard, inputs: dict[str, Any]) -> None:
    """Fill in the form, press Generate, and wait for what appears."""
    panel = Panel(card.model_id, session=session)
    for name, value in inputs.items():
        field = panel._form._fields[name]
        typed = "\n".join(value) if isinstance(value, list) else json.dumps(value)
        field.value = typed if isinstance(field.value, str) and not isinstance(value, str) else value
    by_label(panel, "Generate").click()
    assert "rc-wrong" not in status(panel)
    eventually(session.jobs, what="it is recorded")
    session.jobs()[0].wait(60)


WAYS = {"python": by_python, "cell": by_cell, "panel": by_panel}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("model_id", MODELS)
def test_a_model_is_driven(session: Session, account: Sandbox, model_id: str, way: str) -> None:
    """One POST of just what was asked for, typed by the schema, and every output on disk."""
    card = session.model(model_id)
    inputs = told_apart(card, way)
    WAYS[way](session, card, inputs)
    [body] = account.submissions()
    assert {name: body[name] for name in inputs} == inputs
    # A form sends what it shows, defaults and all; otherwise what is not set is not sent.
    assert way == "panel" or body == inputs
    [job] = session.jobs()
    assert job.state == "succeeded"
    assert len(job.paths) == FILES.get(model_id, 1)
    assert all(Path(path).stat().st_size > 0 for path in job.paths)
    shown = job._repr_mimebundle_()["text/html"]
    assert shown.count("<video") + shown.count("<img") == len(job.paths)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_model_that_means_harm_breaks_neither_page_nor_shell(session: Session, name: str) -> None:
    """Its page, its help, its panel and a dry run are shown, bounded and escaped, or refused in words."""
    model_id = f"sandbox/hostile/{name}"
    with a_desk(session) as desk:
        page = desk.type(f"model {model_id}")
        magic: Any = Sora(desk.shell, session)
        with capture_output() as caught:
            magic.sora(f"--model {model_id} --help", "x")
            with contextlib.suppress(RunComfyError):
                magic.sora(f"--model {model_id} --dry-run", "A kite")
    for text in (page.html, page.text, caught.stdout):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert len(text) < 200_000
    assert "<script" not in page.html
    panel = Panel(model_id, session=session)
    assert "<script" not in status(panel)


def test_without_network_and_token_the_built_in_model_still_serves(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It validates, completes and rehearses."""
    monkeypatch.setenv("RUNCOMFY_MODEL_API_BASE", "http://127.0.0.1:9/v1")
    monkeypatch.delenv("RUNCOMFY_TOKEN")
    with a_desk(session) as desk, capture_output() as caught:
        magic: Any = Sora(desk.shell, session)
        magic.sora("--seconds 8 --dry-run", "A kite")
        with pytest.raises(RunComfyError, match="4, 8 or 12"):
            magic.sora("--seconds 7 --dry-run", "A kite")
    [shown] = [output.data["text/plain"] for output in caught.outputs]
    assert '"seconds": 8' in shown
    assert "POST http://127.0.0.1:9/v1/models/openai/sora-2/text-to-video" in shown
