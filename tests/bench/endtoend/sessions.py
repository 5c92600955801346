"""Whole sessions from the connection to the exit status: how many a second, and what one costs."""

import concurrent.futures
import time


def batch(path, count, workers):
    """{per_second, per_cpu_second}"""
    path.run("--", "true")
    path.settle()
    before, began = path.cpu(), time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for each in [pool.submit(path.run, "--", "true") for _ in range(count)]:
            each.result()
    seconds = time.perf_counter() - began
    time.sleep(0.3)  # children that ended have been waited for by then
    path.settle()
    used = None if before is None else path.cpu() - before
    return {"per_second": count / seconds, "per_cpu_second": count / used if used else None}


def measure(scene, names, count, workers=8):
    """{path: {"one after another": {...}, "8 at a time": {...}}}"""
    results = {name: {} for name in names}
    for label, at_once in (("sequential", 1), ("parallel", workers)):
        for name in names:
            results[name][label] = batch(scene.paths[name], count, at_once)
    return results
