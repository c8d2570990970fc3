"""What a kernel sends for an output with files in it, read from its socket as a front end reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from ipykernel.zmqshell import ZMQDisplayPublisher
from IPython.utils.capture import capture_output
from jupyter_client.session import Session as Wire

from runcomfy_jupyter._display.parcel import Parcel, mark
from runcomfy_jupyter._notebook.sending import place, publisher, update

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.desk import Desk


@dataclass(frozen=True, slots=True)
class Page:
    """A front end's end of a kernel's socket."""

    socket: zmq.Socket[bytes]
    wire: Wire

    def received(self) -> dict[str, Any]:
        """Return the next message."""
        _, frames = self.wire.feed_identities(self.socket.recv_multipart())
        return self.wire.deserialize(frames)


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    """Give the desk's shell a kernel's way of showing things, and return who receives them."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as here, context.socket(zmq.PAIR) as there:
        here.bind("inproc://outputs")
        there.connect("inproc://outputs")
        there.rcvtimeo = 10_000
        wire = Wire(key=b"a key")
        publisher: Any = ZMQDisplayPublisher
        desk.shell.display_pub = publisher(session=wire, pub_socket=here)
        yield Page(there, Wire(key=b"a key", packer=wire.packer, unpacker=wire.unpacker))


@pytest.fixture
def parcel(home: Path) -> Parcel:
    """Return a page with a video in it."""
    (home / "a.mp4").write_bytes(bytes(range(256)))
    place = mark()
    html = f'<video title="“a” \\ b" src="data:video/mp4;base64,{place}"></video>'
    return Parcel({"text/html": html, "text/plain": "a.mp4"}, {place: str(home / "a.mp4")})


def test_a_front_end_gets_the_whole_page(page: Page, parcel: Parcel) -> None:
    """The message is a signed update of that output, with the file in it; the next is as usual."""
    update(parcel, "under-the-cell", publisher())
    update(Parcel({"text/plain": "over"}), "under-the-cell", publisher())

    first, second = page.received(), page.received()
    assert first["msg_type"] == "update_display_data"
    assert first["content"] == {
        "data": parcel.whole(),
        "metadata": {},
        "transient": {"display_id": "under-the-cell"},
    }
    assert second["content"]["data"] == {"text/plain": "over"}


def test_no_step_takes_the_file_as_a_whole(desk: Desk, page: Page, home: Path, parcel: Parcel) -> None:
    """The kernel itself, which writes JSON in one step, is never given the text of the file."""
    (home / "a.mp4").write_bytes(bytes(300_000))
    wire = desk.shell.display_pub.session
    pack, sizes = wire.pack, []

    def noted(part: Any) -> bytes:
        packed: bytes = pack(part)
        sizes.append(len(packed))
        return packed

    wire.pack = noted
    update(parcel, "under-the-cell", publisher())

    assert len(page.received()["content"]["data"]["text/html"]) > 400_000
    assert max(sizes) < 1000


def test_a_file_that_is_gone_raises_and_leaves_no_trace(page: Page, parcel: Parcel) -> None:
    """Nothing is sent without its file, and what is shown next is sent as it is."""
    [path] = parcel.files.values()
    gone = Parcel(parcel.bundle, dict.fromkeys(parcel.files, f"{path}.gone"))
    with pytest.raises(OSError, match=r"a\.mp4\.gone"):
        update(gone, "under-the-cell", publisher())

    update(parcel, "under-the-cell", publisher())
    assert page.received()["content"]["data"] == parcel.whole()


def test_a_wire_that_speaks_no_json_gets_the_whole_page(desk: Desk, page: Page, parcel: Parcel) -> None:
    """Where a kernel packs its messages otherwise, it packs this one, too."""
    desk.shell.display_pub.session = Wire(key=b"a key", packer="pickle", unpacker="pickle")
    other = Page(page.socket, Wire(key=b"a key", packer="pickle", unpacker="pickle"))
    update(parcel, "under-the-cell", publisher())
    assert other.received()["content"]["data"] == parcel.whole()


def test_a_capture_of_another_cell_takes_nothing(page: Page, parcel: Parcel) -> None:
    """What a job shows while another cell runs under `%%capture` goes where its own cell's outputs go."""
    own = publisher()
    with capture_output() as caught:
        update(parcel, "under-the-cell", own)
        place(parcel, own)
    assert caught.outputs == []
    assert [page.received()["msg_type"] for _ in range(2)] == ["update_display_data", "display_data"]


@pytest.mark.usefixtures("desk")
def test_captured_outputs_are_whole(parcel: Parcel) -> None:
    """Where a shell keeps what is shown, or is a terminal, it gets the page with the file in it."""
    with capture_output() as caught:
        update(parcel, "under-the-cell", publisher())
    assert [output.data for output in caught.outputs] == [parcel.whole()]
