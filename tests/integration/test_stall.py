"""Slow readers and idle sessions: memory stays flat, nothing is lost, others are not slowed."""

import os
import time

from support import tools
from support.case import Case, needs_proxy


@needs_proxy
class Stall(Case):
    # Long enough to show growth, short enough for every run; the benchmark stalls for minutes.
    SECONDS = 8

    def rss(self):
        return tools.rss_kib(self.proxy.process.pid)

    def test_a_client_that_stops_reading(self):
        process = self.popen("--", "seq 1 4000000")
        first = process.stdout.read(100_000)
        time.sleep(2)
        before = self.rss()
        time.sleep(self.SECONDS)
        self.assertLess(self.rss() - before, 4096, "grew while the client read nothing")
        out = first + process.stdout.read()
        self.assertEqual(process.wait(tools.DEADLINE), 0)
        self.assertEqual(out, b"".join(b"%d\n" % n for n in range(1, 4000001)))
        self.assertEqual(self.session().bytes(), out)

    def test_a_target_that_stops_reading(self):
        process = self.popen("--", "sleep 8; sha256sum; sleep 0")
        os.set_blocking(process.stdin.fileno(), False)
        sent, end = 0, time.monotonic() + self.SECONDS / 2
        before = None
        while time.monotonic() < end:
            sent += process.stdin.write(b"k" * 65536) or 0
            if before is None and time.monotonic() > end - self.SECONDS / 4:
                before = self.rss()
            time.sleep(0.01)
        self.assertLess(self.rss() - before, 4096)
        self.assertLess(sent, 64 << 20)
        os.set_blocking(process.stdin.fileno(), True)
        process.stdin.close()
        import hashlib
        self.assertEqual(process.stdout.read().split()[0].decode(), hashlib.sha256(b"k" * sent).hexdigest())
        self.assertEqual(process.wait(tools.DEADLINE), 0)

    def test_a_stopped_client_process(self):
        import signal
        process = self.popen("--", "cat /dev/zero")
        process.stdout.read(1000)
        process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        before = self.rss()
        for _ in range(4):
            self.assertEqual(self.ssh("--", "echo others").stdout, b"others\n")
        time.sleep(2)
        self.assertLess(self.rss() - before, 8192)
        process.send_signal(signal.SIGCONT)
        process.kill()

    def test_idle_sessions_are_cheap(self):
        if os.environ.get("VERBATIM_SANITIZE"):
            self.skipTest("memory of a sanitizer build says nothing")
        self.assert_alive()
        before = self.rss()
        processes = [self.popen("--", "echo up; cat") for _ in range(20)]
        for process in processes:
            self.assertEqual(process.stdout.readline(), b"up\n")
        time.sleep(3)
        each = (self.rss() - before) / len(processes)
        self.assertLess(each, 512, f"{each:.0f} KiB each")  # the benchmark holds it to 128
        for process in processes:
            process.stdin.close()
            self.assertEqual(process.wait(tools.DEADLINE), 0)
