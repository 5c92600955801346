"""One flow of many bytes, down and up, over each path in turn."""

import hashlib
import os
import pathlib
import subprocess
import time

GIB = 1 << 30
MIB = 1 << 20


def make_files(folder, mib):
    """{kind: file} in memory: bytes that do not compress, and the listing of a machine's files."""
    folder = pathlib.Path(folder)
    incompressible, text = folder / "incompressible", folder / "text"
    with open(incompressible, "wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))
    listing = subprocess.run(["ls", "-lR", "/usr", "/etc"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    with open(text, "wb") as file:
        left = mib * MIB
        while left:
            left -= file.write(listing[:left])
    return {"incompressible": incompressible, "text": text}


def transfer(path, file, way, size):
    """One transfer; {seconds, mib_per_s, cpu_s_per_gib}."""
    with path.connection() as ssh, open(file, "rb") as source, open(os.devnull, "r+b") as nothing:
        down = way == "down"
        words = [*ssh, f"head -c {size} {file}" if down else "cat >/dev/null"]
        before, began = path.cpu(), time.perf_counter()
        done = subprocess.run(words, stdin=nothing if down else source, stdout=nothing, stderr=subprocess.PIPE,
                              timeout=300)
        seconds = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"{path.label}: {done.stderr.decode(errors='replace')}")
        path.settle()
        used = None if before is None else (path.cpu() - before) * GIB / size
    return {"seconds": seconds, "mib_per_s": size / MIB / seconds, "cpu_s_per_gib": used}


def measure(scene, files, size, rounds, script_size, note):
    """[{kind, way, path, round, ...}]: every path once a round, each round beginning with another one."""
    results = []
    for kind, file in files.items():
        for way in ("down", "up"):
            names = ["direct", "jump", "relay", "recorded"]
            if way == "down":
                names.append("script")  # a terminal swallows bytes on the way up
                if kind == "incompressible":
                    names += ["direct-chacha", "recorded-chacha"]
            for turn in range(rounds):
                first = turn % len(names)
                for name in names[first:] + names[:first]:
                    amount = script_size if name == "script" else size
                    figures = transfer(scene.paths[name], file, way, amount)
                    results.append({"kind": kind, "way": way, "path": name, "round": turn, **figures})
            note(f"bulk {kind} {way}")
    return results


def parallel(path, file, size, count):
    """`count` downloads at once, every byte checked; {mib_per_s, cpu_s_per_gib}."""
    with open(file, "rb") as source:
        expected = hashlib.sha256(source.read(size)).hexdigest()
    before, began = path.cpu(), time.perf_counter()
    flows = []
    for _ in range(count):
        ssh = subprocess.Popen(path.command("--", f"head -c {size} {file}"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        flows.append((ssh, subprocess.Popen(["sha256sum"], stdin=ssh.stdout, stdout=subprocess.PIPE)))
        ssh.stdout.close()
    sound = 0
    for ssh, digest in flows:
        shown = digest.communicate(timeout=300)[0].split()[0].decode()
        sound += ssh.wait() == 0 and shown == expected
    seconds = time.perf_counter() - began
    path.settle()
    total = size * count
    return {"flows": count, "sound": sound, "mib_each": size // MIB, "mib_per_s": total / MIB / seconds,
            "cpu_s_per_gib": (path.cpu() - before) * GIB / total}
