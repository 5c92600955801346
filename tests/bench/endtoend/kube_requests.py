"""Plain requests: GETs on connections that stay, and watches on which nothing happens."""

import concurrent.futures
import re
import selectors
import ssl
import time

from support import tools

from .kube_scene import POD, cpu

GET = f"GET {POD} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: application/json\r\n\r\n".encode()
WATCH = "/api/v1/namespaces/default/configmaps?watch=true"
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class Asker:
    """One connection that asks again as soon as it has its answer; it never waits for the socket."""

    def __init__(self, client):
        self.client, self.got, self.whole = client, b"", None
        client.socket.setblocking(False)

    def ask(self):
        self.client.send(GET)

    def read(self):
        """True once an answer is whole."""
        try:
            data = self.client.socket.recv(65536)
        except ssl.SSLWantReadError:
            return False
        if not data:
            raise RuntimeError("the connection ended")
        self.got += data
        if self.whole is None:
            head, _, _ = self.got.partition(b"\r\n\r\n")
            if len(head) == len(self.got):
                return False
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode(errors="replace"))
            self.whole = len(head) + 4 + int(LENGTH.search(head)[1])
        if len(self.got) < self.whole:
            return False
        self.got, self.whole = b"", None
        return True


def gets(way, count, connections, proxy=None):
    """{per_second, per_cpu_second, client_cpu}: the last is the share of a core that asking took."""
    askers = [Asker(way.connect()) for _ in range(connections)]
    selector = selectors.DefaultSelector()
    for asker in askers:
        selector.register(asker.client.socket, selectors.EVENT_READ, asker)

    def go(count):
        asked = answered = 0
        for asker in askers:
            asker.ask()
            asked += 1
        while answered < asked:
            for key, _ in selector.select(30):
                if not key.data.read():
                    continue
                answered += 1
                if asked < count:
                    asked += 1
                    key.data.ask()
        return answered

    try:
        go(connections)  # logs in
        before, own, began = cpu(proxy) if proxy else 0, time.process_time(), time.perf_counter()
        answered = go(count)
        seconds = time.perf_counter() - began
        used = cpu(proxy) - before if proxy else None
    finally:
        selector.close()
        for asker in askers:
            asker.client.close()
    return {"connections": connections, "count": answered, "per_second": answered / seconds,
            "per_cpu_second": answered / used if used else None, "client_cpu": (time.process_time() - own) / seconds}


def open_watch(way):
    client = way.connect()
    head = client.request("GET", WATCH, ["Accept: application/json"]).head()
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode(errors="replace"))
    return client


def watches(scene, count, idle=3, workers=8):
    """{kib, kib_idle, cpu_ms}: of each watch, its connection to the cluster included; cpu_ms to open it.
    By a proxy of its own: what others left free would hide it."""
    proxy = scene.proxy("proxy-watch")
    way = scene.through(proxy)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for each in list(pool.map(open_watch, [way] * workers)):
            each.close()
        time.sleep(0.5)
        memory, before = tools.rss_kib(proxy.process.pid), cpu(proxy)
        opened = list(pool.map(open_watch, [way] * count))
    try:
        used, at_once = cpu(proxy) - before, tools.rss_kib(proxy.process.pid)
        time.sleep(idle)
        later = tools.rss_kib(proxy.process.pid)
    finally:
        for each in opened:
            each.close()
    return {"count": count, "kib": (at_once - memory) / count, "kib_idle": (later - memory) / count,
            "cpu_ms": used * 1000 / count}


def measure(scene, count, connections=16):
    """{path: one connection or many: {...}}"""
    found = {}
    for name, way in scene.ways.items():
        proxy = scene.proxy("proxy") if name == "recorded" else None
        found[name] = {"one": gets(way, count // 4, 1, proxy), "many": gets(way, count, connections, proxy)}
    return found
