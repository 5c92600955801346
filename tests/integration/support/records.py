"""Readers: the audit log's lines, and recordings by way of `verbatim play --format json`."""

import base64
import json
import pathlib

STREAMS = {0: "stdout", 1: "stderr", 2: "stdin", 3: "to-target", 4: "to-client", 5: "command"}
MAX_LINE = 64 * 1024


def read_events(folder):
    """Every whole line of every daily file, in order. Asserts what holds for each line."""
    events = []
    for file in sorted(pathlib.Path(folder).glob("????-??-??.*.log")):
        data = file.read_bytes()
        # The last line may be on its way: only what has its line end counts.
        for line in data.split(b"\n")[:-1]:
            assert len(line) < MAX_LINE, f"{file}: a line of {len(line)} bytes"
            event = json.loads(line.decode("utf-8"))
            for key in ("event", "code", "time", "uid"):
                assert event.get(key), f"{file}: no {key} in {line[:300]!r}"
            events.append(event)
    return events


def decode(value):
    return base64.b64decode(value, validate=True) if value else b""


def stream_name(event):
    value = event.get("stream", 0)
    return STREAMS.get(value, value)


class Session:
    """One session as the log and its recording tell it."""

    def __init__(self, proxy, start):
        self.proxy, self.start, self.end = proxy, start, None
        self.sid = start["sid"]
        self._played = None

    @property
    def file(self):
        return self.proxy.data_dir / "log/records" / f"{self.sid}.tar"

    def play(self):
        """The recording's events, one dict each."""
        if self._played is None:
            done = self.proxy.run("play", self.sid, "--format", "json", deadline=300)
            assert done.returncode == 0, f"play ended with {done.returncode}: {done.stderr}"
            self._played = [json.loads(line) for line in done.stdout.splitlines()]
        return self._played

    def kinds(self):
        return [event["event"] for event in self.play()]

    def bytes(self, *streams):
        """What streams carried, joined: shown bytes stand in `data`, all others in `input`."""
        wanted = streams or ("stdout",)
        out = bytearray()
        for event in self.play():
            if event["event"] != "print" or stream_name(event) not in wanted:
                continue
            out += decode(event.get("data")) + decode(event.get("input"))
        return bytes(out)

    def text(self):
        done = self.proxy.run("play", self.sid, "--format", "text", text=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def assert_sound(self, test):
        """What holds for every finished recording."""
        played = self.play()
        test.assertEqual(played[0]["event"], "session.start")
        test.assertEqual(played[-1]["event"], "session.end")
        indices = [event["ei"] for event in played]
        test.assertEqual(indices, sorted(set(indices)), "indices rise strictly")
        times = [event["at_us"] for event in played if "at_us" in event]
        test.assertEqual(times, sorted(times), "times never run backwards")
        for event in played:
            test.assertLessEqual(len(decode(event.get("data"))), 32 * 1024)
        test.assertEqual(self.file.stat().st_mode & 0o777, 0o600)
