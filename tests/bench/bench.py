#!/usr/bin/python3 -B
"""The benchmark: what the proxy costs beside a direct ssh, a jump host, sshd with script(1), and a direct kubectl.

Prints tables, writes build/bench/results.json, and with --docs also docs/performance.md's figures and
its plot. Numbers that fall short are named, they are no failure: the exit code is 0 when all was measured."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests/integration"))

from endtoend import bulk, document, echo, files, floor, kube, memory, processes, report, sessions  # noqa: E402
from endtoend.paths import ProxyPath, Scene  # noqa: E402

PARTS = ("bulk", "parallel", "echo", "sessions", "memory", "files", "kube")


def arguments():
    parser = argparse.ArgumentParser(prog="tests/run bench", description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / "build/release/verbatim"))
    parser.add_argument("--quick", action="store_true", help="smaller amounts; under 90 seconds, and 60 for kube")
    parser.add_argument("--mib", type=int, help="of one bulk transfer (1024; quick: 256)")
    parser.add_argument("--rounds", type=int, help="of the bulk transfers (3; quick: 1)")
    parser.add_argument("--keystrokes", type=int, help="for each path (2000; quick: 400)")
    parser.add_argument("--sessions", type=int, help="whole sessions for each path (100; quick: 20)")
    parser.add_argument("--idle", type=int, help="idle sessions (100; quick: 20)")
    parser.add_argument("--small-files", type=int, help="of 4 KiB each (10000; quick: 1000)")
    parser.add_argument("--git-mib", type=int, help="of the repository that is cloned (100; quick: 20)")
    parser.add_argument("--kube-mib", type=int, help="of one kubectl exec (100; quick: 32)")
    parser.add_argument("--execs", type=int, help="at once through the Kubernetes API (200; quick: 40)")
    parser.add_argument("--gets", type=int, help="requests to the Kubernetes API (8000; quick: 1000)")
    parser.add_argument("--watches", type=int, help="held open at the Kubernetes API (500; quick: 200)")
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts to run, of {','.join(PARTS)}")
    parser.add_argument("--folder", help="where recordings go while it runs; a real disk (the temporary folder)")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md's figures and plot")
    given = parser.parse_args()
    for name, full, quick in (("mib", 1024, 256), ("rounds", 3, 1), ("keystrokes", 2000, 400),
                              ("sessions", 100, 20), ("idle", 100, 20), ("small_files", files.SMALL_FILES, 1000),
                              ("git_mib", 100, 20), ("kube_mib", 100, 32), ("execs", 200, 40),
                              ("gets", 8000, 1000), ("watches", 500, 200)):
        if getattr(given, name) is None:
            setattr(given, name, quick if given.quick else full)
    given.only = given.only.split(",")
    if unknown := set(given.only) - set(PARTS):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    return given


def note(text, began=time.monotonic()):
    print(f"[{time.monotonic() - began:5.0f} s] {text}", file=sys.stderr, flush=True)


def measure(given, scene, folder, memory_folder, sources):
    size = given.mib << 20
    results = {"machine": processes.machine(), "mib": given.mib, "rounds": given.rounds}
    floors = [floor.measure(1 if given.quick else 3)]
    if "memory" in given.only:
        # First, and by a proxy of its own: buffers that bulk transfers left would hide what a session takes.
        fresh = ProxyPath("fresh", "Verbatim", scene, scene.proxy("proxy-fresh"))
        results["memory"] = {path.name if path is not fresh else "recorded":
                             memory.per_session(path, given.idle, 5) for path in
                             (fresh, scene.paths["jump"], scene.paths["script"])}
        note("memory")
    if "echo" in given.only:
        results["echo"] = echo.measure(scene, ["direct", "jump", "recorded", "script"], given.keystrokes, 4)
        note("echo")
    if "sessions" in given.only:
        results["sessions"] = sessions.measure(scene, ["direct", "jump", "recorded", "classic", "script"], given.sessions)
        note("sessions")
    if "bulk" in given.only:
        results["bulk"] = bulk.measure(scene, sources, size, given.rounds, min(size, (16 if given.quick else 64) << 20), note)
    if "parallel" in given.only:
        results["parallel"] = bulk.parallel(scene.paths["recorded"], sources["incompressible"],
                                            min(size, (16 if given.quick else 64) << 20), 20)
        note("parallel transfers")
    if "files" in given.only:
        results["files"] = files.measure(scene, memory_folder, sources["incompressible"], given.mib, given.small_files,
                                         given.git_mib, given.rounds, note)
    if "kube" in given.only:
        results["kube"] = kube.measure(folder, sources, given.kube_mib << 20, given, note)
    floors.append(floor.measure(1 if given.quick else 3))
    results["floor_cpu_s_per_gib"] = sum(floors) / len(floors)
    return results


def main():
    given = arguments()
    os.environ["VERBATIM_BINARY"] = given.binary
    with contextlib.ExitStack() as cleanup:
        folder = tempfile.mkdtemp(prefix="verbatim-bench-", dir=given.folder)
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o755)  # sshd reads keys as the user it logs in
        memory_folder = tempfile.mkdtemp(prefix="verbatim-bench-", dir="/dev/shm")
        cleanup.callback(shutil.rmtree, memory_folder, ignore_errors=True)
        amounts = [given.mib] * bool({"bulk", "parallel", "files"} & set(given.only)) + [given.kube_mib] * ("kube" in given.only)
        sources = bulk.make_files(memory_folder, max(amounts)) if amounts else {}
        scene = None if given.only == ["kube"] else cleanup.enter_context(Scene(folder))
        results = measure(given, scene, folder, memory_folder, sources)
    text = report.text(results)
    print(text)
    target = ROOT / "build/bench"
    target.mkdir(parents=True, exist_ok=True)
    (target / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    if given.docs:
        document.write(ROOT / "docs", results)
    print(f"\nThe figures of every round: {target / 'results.json'}")


if __name__ == "__main__":
    main()
