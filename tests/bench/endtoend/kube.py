"""kubectl exec and API requests, directly and through the proxy: bulk, keystrokes, many at once, plain GETs.

The API server is tests/fakekube, so its share of a processor is Kubernetes' own stream code."""

import contextlib
import pathlib
import subprocess
import time

from support import kubectl, tools
from support.client import Client
from support.fakekube import FakeKube
from support.kube_raw import TlsClient
from support.proxy import Proxy
from support.terminal import Terminal

from . import processes
from .echo import READY, percentile

GIB, MIB = 1 << 30, 1 << 20


class Scene(contextlib.ExitStack):
    """One API server, one proxy, and a way to each: {"direct": User, "recorded": User}."""

    def __init__(self, folder):
        super().__init__()
        folder = pathlib.Path(folder) / "kube"
        folder.mkdir()
        self.kube = FakeKube(folder / "cluster").start()
        self.callback(self.kube.stop)
        key = Client(folder / "key").key
        self.proxy = Proxy(folder / "proxy", users={"alice": [key]}, targets={}, clusters={"prod": self.kube.kubeconfig})
        kubeconfig = self.proxy.make_kubeconfig(folder / "alice.kubeconfig")
        self.proxy.start()
        self.callback(self.proxy.stop)
        self.users = {"direct": kubectl.User(folder / "direct", self.kube.kubeconfig),
                      "recorded": kubectl.User(folder / "recorded", kubeconfig)}
        self.programs = {program.transport: program for program in kubectl.pair()}

    def cpu(self):
        return processes.own_cpu(self.proxy.process.pid)

    def settle(self):
        tools.wait_until(lambda: not self.proxy.unfinished(), "recordings to be finished", 60)


def transfer(scene, path, transport, file, way, size):
    user, program = scene.users[path], scene.programs[transport]
    down = way == "down"
    command = ["exec", *([] if down else ["-i"]), "bb", "--", "/bin/sh", "-c", f"head -c {size} {file}" if down else "cat >/dev/null"]
    with open(file, "rb") as source, open("/dev/null", "r+b") as nothing:
        before, began = scene.cpu(), time.perf_counter()
        done = subprocess.run(user.command(program, *command), stdin=nothing if down else source, stdout=nothing,
            stderr=subprocess.PIPE, timeout=600, env=user.environment(), check=False)
        seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{path} {transport}: {done.stderr.decode(errors='replace')}")
    scene.settle()
    return {"transport": transport, "way": way, "path": path, "seconds": seconds, "mib_per_s": size / MIB / seconds,
            "cpu_s_per_gib": (scene.cpu() - before) * GIB / size if path == "recorded" else None}


def echoes(scene, transport, count):
    """Median and 99th percentile of a keystroke's way and back, microseconds, and what the proxy adds."""
    samples, terminals = {}, {}
    script = f"stty raw -echo; printf {READY.decode()}; exec cat"
    try:
        for path, user in scene.users.items():
            command = user.command(scene.programs[transport], "exec", "-it", "bb", "--", "/bin/sh", "-c", script)
            terminals[path] = Terminal(command, env=user.environment())
            terminals[path].expect(READY)
            samples[path] = []
        for turn in range(4):
            for path, terminal in terminals.items():
                for number in range(count // 4 + 20):
                    began = time.perf_counter_ns()
                    terminal.send(b"k")
                    while b"k" not in terminal.shown[terminal.seen:]:
                        terminal._read(1)
                    ended = time.perf_counter_ns()
                    terminal.seen = len(terminal.shown)
                    if number >= 20:
                        samples[path].append((ended - began) / 1e3)
                    time.sleep(0.002)
    finally:
        for terminal in terminals.values():
            terminal.close()
    found = {path: {"p50_us": percentile(taken, 0.5), "p99_us": percentile(taken, 0.99)} for path, taken in samples.items()}
    found["added_p50_us"] = found["recorded"]["p50_us"] - found["direct"]["p50_us"]
    return found


def at_once(scene, transport, count):
    """`count` execs that all run at the same time; how many were sound, and the proxy's memory meanwhile."""
    user, program = scene.users["recorded"], scene.programs[transport]
    command = user.command(program, "exec", "-i", "bb", "--", "/bin/sh", "-c", "echo begun; read line; echo $line")
    before, began = processes.tree_pss_kib(scene.proxy.process.pid), time.perf_counter()
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=user.environment()) for _ in range(count)]
    begun = sum(process.stdout.readline() == b"begun\n" for process in running)
    used = processes.tree_pss_kib(scene.proxy.process.pid) - before
    sound = sum(process.communicate(b"%d\n" % number)[0] == b"%d\n" % number for number, process in enumerate(running))
    return {"count": count, "begun": begun, "sound": sound, "kib_each": used / count, "seconds": time.perf_counter() - began}


def plain_gets(scene, user_files, count):
    """GETs one after another on one connection; by processor second of the proxy, which is by core."""
    before, began = scene.cpu(), time.perf_counter()
    with TlsClient(scene.proxy.kube_port, *user_files) as client:
        for _ in range(count):
            client.request("GET", "/api/v1/namespaces/default/pods/bb", ["Accept: application/json"])
            head, _ = client.answer()
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode(errors="replace"))
    used = scene.cpu() - before
    return {"count": count, "per_second": count / (time.perf_counter() - began), "per_cpu_second": count / used}


def measure(folder, file, size, keystrokes, execs, gets, note):
    with Scene(folder) as scene:
        results = {"mib": size // MIB, "bulk": [], "echo": {}, "at_once": {}}
        for transport in scene.programs:
            for way in ("down", "up"):
                for path in ("direct", "recorded"):
                    results["bulk"].append(transfer(scene, path, transport, file, way, size))
            results["echo"][transport] = echoes(scene, transport, keystrokes)
            results["at_once"][transport] = at_once(scene, transport, execs)
            note(f"kubectl by {transport}")
        results["gets"] = plain_gets(scene, scene.users["recorded"].certificate_files(), gets)
        note("API requests")
    return results


def tables(results):
    """As report.tables."""
    bulk = [[each["transport"], each["way"], each["path"], f"{each['mib_per_s']:.0f}",
             "-" if each["cpu_s_per_gib"] is None else f"{each['cpu_s_per_gib']:.2f}"] for each in results["bulk"]]
    echo = [[transport, *(f"{cell[path][key]:.0f}" for path in ("direct", "recorded") for key in ("p50_us", "p99_us")),
             f"{cell['added_p50_us']:.0f}"] for transport, cell in results["echo"].items()]
    once = [[transport, str(cell["count"]), str(cell["sound"]), f"{cell['kib_each']:.0f}"] for transport, cell in results["at_once"].items()]
    gets = results["gets"]
    return [(f"kubectl exec, {results['mib']} MiB that do not compress", ["transport", "way", "path", "MiB/s", "CPU-s/GiB of the proxy"], bulk),
            ("kubectl exec -it, keystroke to echo, microseconds", ["transport", "direct p50", "p99", "recorded p50", "p99", "added p50"], echo),
            ("kubectl exec at once", ["transport", "execs", "sound", "KiB each"], once),
            ("GETs of a pod, logged durably", ["a second on one connection", "per CPU-second of the proxy"],
             [[f"{gets['per_second']:.0f}", f"{gets['per_cpu_second']:.0f}"]])]
