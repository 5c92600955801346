"""Results as tables, and each number to reach with its verdict."""

import statistics

from . import files_report, kube_report

LABELS = {"direct": "direct ssh", "jump": "ssh -J", "script": "sshd + script", "relay": "Verbatim, not recording",
          "recorded": "Verbatim, recording", "direct-chacha": "direct ssh, chacha20",
          "recorded-chacha": "Verbatim, chacha20 client", "classic": "Verbatim, curve25519 client",
          "shared": "Verbatim, three observers"}
WAYS = {"down": "download", "up": "upload"}


def summary(results):
    """{(kind, way, path): {mib_per_s, ratio, cpu}}: medians over the rounds; a ratio is taken within its round."""
    rounds = {}
    for each in results.get("bulk", []):
        rounds.setdefault((each["kind"], each["way"], each["path"]), {})[each["round"]] = each
    found = {}
    for (kind, way, path), runs in rounds.items():
        base = rounds[kind, way, "direct-chacha" if path.endswith("chacha") else "direct"]
        costs = [run["cpu_s_per_gib"] for run in runs.values() if run["cpu_s_per_gib"] is not None]
        found[kind, way, path] = {
            "mib_per_s": statistics.median(run["mib_per_s"] for run in runs.values()),
            "ratio": statistics.median(run["mib_per_s"] / base[turn]["mib_per_s"] for turn, run in runs.items()),
            "cpu": statistics.median(costs) if costs else None}
    return found


def number(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def tables(results):
    """[(title, [heading], [[cell]])]"""
    found = []
    if "bulk" in results:
        found.append((f"One flow of {results['mib']} MiB, medians of {results['rounds']} rounds",
                      ["bytes", "way", "path", "MiB/s", "of direct", "CPU-s/GiB of the middle"],
                      [[kind, WAYS[way], LABELS[path], number(cell["mib_per_s"], 0), number(cell["ratio"]), number(cell["cpu"])]
                       for (kind, way, path), cell in summary(results).items()]))
    if "parallel" in results:
        cell = results["parallel"]
        found.append(("Downloads at once, every byte checked", ["flows", "sound", "MiB each", "MiB/s in all", "CPU-s/GiB"],
                      [[str(cell["flows"]), str(cell["sound"]), str(cell["mib_each"]), number(cell["mib_per_s"], 0),
                        number(cell["cpu_s_per_gib"])]]))
    if "echo" in results:
        found.append(("Keystroke to echo, microseconds", ["path", "p50", "p99", "added p50", "added p99"],
                      [[LABELS[path], *(number(cell[key], 0) for key in ("p50_us", "p99_us", "added_p50_us", "added_p99_us"))]
                       for path, cell in results["echo"].items()]))
    if "sessions" in results:
        found.append(("Whole sessions (`ssh ... true`)", ["path", "a second, one after another", "a second, 8 at a time",
                      "per CPU-second of the middle, one after another", "the same, 8 at a time"],
                      [[LABELS[path], *(number(cell[how][what], 1) for what in ("per_second", "per_cpu_second")
                                        for how in ("sequential", "parallel"))]
                       for path, cell in results["sessions"].items()]))
    if "memory" in results:
        found.append(("Memory of an idle shell session, KiB", ["path", "sessions", "just opened", "5 s later"],
                      [[LABELS[path], str(cell["sessions"]), number(cell["kib"], 0), number(cell["kib_idle"], 0)]
                       for path, cell in results["memory"].items()]))
    if "files" in results:
        found.append(files_report.table(results["files"], results["rounds"], number))
    return found


def verdicts():
    """([(what, measured, limit, reached)], at_most, at_least): an empty list, and what adds to it."""
    found = []

    def at_most(what, value, limit, digits=2):
        found.append((what, number(value, digits), f"<= {limit}", value <= limit))

    def at_least(what, value, limit, digits=2):
        found.append((what, number(value, digits), f">= {limit}", value >= limit))

    return found, at_most, at_least


def goals(results):
    """[(what, measured, limit, reached)], numbers as text."""
    found, at_most, at_least = verdicts()
    cells = summary(results)
    for way in WAYS if cells else ():
        worst = max(cells[kind, way, "relay"]["cpu"] for kind in ("incompressible", "text"))
        at_most(f"{WAYS[way]}, not recording: CPU-s/GiB", worst, 1.4)
        at_most(f"{WAYS[way]}, not recording: times the floor", worst / results["floor_cpu_s_per_gib"], 2.2)
        at_most(f"{WAYS[way]}, recording, incompressible: CPU-s/GiB", cells["incompressible", way, "recorded"]["cpu"], 1.9)
        at_most(f"{WAYS[way]}, recording, text: CPU-s/GiB", cells["text", way, "recorded"]["cpu"], 2.8)
    if cells:
        at_least("download, recording, incompressible: of direct", cells["incompressible", "down", "recorded"]["ratio"], 0.75)
        at_least("download, recording, text: of direct", cells["text", "down", "recorded"]["ratio"], 0.6)
    if "echo" in results:
        at_most("keystroke echo added, median, us", results["echo"]["recorded"]["added_p50_us"], 80, 0)
        at_most("keystroke echo added, p99, us", results["echo"]["recorded"]["added_p99_us"], 200, 0)
        at_most("keystroke echo added by three observers, median, us",
                results["echo"]["shared"]["p50_us"] - results["echo"]["recorded"]["p50_us"], 20, 0)
    if "memory" in results:
        at_most("memory of an idle recorded session, KiB", results["memory"]["recorded"]["kib_idle"], 128, 0)
    if "sessions" in results:
        at_least("sessions per CPU-second, 8 at a time", results["sessions"]["recorded"]["parallel"]["per_cpu_second"], 250, 0)
        at_least("sessions per CPU-second, one after another",
                 results["sessions"]["recorded"]["sequential"]["per_cpu_second"], 250, 0)
    if "files" in results:
        files_report.goals(results["files"], at_most, at_least)
    return found


def goal_table(results):
    return verdict_table(goals(results))


def verdict_table(found):
    return ("Numbers to reach", ["what", "measured", "to reach", ""],
            [[what, value, limit, "reached" if reached else "short"] for what, value, limit, reached in found])


def kube_tables(results):
    """All of the Kubernetes side, its verdicts first; nothing when it was not measured."""
    if "kube" not in results:
        return []
    found, at_most, at_least = verdicts()
    kube_report.goals(results["kube"], at_most, at_least)
    return [verdict_table(found), *kube_report.tables(results["kube"])]


def text_table(title, heading, rows):
    widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(len(heading))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [heading, *rows]]
    return "\n".join(["", title, "-" * len(title), *lines])


def machine(results):
    at = results["machine"]
    busy = f" **The machine was not idle: load {at['load_before']} before.**" if at["load_before"] > 1 else ""
    return (f"{at['processor']}, {at['cores']} cores; clients, proxy and targets share them.{busy} AES-128-GCM floor "
            f"(one decryption, one encryption, `openssl speed`): {number(results['floor_cpu_s_per_gib'])} CPU-s/GiB.")


def text(results):
    shown = tables(results)
    parts = [machine(results), *(text_table(*table) for table in [*shown, *([goal_table(results)] if shown else [])])]
    if "kube" in results:
        parts += ["", "", "Kubernetes", *(text_table(*table) for table in kube_tables(results))]
    return "\n".join(parts)
