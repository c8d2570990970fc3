from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.polling import eventually

if TYPE_CHECKING:
    from support.kernels import Kernel

LOOK = """
def look():
    import asyncio, sys, threading
    shell = get_ipython()
    completer = shell.Completer
    return {
        "magics": {kind: sorted(found) for kind, found in shell.magics_manager.magics.items()},
        "events": {name: sorted(map(repr, found)) for name, found in shell.events.callbacks.items()},
        "names": sorted(name for name in shell.user_ns if not name.startswith("_")),
        "extensions": sorted(shell.extension_manager.loaded),
        # IPython itself makes this one when %load_ext is first used.
        "configurables": sorted({type(one).__name__ for one in shell.configurables} - {"ExtensionMagics"}),
        "transformers": list(map(repr, shell.input_transformers_cleanup + shell.input_transformers_post)),
        "matchers": [
            len(getattr(completer, name, ()))
            for name in ("custom_matchers", "magic_arg_matchers", "matchers")
        ],
        "exceptions": [str(one) for one in getattr(shell, "custom_exceptions", ())],
        "hooks": [repr(sys.excepthook), repr(threading.excepthook), repr(sys.displayhook)],
        "loop": [asyncio.run.__module__, asyncio.BaseEventLoop.run_until_complete.__module__],
        "formatters": {key: len(f.type_printers) for key, f in shell.display_formatter.formatters.items()},
    }
def threads():
    import threading
    # pyzmq starts one of its own with the first large message.
    return [one.name for one in threading.enumerate() if not type(one).__module__.startswith("zmq.")]
"""
MAKE = "%%sora clip --seconds 4\nA paper boat"

pytestmark = pytest.mark.kernel


def test_unloading_leaves_the_shell_as_it_was(kernel: Kernel) -> None:
    """%load_ext adds the magics and nothing else; %unload_ext, even after a job, takes everything away."""
    kernel.run(LOOK)
    before, threads = kernel.value("look()"), kernel.value("threads()")

    assert kernel.run("%load_ext runcomfy_jupyter").status == "ok"
    loaded = kernel.value("look()")
    assert kernel.run(MAKE).status == "ok"
    eventually(lambda: kernel.value("clip.state") == "succeeded", what="the clip is there")
    kernel.run("del clip")
    unloaded = kernel.run("%unload_ext runcomfy_jupyter")

    assert unloaded.status == "ok", unloaded.text
    assert set(loaded["magics"]["line"]) - set(before["magics"]["line"]) == {"sora"}
    assert set(loaded["magics"]["cell"]) - set(before["magics"]["cell"]) == {"sora"}
    assert loaded["names"] == before["names"]
    assert loaded["events"] == before["events"]
    assert kernel.value("look()") == before
    eventually(lambda: set(kernel.value("threads()")) <= set(threads), what="its thread has ended")


def test_loading_again_works(kernel: Kernel) -> None:
    """The extension can be loaded again after it was unloaded, and reloaded."""
    for line in ("%load_ext", "%unload_ext", "%load_ext", "%reload_ext"):
        cell = kernel.run(f"{line} runcomfy_jupyter")
        assert (cell.status, cell.text) == ("ok", "")
    assert kernel.run("%sora").status == "ok"
