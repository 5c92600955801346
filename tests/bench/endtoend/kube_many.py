"""Many execs at once, by connections made by hand: as many kubectl would leave no processor for the proxy."""

import concurrent.futures
import time

from support import tools
from support.kube_raw import SpdyEnd, data_frame, ws_frame

from .kube_scene import POD, cpu, settle

SHOWN = 64 * 1024
# Shows something, then waits for the word to end, so that all are there together.
SCRIPT = f"head -c {SHOWN} /dev/zero; read word"
TARGET = f"{POD}/exec?command=sh&command=-c&command={SCRIPT.replace(' ', '+').replace(';', '%3B')}&stdin=true&stdout=true"


class Exec:
    """begin() to the last byte shown; end() to the status, of which it tells whether it was a success."""

    def __init__(self, way):
        self.client, self.shown, self.status = way.connect(), 0, b""

    def begin(self):
        self.open()
        while self.shown < SHOWN:
            self.take()
        return self

    def end(self):
        self.say_word()
        while b'"Success"' not in self.status:
            self.take()
        self.client.close()
        return self.shown == SHOWN

    def took(self, kind, data):
        self.shown += len(data) if kind == "output" else 0
        self.status += data if kind == "status" else b""


class WebSocketExec(Exec):
    def open(self):
        head = self.client.websocket(TARGET)
        if b" 101 " not in head[:20]:
            raise RuntimeError(head.decode(errors="replace"))

    def take(self):
        message = self.client.read_message()
        if message is None:
            raise RuntimeError("the connection ended early")
        if message[1]:
            self.took({1: "output", 3: "status"}.get(message[1][0]), message[1][1:])

    def say_word(self):
        self.client.send(ws_frame(b"\0\n"))


class SpdyExec(Exec):
    STREAMS = {1: "error", 3: "stdin", 5: "stdout"}

    def open(self):
        head = self.client.spdy(TARGET)
        if b" 101 " not in head[:20]:
            raise RuntimeError(head.decode(errors="replace"))
        self.frames = SpdyEnd(self.client)
        for number, kind in self.STREAMS.items():
            self.frames.open(number, kind)

    def take(self):
        frame = self.frames.read()
        if frame is None:
            raise RuntimeError("the connection ended early")
        if frame[0] == "data":
            self.took({5: "output", 1: "status"}.get(frame[1]), frame[3])

    def say_word(self):
        self.client.send(data_frame(3, b"\n"))


def recorded_soundly(proxy, mark, count):
    """How many sessions since then have ended with a recording in its place."""
    tools.wait_until(lambda: len(proxy.events("session.end")) - mark >= count, f"{count} ends of sessions", 60)
    ends = proxy.events("session.end")[mark:]
    return sum((proxy.data_dir / "log/records" / f"{end['sid']}.tar").exists() for end in ends)


def measure(scene, count, workers=16):
    """Half of them by each transport."""
    proxy = scene.proxy("proxy-many")
    way = scene.through(proxy)
    Exec.end(WebSocketExec(way).begin())
    settle(proxy)
    mark = len(proxy.events("session.end"))
    memory, before, began = tools.rss_kib(proxy.process.pid), cpu(proxy), time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        kinds = [(WebSocketExec, SpdyExec)[number % 2] for number in range(count)]
        opened = [each.exception() or each.result() for each in
                  [pool.submit(lambda kind=kind: kind(way).begin()) for kind in kinds]]
        there = [each for each in opened if isinstance(each, Exec)]
        time.sleep(0.5)
        together = tools.rss_kib(proxy.process.pid)
        sound = sum(pool.map(Exec.end, there))
    tools.wait_until(lambda: not proxy.unfinished(), "recordings to be finished", 60)
    seconds, used = time.perf_counter() - began, cpu(proxy) - before
    results = {"count": count, "sound": sound, "recorded": recorded_soundly(proxy, mark, sound), "seconds": seconds,
               "cpu_ms_each": used * 1000 / count, "kib_each": (together - memory) / count}
    settle(proxy)
    return results
