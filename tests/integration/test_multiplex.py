"""Several sessions in one connection: each has a recording of its own."""

import os
import subprocess

from support.case import Case, needs_proxy, tools


class Multiplex(Case):
    def setUp(self):
        super().setUp()
        self.socket = self.folder / f"m{os.getpid()}-{self._testMethodName[-8:]}"
        self.master = self.popen("-M", "-S", str(self.socket), "-N")
        tools.wait_until(lambda: self.socket.exists() or self.master.poll() is not None, "the control socket")
        self.assertIsNone(self.master.poll(), "the master ended at once")

    def tearDown(self):
        subprocess.run(self.client.ssh_command(self.port, self.user, "-S", str(self.socket), "-O", "exit"),
            capture_output=True, env=self.client.environment(), check=False)

    def test_six_sessions_at_once(self):
        processes = [self.popen("-S", str(self.socket), "--", f"echo begin-{n}; cat; echo end-{n}; exit {n}")
                     for n in range(6)]
        for n, process in enumerate(processes):
            self.assertEqual(process.stdout.readline(), f"begin-{n}\n".encode())
        payloads = [os.urandom(200_000) for _ in processes]
        for process, payload in zip(processes, payloads):
            process.stdin.write(payload[:1000])
        for n, (process, payload) in enumerate(zip(processes, payloads)):
            out, _ = process.communicate(payload[1000:], tools.DEADLINE)
            self.assertEqual(out, payload + f"end-{n}\n".encode())
            self.assertEqual(process.returncode, n)
        if self.proxy:
            self.check_recordings(payloads)

    def check_recordings(self, payloads):
        starts = [event for event in self.proxy.events()[self.mark:] if event["event"] == "session.start"]
        sids = {event["sid"] for event in starts}

        # Only these: an earlier test's killed session may end as late as now.
        def ended():
            return [event for event in self.proxy.events("session.end") if event["sid"] in sids]
        tools.wait_until(lambda: len(ended()) == 6, "six ends of sessions")
        self.assertEqual(len({event["sid"] for event in starts}), 6)
        self.assertEqual(len({event.get("connection_id") for event in starts}), 1)
        from support.records import Session
        inputs = set()
        for start in starts:
            session = Session(self.proxy, start)
            tools.wait_until(session.file.exists, "the recording")
            inputs.add(session.bytes("stdin"))
        self.assertEqual(inputs, set(payloads), "every channel's input stands in its own recording")

    def test_sessions_one_after_another(self):
        for n in range(10):
            done = self.ssh("-S", str(self.socket), "--", f"exit {n}")
            self.assertEqual(done.returncode, n)

    def test_one_stalled_session_does_not_stop_another(self):
        stalled = self.popen("-S", str(self.socket), "--", "cat /dev/zero")
        stalled.stdout.read(1000)
        # Nobody reads `stalled` any more: its window closes.
        for _ in range(3):
            done = self.ssh("-S", str(self.socket), "--", "echo through")
            self.assertEqual(done.stdout, b"through\n")
        stalled.kill()

    @needs_proxy
    def test_the_second_channel_is_recorded_as_the_first(self):
        self.ssh("-S", str(self.socket), "--", "echo channel-one")
        first = self.session()
        self.mark = self.proxy.mark()
        self.ssh("-S", str(self.socket), "--", "echo channel-two")
        second = self.session()
        self.assertNotEqual(first.sid, second.sid)
        self.assertEqual(first.bytes(), b"channel-one\n")
        self.assertEqual(second.bytes(), b"channel-two\n")
