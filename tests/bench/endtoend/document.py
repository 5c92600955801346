"""Puts the figures into docs/performance.md, between its two marks, and draws docs/performance.svg."""

from . import chart, report

BEGIN, END = "<!-- figures: written by tests/run bench --docs -->", "<!-- end of figures -->"


def markdown_table(title, heading, rows):
    lines = [heading, ["---"] * len(heading), *rows]
    return f"### {title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(folder, results):
    page = folder / "performance.md"
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} lacks the marks between which the figures stand")
    parts = [report.machine(results), "![Throughput and cost of one flow](performance.svg)",
             *(markdown_table(*table) for table in [report.goal_table(results), *report.tables(results)])]
    page.write_text(f"{before}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{after}")
    if "bulk" in results:
        (folder / "performance.svg").write_text(chart.draw(results))
