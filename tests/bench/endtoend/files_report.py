"""The results of moving files as tables, and their numbers to reach."""

import statistics

# Of one large file at least this share of the direct rate; of everything else at most this much of its time.
BULK_SHARE, LONGEST = 0.65, 1.15


def summary(results):
    """{job: {mib, direct, jump, recorded, ratio, cpu, cpu_per_gib}}: medians over the rounds, seconds; the ratio,
    of the time through the proxy to direct, is taken within its round."""
    found = {}
    for name in dict.fromkeys(each["job"] for each in results):
        runs = [each for each in results if each["job"] == name]
        direct, jump, recorded = ({run["round"]: run for run in runs if run["path"] == path}
                                  for path in ("direct", "jump", "recorded"))
        costs = [run["cpu_s_per_gib"] for run in recorded.values() if run["cpu_s_per_gib"] is not None]
        found[name] = {
            "mib": runs[0]["mib"],
            "direct": statistics.median(run["seconds"] for run in direct.values()),
            "jump": statistics.median(run["seconds"] for run in jump.values()),
            "recorded": statistics.median(run["seconds"] for run in recorded.values()),
            "ratio": statistics.median(run["seconds"] / direct[turn]["seconds"] for turn, run in recorded.items()),
            "cpu": statistics.median(run["cpu_s"] for run in recorded.values()),
            "cpu_per_gib": statistics.median(costs) if costs else None}
    return found


def is_bulk(name):
    return "one file" in name


def table(results, rounds, number):
    return (f"Files, medians of {rounds} rounds",
            ["what", "MiB", "direct, s", "ssh -J, s", "Verbatim, s", "times direct", "CPU-s of the proxy", "CPU-s/GiB"],
            [[name, number(cell["mib"], 0), number(cell["direct"]), number(cell["jump"]), number(cell["recorded"]), number(cell["ratio"]),
              number(cell["cpu"]), number(cell["cpu_per_gib"])] for name, cell in summary(results).items()])


def goals(results, at_most, at_least):
    for name, cell in summary(results).items():
        if is_bulk(name):
            at_least(f"{name}: of direct's rate", 1 / cell["ratio"], BULK_SHARE)
        else:
            at_most(f"{name}: times direct", cell["ratio"], LONGEST)
