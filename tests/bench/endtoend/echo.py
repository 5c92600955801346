"""Keystrokes: one byte typed, until the target's echo of it is back."""

import os
import time

from support.terminal import Terminal

READY = b"=ready="
PERIOD_NS = 5_000_000  # 200 keystrokes a second: no queue ever forms


class Typist:
    """One long-lived ssh on a terminal of ours; at the other end cat sends every byte back."""

    def __init__(self, path):
        command = path.command("-tt", "--", f"stty raw -echo; printf {READY.decode()}; exec cat")
        self.terminal = Terminal(command, env=path.client.environment({"TERM": "xterm"}))
        self.terminal.expect(READY)
        self.samples = []

    def type(self, count, keep=True):
        """Blocking calls only, the clock right around them: what Python adds is the same on every path."""
        master, clock, samples = self.terminal.master, time.perf_counter_ns, []
        due = clock()
        for _ in range(count):
            due += PERIOD_NS
            time.sleep(max(0, due - clock()) / 1e9)
            began = clock()
            os.write(master, b"k")
            answer = os.read(master, 64)
            ended = clock()
            if answer != b"k":
                raise RuntimeError(f"typed k, read {answer!r}")
            samples.append(ended - began)
        if keep:
            self.samples += samples

    def close(self):
        self.terminal.close()


def percentile(samples, part):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def measure(scene, names, count, turns):
    """{path: {p50_us, p99_us, added_p50_us, added_p99_us}}; the paths take turns."""
    typists = {name: Typist(scene.paths[name]) for name in names}
    try:
        for typist in typists.values():
            typist.type(100, keep=False)
        for turn in range(turns):
            for typist in typists.values():
                typist.type(10, keep=False)  # the caches of the one before are still warm
                typist.type(count // turns)
    finally:
        for typist in typists.values():
            typist.close()
    results = {}
    for name, typist in typists.items():
        results[name] = {f"p{part}_us": percentile(typist.samples, part / 100) / 1e3 for part in (50, 99)}
        for part in (50, 99):
            results[name][f"added_p{part}_us"] = results[name][f"p{part}_us"] - results["direct"][f"p{part}_us"]
        scene.paths[name].settle()
    return results
