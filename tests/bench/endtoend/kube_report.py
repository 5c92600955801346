"""The results of the Kubernetes side as tables, and its numbers to reach."""

import statistics

TRANSPORTS = {"spdy": "SPDY", "websocket": "WebSocket"}
LABELS = {"direct": "direct", "recorded": "Verbatim, recording"}
WAYS = {"down": "download", "up": "upload"}
CONNECTIONS = {"one": "1", "many": "16"}


def summary(results):
    """{(transport, kind, way, path): {mib_per_s, ratio, cpu}}: medians over the rounds; a ratio is taken within
    its round."""
    rounds = {}
    for each in results["bulk"]:
        key = each["transport"], each["kind"], each["way"], each["path"]
        rounds.setdefault(key, {})[each["round"]] = each
    found = {}
    for key, runs in rounds.items():
        base = rounds[(*key[:3], "direct")]
        costs = [run["cpu_s_per_gib"] for run in runs.values() if run["cpu_s_per_gib"] is not None]
        found[key] = {"mib_per_s": statistics.median(run["mib_per_s"] for run in runs.values()),
                      "ratio": statistics.median(run["mib_per_s"] / base[turn]["mib_per_s"] for turn, run in runs.items()),
                      "cpu": statistics.median(costs) if costs else None}
    return found


def number(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def tables(results):
    """As report.tables."""
    many, watches = results["many"], results["watches"]
    return [
        (f"kubectl exec of {results['mib']} MiB, medians of {results['rounds']} rounds",
         ["bytes", "transport", "way", "path", "MiB/s", "of direct", "CPU-s/GiB of the proxy"],
         [[kind, TRANSPORTS[transport], WAYS[way], LABELS[path], number(cell["mib_per_s"], 0), number(cell["ratio"]),
           number(cell["cpu"])] for (transport, kind, way, path), cell in summary(results).items()]),
        ("kubectl exec -it, keystroke to echo, microseconds",
         ["transport", "path", "p50", "p99", "added p50", "added p99"],
         [[TRANSPORTS[transport], LABELS[path],
           *(number(cell[key], 0) for key in ("p50_us", "p99_us", "added_p50_us", "added_p99_us"))]
          for transport, cells in results["echo"].items() for path, cell in cells.items()]),
        ("Execs at once, half of them by each transport",
         ["execs", "sound", "with a recording", "seconds in all", "CPU-ms each", "KiB each"],
         [[str(many["count"]), str(many["sound"]), str(many["recorded"]), number(many["seconds"], 1),
           number(many["cpu_ms_each"], 1), number(many["kib_each"], 0)]]),
        ("GETs of a pod, each in the audit log before it is answered",
         ["path", "connections", "a second", "per CPU-second of the proxy"],
         [[LABELS[path], CONNECTIONS[at_once], number(cell["per_second"], 0), number(cell["per_cpu_second"], 0)]
          for path, cells in results["requests"].items() for at_once, cell in cells.items()]),
        ("Watches on which nothing happens",
         ["watches", "KiB each, just opened", "KiB each, 3 s later", "CPU-ms to open one"],
         [[str(watches["count"]), number(watches["kib"], 0), number(watches["kib_idle"], 0), number(watches["cpu_ms"], 1)]])]


def goals(results, at_most, at_least):
    cells = summary(results)
    for transport, name in TRANSPORTS.items():
        for way, label in WAYS.items():
            recorded = [cells[transport, kind, way, "recorded"] for kind in ("incompressible", "text")]
            at_least(f"kubectl exec, {name}, {label}: of direct, the lesser of both kinds of bytes",
                     min(cell["ratio"] for cell in recorded), 0.85)
            at_most(f"kubectl exec, {name}, {label}: CPU-s/GiB, the greater", max(cell["cpu"] for cell in recorded), 3)
    for transport, paths in results["echo"].items():
        at_most(f"kubectl exec -it, {TRANSPORTS[transport]}: echo added, median, us", paths["recorded"]["added_p50_us"],
                100, 0)
    many = results["many"]
    at_least("execs at once: sound and recorded", min(many["sound"], many["recorded"]), many["count"], 0)
    for at_once, cell in results["requests"]["recorded"].items():
        at_least(f"GETs per CPU-second, connections: {CONNECTIONS[at_once]}", cell["per_cpu_second"], 500, 0)
    at_most("memory of an idle watch, KiB", results["watches"]["kib_idle"], 64, 0)
