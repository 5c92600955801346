"""What processes used: processor time and memory, read from the kernel."""

import os
import pathlib
import time

from support import tools

TICK = os.sysconf("SC_CLK_TCK")


def own_cpu(pid):
    """Processor seconds of one process, all its threads, those that ended too; to the nanosecond.

    The kernel's clock of a process has the number (~pid << 3) | 2 (clock_getcpuclockid(3)): /proc/PID/stat
    says the same in steps of 10 ms."""
    return time.clock_gettime((~pid << 3) | 2)


def tree_cpu(pid):
    """Processor seconds of a process, its living descendants, and those that were waited for. Call it
    when nothing is about to end: a child that nobody has waited for yet would be missing."""
    total = 0
    for each in [pid, *tools.children_of(pid)]:
        try:
            fields = pathlib.Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(value) for value in fields[11:15])  # utime, stime, cutime, cstime
    return total / TICK


def tree_pss_kib(pid):
    """Memory of a process and its descendants, shared pages divided among those that share them."""
    total = 0
    for each in [pid, *tools.children_of(pid)]:
        try:
            lines = pathlib.Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def machine():
    """The processor's name and the number of cores that this process may use."""
    names = [line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    return {"processor": names[0] if names else "unknown", "cores": len(os.sched_getaffinity(0)),
            "load_before": round(os.getloadavg()[0], 2)}
