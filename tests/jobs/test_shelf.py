from __future__ import annotations

import json
import os
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_jupyter._jobs.shelf import LARGEST_FILE, MOST_CARDS, CardShelf, Kept

if TYPE_CHECKING:
    from pathlib import Path

BASE = "https://model-api.example/v1"


def card(model_id: str = "a/b", **facts: Any) -> dict[str, Any]:
    """Return a card as the service serves it."""
    return {"model_id": model_id, "display_name": "B", "input_schema": {"type": "object"}, **facts}


def the_file(folder: Path) -> Path:
    """Return the one file of a shelf."""
    [path] = folder.iterdir()
    return path


def test_a_card_is_there_for_the_next_process_with_its_age(tmp_path: Path) -> None:
    """What one shelf keeps another reads as it was served, with the time it was fetched."""
    CardShelf(tmp_path / "cards").put(BASE, [card(description="Füchse 🦊"), card("c/d")], 100.5)
    shelf = CardShelf(tmp_path / "cards")
    assert shelf.get(BASE, "a/b") == Kept(card(description="Füchse 🦊"), 100.5)
    assert set(shelf.all(BASE)) == {"a/b", "c/d"}
    assert shelf.get(BASE, "e/f") is None


def test_a_new_card_takes_the_place_of_its_older_self_alone(tmp_path: Path) -> None:
    """Each card has an age of its own."""
    shelf = CardShelf(tmp_path)
    shelf.put(BASE, [card(), card("c/d")], 100.0)
    shelf.put(BASE, [card(description="new")], 200.0)
    for one in (shelf, CardShelf(tmp_path)):
        assert one.get(BASE, "a/b") == Kept(card(description="new"), 200.0)
        assert one.get(BASE, "c/d") == Kept(card("c/d"), 100.0)


def test_bases_are_kept_apart(tmp_path: Path) -> None:
    """A model of the sandbox is none of the service, and no file has an address for its name."""
    shelf = CardShelf(tmp_path)
    shelf.put(BASE, [card()], 1.0)
    shelf.put("http://127.0.0.1:8787/v1", [card(description="sandbox")], 2.0)
    assert shelf.get(BASE, "a/b") == Kept(card(), 1.0)
    assert len(list(tmp_path.iterdir())) == 2
    assert all("127" not in path.name and path.suffix == ".json" for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"null",
        b'{"cards": {}}',
        b"[" * 100_000,
        json.dumps({"base_url": "http://other", "cards": [{"fetched_at": 1, "card": card()}]}).encode(),
        json.dumps({"base_url": BASE, "cards": {"a/b": 1}}).encode(),
        json.dumps({"base_url": BASE, "cards": [1, {}, {"fetched_at": 1, "card": {}}]}).encode(),
        json.dumps({"base_url": BASE, "cards": [{"fetched_at": float("nan"), "card": card()}]}).encode(),
        json.dumps({"base_url": BASE, "cards": [{"fetched_at": 10**400, "card": card()}]}).encode(),
        json.dumps({"base_url": BASE, "cards": [{"fetched_at": "1", "card": card()}]}).encode(),
    ],
)
def test_a_file_that_cannot_be_read_is_as_if_it_were_not_there(tmp_path: Path, content: bytes) -> None:
    """Nothing is raised, nothing is believed, and the next card mends it."""
    CardShelf(tmp_path).put(BASE, [card()], 1.0)
    the_file(tmp_path).write_bytes(content)
    shelf = CardShelf(tmp_path)
    assert shelf.all(BASE) == {}
    shelf.put(BASE, [card("c/d")], 2.0)
    assert set(CardShelf(tmp_path).all(BASE)) == {"c/d"}


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """What another program blew up must not fill the memory."""
    CardShelf(tmp_path).put(BASE, [card()], 1.0)
    with the_file(tmp_path).open("ab") as stream:
        stream.write(b" " * LARGEST_FILE)
    assert CardShelf(tmp_path).all(BASE) == {}


