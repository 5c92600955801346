"""Ports, waiting, processes, keys."""

import os
import pathlib
import random
import signal
import socket
import subprocess
import time

# Sanitizers slow everything down; a busy machine does too. Deadlines are generous, since they only
# decide how long a *failure* takes.
PATIENCE = float(os.environ.get("VERBATIM_PATIENCE", "3" if os.environ.get("VERBATIM_SANITIZE") else "1"))
DEADLINE = 20 * PATIENCE


def free_port():
    """A loopback port that nothing listens on, outside of the range for outgoing connections."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(condition, what, deadline=DEADLINE, interval=0.02):
    """The first true value of condition(); AssertionError naming `what` after the deadline."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:.0f} s for {what}")
        time.sleep(interval)


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process, how=signal.SIGTERM, deadline=DEADLINE):
    """Ends a process that we started, by its own id; its exit status (negative: the signal)."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(deadline)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"process {process.args} did not end within {deadline:.0f} s") from None


def make_key(path, kind="ed25519", comment="test"):
    """A key pair; returns its public line, "type base64 comment"."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", comment, "-f", str(path)],
                   check=True, stdin=subprocess.DEVNULL)
    return pathlib.Path(f"{path}.pub").read_text().strip()


def bare_key(line):
    """A public key line without its comment."""
    return " ".join(line.split()[:2])


def children_of(pid):
    """The process ids whose parent is pid, all generations, parents first."""
    found, queue = [], [pid]
    while queue:
        parent = queue.pop(0)
        try:  # a process may end while it is looked at
            tasks = list(pathlib.Path(f"/proc/{parent}/task").glob("*/children"))
        except OSError:
            continue
        for entry in tasks:
            try:
                children = [int(child) for child in entry.read_text().split()]
            except OSError:
                continue
            found += children
            queue += children
    return found


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} has no memory")
