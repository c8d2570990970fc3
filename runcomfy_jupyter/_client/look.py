"""A quick look at a file that a request names by its address: will RunComfy be able to fetch it?

Without the token and without the file: one byte is asked for, and none is kept. What is found is
a warning and never an error, since RunComfy may see the host differently from here.
"""

from __future__ import annotations

import asyncio
import re

import httpx

from runcomfy_jupyter._client.addresses import is_local
from runcomfy_jupyter._client.body import FAILURES, MOST_REDIRECTS, REDIRECTS, host_of, why
from runcomfy_jupyter._client.lanes import Lanes, answer
from runcomfy_jupyter._client.outputs import is_address
from runcomfy_jupyter._client.words import plain
from runcomfy_jupyter._domain.words import megabytes
from runcomfy_jupyter.errors import InputError

_MB = 1_000_000
# Source: the given API page of `openai/sora-2/text-to-video`, "4. File inputs".
_LARGEST = {"image": 50 * _MB, "video": 100 * _MB}
_LOGIN = frozenset({401, 403, 407})
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_ANYTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_RANGE = re.compile(r"bytes (?:\d{1,18}-\d{1,18}|\*)/(\d{1,18})")
_PUBLIC = "RunComfy needs a public https address of the file itself"


async def look(
    url: str,
    medium: str,
    *,
    timeout: float = 3.0,  # noqa: ASYNC109 - of the whole look, and never an error
    transport: httpx.AsyncBaseTransport | None = None,
) -> str | None:
    """Return one sentence about what speaks against an address, or None.

    `medium`: image, video or audio; empty where any file will do. `timeout`: seconds for all of it.
    """
    what = f"The {medium or 'file'}"
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL:
        target = httpx.URL()
    if target.scheme != "https" or not is_address(url):
        return f"{what} has no address that begins with https://: {_PUBLIC}."
    what = f"{what} at {host_of(target)}"
    if is_local(target.raw_host.decode()):
        return f"{what} is inside your own network: {_PUBLIC}."
    try:
        async with asyncio.timeout(timeout), transport or Lanes(most=1, keep=timeout) as lanes:
            finding = await _finding(lanes, target, medium, timeout)
    except FAILURES as failure:
        finding = f"could not be looked at from here, {why(failure)}: {_PUBLIC}"
    except InputError:  # the environment's proxy; whatever is sent next says more of it
        return None
    return f"{what} {finding}." if finding else None


async def _finding(lanes: httpx.AsyncBaseTransport, target: httpx.URL, medium: str, seconds: float) -> str:
    for _ in range(MOST_REDIRECTS + 1):
        async with answer(target, seconds, lanes, Range="bytes=0-0") as response:
            if response.status_code not in REDIRECTS:
                return _judged(response, medium)
            onward = response.headers.get("location", "")
        try:
            target = target.join(onward)
            readable = is_address(str(target))
        except httpx.InvalidURL:
            readable = False
        if not readable or target.scheme != "https":
            return f"leads on to an address that is not https: {_PUBLIC}"
    return f"leads on and on: {_PUBLIC}"


def _judged(response: httpx.Response, medium: str) -> str:
    http = response.status_code
    if http in _LOGIN:
        return f"asks for a login or refuses it (HTTP {http}): {_PUBLIC}"
    if http >= 400 and http != 416:  # noqa: PLR2004 - HTTP's errors, without "no such range"
        return f"cannot be fetched (HTTP {http}): {_PUBLIC}"
    kind = plain(response.headers.get("content-type", "").partition(";")[0], 60).lower()
    if kind in _PAGES:
        return f"is a web page, perhaps a login page: {_PUBLIC}"
    if medium and kind not in _ANYTHING and not kind.startswith(f"{medium}/"):
        return f"is of the type {kind}, which is no {medium}"
    size, largest = _size(response), _LARGEST.get(medium)
    if largest and size > largest:
        return f"has {megabytes(size)}; RunComfy recommends at most {megabytes(largest)}"
    return ""


def _size(response: httpx.Response) -> int:
    """Return how large the whole file is, 0 if the host does not say."""
    if part := _RANGE.fullmatch(response.headers.get("content-range", "").strip()):
        return int(part[1])
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0