def test_a_disk_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """The cards are there for as long as the process lives."""
    (tmp_path / "cards").write_text("a file where the folder should be")
    shelf = CardShelf(tmp_path / "cards")
    shelf.put(BASE, [card()], 1.0)
    assert shelf.get(BASE, "a/b") == Kept(card(), 1.0)
    assert CardShelf(tmp_path / "cards").all(BASE) == {}


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    """A folder in its place stays, and no draft beside it."""
    CardShelf(tmp_path).put(BASE, [card()], 1.0)
    path = the_file(tmp_path)
    path.unlink()
    path.mkdir()
    CardShelf(tmp_path).put(BASE, [card()], 2.0)
    assert the_file(tmp_path).is_dir()


def test_what_a_killed_kernel_left_behind_is_taken_away(tmp_path: Path) -> None:
    """Drafts do not pile up; one that another kernel may be writing is let be."""
    CardShelf(tmp_path).put(BASE, [card()], 1.0)
    path = the_file(tmp_path)
    old, young, other = (
        path.with_name(f"{name}.draft") for name in (f"{path.stem}.a", f"{path.stem}.b", "c.d")
    )
    for draft in (old, young, other):
        draft.touch()
    os.utime(old, (1.0, 1.0))
    os.utime(other, (1.0, 1.0))
    CardShelf(tmp_path).put(BASE, [card()], 2.0)
    assert set(tmp_path.iterdir()) == {path, young, other}


def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    """The folder and the file are the user's alone, whatever the umask says."""
    old = os.umask(0)
    try:
        CardShelf(tmp_path / "cards").put(BASE, [card()], 1.0)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "cards").stat().st_mode) == 0o700
    assert stat.S_IMODE(the_file(tmp_path / "cards").stat().st_mode) == 0o600


def test_of_too_many_the_oldest_are_dropped(tmp_path: Path) -> None:
    """A catalogue without an end cannot fill the disk."""
    shelf = CardShelf(tmp_path)
    shelf.put(BASE, [card("old/one")], 1.0)
    shelf.put(BASE, [card(f"m/{number}") for number in range(MOST_CARDS)], 2.0)
    for one in (shelf, CardShelf(tmp_path)):
        assert len(one.all(BASE)) == MOST_CARDS
        assert one.get(BASE, "old/one") is None


def test_of_too_large_ones_the_oldest_are_dropped(tmp_path: Path) -> None:
    """The file stays within its bound, and what fits stays in it."""
    shelf = CardShelf(tmp_path)
    for number in range(4):
        shelf.put(BASE, [card(f"m/{number}", description="x" * (LARGEST_FILE * 2 // 5))], float(number))
    assert set(shelf.all(BASE)) == set(CardShelf(tmp_path).all(BASE)) == {"m/2", "m/3"}
    assert the_file(tmp_path).stat().st_size <= LARGEST_FILE


def test_what_another_kernel_fetched_is_seen(tmp_path: Path) -> None:
    """The file is read again when it has changed, and only then."""
    shelf, other = CardShelf(tmp_path), CardShelf(tmp_path)
    shelf.put(BASE, [card()], 1.0)
    before = other.all(BASE)
    assert other.all(BASE) is before
    shelf.put(BASE, [card("c/d")], 2.0)
    assert set(other.all(BASE)) == {"a/b", "c/d"}


def test_threads_may_put_at_once(tmp_path: Path) -> None:
    """No card of several threads is lost."""
    shelf = CardShelf(tmp_path)
    together = threading.Barrier(4)

    def put(first: int) -> None:
        together.wait(20)
        for number in range(first, first + 5):
            shelf.put(BASE, [card(f"m/{number}")], 1.0)

    threads = [threading.Thread(target=put, args=(5 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(CardShelf(tmp_path).all(BASE)) == 20


def test_cards_are_kept_before_there_is_anything_else(tmp_path: Path) -> None:
    """On a fresh machine, too, where not even the folder above is there."""
    folder = tmp_path / "data" / "runcomfy_jupyter" / "models"
    CardShelf(folder).put(BASE, [card()], 1.0)
    assert CardShelf(folder).get(BASE, "a/b") == Kept(card(), 1.0)
