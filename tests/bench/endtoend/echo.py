"""Keystrokes: one byte typed, until the target's echo of it is back."""

import contextlib
import os
import subprocess
import time

from support import tools
from support.proxy import binary
from support.terminal import Terminal

READY = b"=ready="
SCRIPT = f"stty raw -echo; printf {READY.decode()}; exec cat"
OBSERVERS = 3
PERIOD_NS = 5_000_000  # 200 keystrokes a second: no queue ever forms


class Typist:
    """One long-lived client on a terminal of ours that runs SCRIPT: cat sends every byte back."""

    def __init__(self, command, environment):
        self.terminal = Terminal(command, env=environment)
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

    def hear(self, count, words):
        """What the proxy tells the owner stands on his terminal before the clock runs."""
        for _ in range(count):
            self.terminal.expect(words)

    def close(self):
        self.terminal.close()


def percentile(samples, part):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


@contextlib.contextmanager
def observed(proxy, mark):
    """Others watch the one session that has begun since the mark, until the end of the block."""
    sid = proxy.wait_event("session.start", mark)["sid"]
    watching = [subprocess.Popen([binary(), "join", "-c", str(proxy.config), sid], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(OBSERVERS)]
    try:
        tools.wait_until(lambda: len([e for e in proxy.events("session.join") if e["sid"] == sid]) == OBSERVERS, "observers")
        yield
    finally:
        for each in watching:
            tools.stop(each)


def compare(clients, count, turns, company=None):
    """{name: {p50_us, p99_us, added_p50_us, added_p99_us}} of {name: (command, environment)}, "direct" among
    them; they take turns. `company`: {name: the proxy whose newest session others watch}."""
    typists, around = {}, contextlib.ExitStack()
    try:
        for name, client in clients.items():
            proxy = (company or {}).get(name)
            mark = proxy.mark() if proxy else 0
            typists[name] = Typist(*client)
            if proxy:
                around.enter_context(observed(proxy, mark))
                typists[name].hear(OBSERVERS, b"has joined as observer\r\n")
            typists[name].type(100, keep=False)
        for turn in range(turns):
            for typist in typists.values():
                typist.type(10, keep=False)  # the caches of the one before are still warm
                typist.type(count // turns)
    finally:
        around.close()
        for typist in typists.values():
            typist.close()
    results = {}
    for name, typist in typists.items():
        results[name] = {f"p{part}_us": percentile(typist.samples, part / 100) / 1e3 for part in (50, 99)}
        for part in (50, 99):
            results[name][f"added_p{part}_us"] = results[name][f"p{part}_us"] - results["direct"][f"p{part}_us"]
    return results


def measure(scene, names, count, turns):
    paths = {name: scene.paths[name] for name in names}
    clients = {name: (path.command("-tt", "--", SCRIPT), path.client.environment({"TERM": "xterm"}))
               for name, path in paths.items()}
    results = compare({**clients, "shared": clients["recorded"]}, count, turns, {"shared": paths["recorded"].proxy})
    for path in paths.values():
        path.settle()
    return results
