"""Puts the figures into docs/performance.md, between its marks, and draws docs/performance.svg. What was not
measured keeps its older figures."""

from . import chart, report

SSH = "<!-- figures: written by tests/run bench --docs -->", "<!-- end of figures -->"
KUBERNETES = "<!-- Kubernetes figures: written by tests/run bench --docs -->", "<!-- end of Kubernetes figures -->"


def markdown_table(title, heading, rows):
    lines = [heading, ["---"] * len(heading), *rows]
    return f"### {title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


def put(text, marks, parts):
    """`parts` between the two marks, instead of what stands there."""
    before, begin, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not begin or not end:
        raise SystemExit(f"the page lacks the marks between which figures stand: {marks[0]}")
    return f"{before}{begin}\n\n" + "\n\n".join(parts) + f"\n\n{end}{after}"


def write(folder, results):
    page = folder / "performance.md"
    text = page.read_text()
    if tables := report.tables(results):
        text = put(text, SSH, [report.machine(results), "![Throughput and cost of one flow](performance.svg)",
                               *(markdown_table(*table) for table in [report.goal_table(results), *tables])])
    if tables := report.kube_tables(results):
        text = put(text, KUBERNETES, [report.machine(results), *(markdown_table(*table) for table in tables)])
    page.write_text(text)
    if "bulk" in results:
        (folder / "performance.svg").write_text(chart.draw(results))
