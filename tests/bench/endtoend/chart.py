"""The plot of the bulk figures: bars, as SVG without any library."""

from xml.sax.saxutils import escape

from . import report

WIDTH, LEFT, BAR, GAP, PANEL = 860, 190, 18, 6, 300
COLOURS = {"direct": "#7f8c8d", "jump": "#b08d57", "script": "#c0392b", "relay": "#5dade2", "recorded": "#1f618d"}


def words(x, y, text, size=12, anchor="start", weight="normal"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}">'
            f"{escape(text)}</text>")


def bar(x, y, length, colour, label):
    return [f'<rect x="{x:.0f}" y="{y:.0f}" width="{max(length, 1):.0f}" height="{BAR}" fill="{colour}"/>',
            words(x + length + 5, y + BAR - 5, label, 11)]


def draw(results):
    """One group of bars for each kind and way; at the left what share of direct ssh's rate is kept, at the
    right what the middle spends. A bar too long for its panel is cut and says its number."""
    cells = report.summary(results)
    groups = list(dict.fromkeys(key[:2] for key in cells))
    y, shapes = 64, [words(LEFT, 40, "share of direct ssh's rate", weight="bold"),
                     words(LEFT + PANEL + 60, 40, "CPU-s/GiB of the middle", weight="bold"),
                     words(10, 40, f"one flow of {results['mib']} MiB", weight="bold")]
    for kind, way in groups:
        shapes.append(words(10, y + 8, f"{report.WAYS[way]}, {kind}", 12, weight="bold"))
        y += 16
        for path, colour in COLOURS.items():
            cell = cells.get((kind, way, path))
            if not cell:
                continue
            shapes.append(words(LEFT - 8, y + BAR - 5, report.LABELS[path], 11, "end"))
            shapes += bar(LEFT, y, min(cell["ratio"], 1.15) * PANEL / 1.3, colour, f"{cell['ratio']:.2f}")
            if cell["cpu"] is not None:
                shapes += bar(LEFT + PANEL + 60, y, min(cell["cpu"], 4) * (PANEL - 60) / 4, colour, f"{cell['cpu']:.2f}")
            y += BAR + GAP
        y += 18
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
            f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n' + "\n".join(shapes) + "\n</svg>\n")
