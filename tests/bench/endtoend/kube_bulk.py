"""kubectl exec of many bytes, down and up, by SPDY and by WebSocket, straight and through the proxy."""

import os
import subprocess
import time

from .bulk import GIB, MIB
from .kube_scene import cpu, settle


def transfer(scene, name, transport, file, way, size):
    """One whole run of kubectl; {seconds, mib_per_s, cpu_s_per_gib}."""
    down = way == "down"
    words = ["exec", *([] if down else ["-i"]), "bb", "--",
             *(["head", "-c", str(size), str(file)] if down else ["/bin/sh", "-c", "cat >/dev/null"])]
    command, environment = scene.ways[name].kubectl(scene.programs[transport], *words)
    proxy = scene.proxy("proxy")
    with open(file, "rb") as source, open(os.devnull, "r+b") as nothing:
        before, began = cpu(proxy), time.perf_counter()
        done = subprocess.run(command, stdin=nothing if down else source, stdout=nothing, stderr=subprocess.PIPE,
                              timeout=300, env=environment)
        seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{name} by {transport}: {done.stderr.decode(errors='replace')}")
    settle(proxy)
    used = None if name == "direct" else (cpu(proxy) - before) * GIB / size
    return {"seconds": seconds, "mib_per_s": size / MIB / seconds, "cpu_s_per_gib": used}


def measure(scene, files, size, rounds, note):
    """[{transport, kind, way, path, round, ...}]: both ways once a round, each round begins with the other one."""
    results = []
    for transport in scene.programs:
        for kind, file in files.items():
            for way in ("down", "up"):
                for turn in range(rounds):
                    for name in ("direct", "recorded") if turn % 2 == 0 else ("recorded", "direct"):
                        results.append({"transport": transport, "kind": kind, "way": way, "path": name, "round": turn,
                                        **transfer(scene, name, transport, file, way, size)})
        note(f"kubectl exec by {transport}")
    return results
