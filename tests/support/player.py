"""What the browser's own player knows of a video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from support.polling import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Locator


def video_state(video: Locator) -> dict[str, Any]:
    """Return the state of a video, as the browser's player knows it."""
    state: dict[str, Any] = video.evaluate(
        """video => ({
            ready: video.readyState, time: video.currentTime, width: video.videoWidth,
            height: video.videoHeight, length: video.duration, paused: video.paused,
            picture: video.webkitVideoDecodedByteCount, sound: video.webkitAudioDecodedByteCount,
            error: video.error && video.error.message, source: video.getAttribute("src").slice(0, 100),
        })"""
    )
    return state


def watch_playing(video: Locator) -> dict[str, Any]:
    """Play a video until its time moves; return its state then, its sound decoded."""
    expect(video).to_be_visible(timeout=60_000)
    eventually(lambda: video_state(video)["ready"] >= 2, what="the video can play")
    video.evaluate("video => video.play()")
    eventually(lambda: video_state(video)["time"] > 0.3, what="the video plays")
    state = video_state(video)
    assert state["error"] is None
    assert state["sound"] > 0
    assert state["picture"] > 0
    video.evaluate("video => video.pause()")
    return state
