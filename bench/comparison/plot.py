# SPDX-License-Identifier: MIT
"""The results as a picture: a panel of bars per workload, as SVG."""
from html import escape

from .results import FLOOR, KINDS, USHERD, unit_of
from .servers import PEER

WIDTH = 760
LABELS = 90  # room for the names
FIGURES = 190  # room for the figures
BAR = 16
STEP = 22
MARGIN = 24
HEAD = 44  # of a panel
GAP = 22  # between panels

INK = "#1f2328"
FAINT = "#636c76"
COLOURS = {USHERD: "#0a7d55", FLOOR: "#c9ced6"}
PEERS = "#6b8fc9"
REFERENCES = "#b9a6d3"
VERDICTS = {"met": "#0a7d55", "missed": "#b3261e", "unknown": FAINT}


def text(x, y, content, size=13, fill=INK, weight="normal", anchor="start"):
    """A line of text with its baseline at `y`."""
    return (f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}" font-weight="{weight}"'
            f' text-anchor="{anchor}">{escape(content)}</text>')


def colour_of(name):
    """usherd and the floor have colours of their own."""
    return COLOURS.get(name, PEERS if KINDS[name] == PEER else REFERENCES)


def verdict_of(goals):
    """The goals of a panel in few words, and their colour."""
    if not goals:
        return "", FAINT
    words = [f"{goal.what} " + ("unknown" if goal.ratio is None else f"{goal.ratio:.2f}")
             + f" of {goal.against}’s (goal: {goal.limit:.2f})" for goal in goals]
    verdicts = {goal.verdict for goal in goals}
    worst = next(verdict for verdict in ("missed", "unknown", "met") if verdict in verdicts)
    return "; ".join(words) + f": {worst}", VERDICTS[worst]


def bar(results, workload, name, y, scale):
    """A server's bar, its name, its figure, and the ratio to the yardstick."""
    value = results.median(workload, name)
    ratio = results.ratio(workload, name, results.yardstick(workload))
    weight = "bold" if name == USHERD else "normal"
    figures = f"{value:.2f}" + ("" if ratio is None else f" (×{ratio:.2f})")
    width = max(1, value * scale)
    return [
        text(MARGIN + LABELS - 8, y + BAR - 4, name, weight=weight, anchor="end"),
        f'<rect x="{MARGIN + LABELS}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"'
        f' fill="{colour_of(name)}"/>',
        text(MARGIN + LABELS + width + 8, y + BAR - 4, figures, weight=weight),
    ]


def panel(results, workload, top):
    """The panel of a workload, and where it ends."""
    names = results.servers_by_value(workload)
    most = max(results.median(workload, name) for name in names)
    scale = (WIDTH - 2 * MARGIN - LABELS - FIGURES) / most
    verdict, colour = verdict_of(results.goals(workload))
    parts = [text(MARGIN, top + 14, workload.title, size=15, weight="bold"),
             text(WIDTH - MARGIN, top + 14, unit_of(workload), fill=FAINT, anchor="end"),
             text(MARGIN, top + 32, verdict, size=12, fill=colour)]
    y = top + HEAD
    for name in names:
        parts += bar(results, workload, name, y, scale)
        y += STEP
    return parts, y + GAP


def render(results, machine):
    """The picture as SVG text."""
    parts = []
    y = MARGIN
    parts.append(text(MARGIN, y + 12, "usherd beside its peers: less is better", 18,
                      weight="bold"))
    parts.append(text(MARGIN, y + 32, f"{machine}. In brackets: the ratio to the best peer; of"
                      " memory: to nginx.", 12, FAINT))
    y += 60
    for workload in results.workloads:
        if results.samples[workload.name]:
            block, y = panel(results, workload, y)
            parts += block
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}"'
        f' viewBox="0 0 {WIDTH} {y}" font-family="system-ui, sans-serif" role="img">',
        "<title>Server CPU per request and memory of usherd and its peers</title>",
        f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>', *parts, "</svg>", ""])
