"""A running job for live widgets. Nothing sanitises those, so they follow the front end's theme.

Time runs in the browser: a clock and a bar are animations that begin where the job stands, so
nothing has to be sent while nothing but time has changed, however many jobs run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter._display.html import bounded
from runcomfy_jupyter._display.outputs import box_of
from runcomfy_jupyter._display.running import toward

if TYPE_CHECKING:
    from runcomfy_jupyter._display.shapes import View

# Goes once with each row. The animated numbers are registered as integers, or they would not step.
STYLE = """<style>
@property --rc-minutes{syntax:'<integer>';initial-value:0;inherits:false}
@property --rc-seconds{syntax:'<integer>';initial-value:0;inherits:false}
@keyframes rc-minutes{from{--rc-minutes:0}to{--rc-minutes:60}}
@keyframes rc-seconds{from{--rc-seconds:0}to{--rc-seconds:60}}
@keyframes rc-grow{from{width:0}to{width:98%}}
@keyframes rc-pass{from{left:-30%}to{left:100%}}
@keyframes rc-leave{to{visibility:hidden;font-size:0}}
@keyframes rc-come{to{visibility:visible;font-size:inherit}}
.runcomfy-row{position:relative;margin:0;width:100%;overflow:hidden}
.runcomfy-row>.widget-html{margin:0;width:100%}
.runcomfy-row .widget-html-content{flex:1 1 0;min-width:0}
.runcomfy-row .jp-OutputArea-output{padding:0;margin:0;overflow:hidden}
.runcomfy-row>video{display:block;border-radius:6px}
.runcomfy-row video{display:block;border-radius:6px;overflow:clip}
.runcomfy-row .runcomfy-cancel{flex:0 0 auto;position:absolute;top:12px;right:12px}
.runcomfy-row .runcomfy-cancel-one{flex:0 0 auto;position:absolute;right:2px;width:auto;height:20px;
margin:0 0 2px;padding:0 8px;line-height:18px;font-size:11px}
.runcomfy-live{font-size:13px;line-height:1.5;box-sizing:border-box;
color:var(--jp-ui-font-color1,inherit);font-family:var(--jp-ui-font-family,sans-serif)}
.runcomfy-live .rc-box{display:flex;flex-direction:column;justify-content:flex-end;box-sizing:border-box;
max-width:100%;padding:14px;border-radius:6px;border:1px solid var(--jp-border-color2,rgba(128,128,128,.35));
background:var(--jp-cell-editor-background,rgba(128,128,128,.08))}
.runcomfy-live.rc-beside{display:flex;flex-wrap:wrap;gap:4px 14px;align-items:center}
.runcomfy-live .rc-frame{box-sizing:border-box;max-width:100%;border-radius:6px;
border:1px solid var(--jp-border-color2,rgba(128,128,128,.35));
background:var(--jp-cell-editor-background,rgba(128,128,128,.08))}
.runcomfy-live .rc-words{flex:1 1 200px;min-width:0}
.runcomfy-live .rc-early{animation:rc-leave 1ms forwards}
.runcomfy-live .rc-late{visibility:hidden;font-size:0;animation:rc-come 1ms forwards}
.runcomfy-live .rc-head{display:flex;flex-wrap:wrap;justify-content:space-between;column-gap:12px}
.runcomfy-live .rc-head b{font-weight:600}
.runcomfy-live .rc-dim{color:var(--jp-ui-font-color2,inherit)}
.runcomfy-live .rc-line{font-size:12px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.runcomfy-live .rc-bar{position:relative;height:4px;margin-top:8px;border-radius:2px;overflow:hidden;
background:var(--jp-border-color2,rgba(128,128,128,.35))}
.runcomfy-live .rc-bar div{position:absolute;top:0;bottom:0;left:0;border-radius:2px;
background:var(--jp-brand-color1,#1976d2)}
.runcomfy-live .rc-bar .rc-unknown{width:30%;animation:rc-pass 2.4s ease-in-out infinite}
.runcomfy-live .rc-clock::after{content:counter(rc-m) ":" counter(rc-s,decimal-leading-zero);
counter-reset:rc-m var(--rc-minutes) rc-s var(--rc-seconds);font-variant-numeric:tabular-nums;
animation:rc-minutes 3600s steps(60) infinite,rc-seconds 60s steps(60) infinite;
animation-delay:inherit}
@media (prefers-reduced-motion:reduce){.runcomfy-live .rc-bar .rc-unknown{animation:none;width:0}}
</style>"""


def _prompt(shown: View) -> str:
    """Draw the prompt on one line, to tell a row from the others."""
    prompt = next((line.text for line in shown.lines if line.dim and line.quoted), "")
    return f'<div class="rc-dim rc-line">{bounded(prompt)}</div>' if prompt else ""


def box(shown: View, size: tuple[int, int] | None, told: str = "") -> str:
    """Draw a running job in a box of the size that its video will have, so that nothing jumps.

    `told`: what came of the user's last click.
    """
    _, ratio = box_of(size)
    return (
        f'<div class="runcomfy-live"><div class="rc-box" style="aspect-ratio:{ratio}">'
        f"{_head(shown)}{_bar(shown)}{_trouble(shown)}{_note(told)}</div></div>"
    )


def row(shown: View, size: tuple[int, int] | None, told: str = "") -> str:
    """Draw a running job as one row of many, beside a frame of the size that its video will have there."""
    width, ratio = box_of(size, small=True)
    frame = f'<div class="rc-frame" style="width:{width}px;aspect-ratio:{ratio}"></div>'
    said = f"{_head(shown)}{_prompt(shown)}{_bar(shown)}{_trouble(shown)}{_note(told)}"
    return f'<div class="runcomfy-live rc-beside">{frame}<div class="rc-words">{said}</div></div>'


def _head(shown: View) -> str:
    return (
        f'<div class="rc-head"><b>{bounded(shown.headline)}</b>'
        f'<span class="rc-dim">{_clock(shown)}</span></div>'
    )


def _clock(shown: View) -> str:
    """Draw the figure; the time in it is a clock that goes on by itself."""
    if shown.clock is None:
        return bounded(shown.figure)
    elapsed, typical = shown.clock
    told = bounded(toward(elapsed, typical))
    if typical is not None and elapsed <= typical:
        # The page itself changes the words when that time has passed.
        when = f"animation-delay:{typical - elapsed:.1f}s"
        late = bounded(toward(typical + 1, typical))
        told = f'<span class="rc-early" style="{when}">{told}</span>'
        told += f'<span class="rc-late" style="{when}">{late}</span>'
    return f"{clock(elapsed)}{told}"


def clock(elapsed: float) -> str:
    """Draw a clock that goes on by itself from `elapsed` seconds; its style is in `STYLE`."""
    return f'<span class="rc-clock" style="animation-delay:-{elapsed:.1f}s"></span>'


def _bar(shown: View) -> str:
    since = f"animation-delay:-{shown.clock.elapsed:.1f}s" if shown.clock is not None else ""
    inner = f'<div class="rc-unknown" style="{since}"></div>'
    if shown.clock is not None and shown.clock.typical:
        timing = f"rc-grow {shown.clock.typical:.1f}s linear -{shown.clock.elapsed:.1f}s forwards"
        inner = f'<div style="animation:{timing}"></div>'
    elif shown.progress is not None:
        inner = f'<div style="width:{100 * min(1.0, shown.progress):.1f}%"></div>'
    return f'<div class="rc-bar" aria-hidden="true">{inner}</div>'


def _trouble(shown: View) -> str:
    return "".join(_note(line.text) for line in shown.lines if not line.dim)


def _note(text: str) -> str:
    return f'<div style="margin-top:6px">{bounded(text)}</div>' if text else ""
