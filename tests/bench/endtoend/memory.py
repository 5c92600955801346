"""What sessions cost that do nothing: many shells on terminals, each with a connection of its own."""

import select
import subprocess
import time

AT_ONCE = 8  # below every limit on connections that are not logged in


def open_shells(path, count):
    """Starts shells and waits until each has shown its prompt."""
    shells = []
    while len(shells) < count:
        some = [subprocess.Popen(path.command("-tt"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, bufsize=0)
                for _ in range(min(AT_ONCE, count - len(shells)))]
        shells += some
        for shell in some:
            if not select.select([shell.stdout], [], [], 30)[0] or not shell.stdout.read(1):
                close_shells(shells)
                raise RuntimeError(f"{path.label}: no prompt within 30 s")
    return shells


def close_shells(shells):
    for shell in shells:
        shell.terminate()
    for shell in shells:
        shell.wait()
        shell.stdin.close()
        shell.stdout.close()


def per_session(path, count, idle):
    """{kib, kib_idle}: at once, and after `idle` seconds in which nothing happened."""
    warm = open_shells(path, 2)
    close_shells(warm)
    time.sleep(0.5)
    path.settle()
    before = path.memory_kib()
    shells = open_shells(path, count)
    try:
        at_once = path.memory_kib()
        time.sleep(idle)
        later = path.memory_kib()
    finally:
        close_shells(shells)
    path.settle()
    return {"sessions": count, "kib": (at_once - before) / count, "kib_idle": (later - before) / count}
