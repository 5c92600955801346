"""kill -9 in the middle: the next start makes the recording whole up to the promised bound."""

import signal
import time

from support import records, tools
from support.case import Case, needs_proxy


@needs_proxy
class Crash(Case):
    starts_proxy = False
    proxy_settings = {"options": "drain_timeout: 2s"}

    def setUp(self):
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        super().setUp()

    def begin(self, command, *flags):
        process = self.popen(*flags, "--", command)
        start = self.proxy.wait_event("session.start", self.mark)
        return process, records.Session(self.proxy, start)

    def crash_and_restart(self, process):
        self.proxy.kill()
        process.wait(tools.DEADLINE)
        self.assertTrue(self.proxy.unfinished(), "a recording was in progress")
        self.proxy.start()

    def check_repaired(self, session):
        session.end = self.proxy.wait_event("session.end", self.mark, sid=session.sid)
        tools.wait_until(session.file.exists, "the repaired recording")
        self.assertEqual(self.proxy.unfinished(), [])
        session.assert_sound(self)
        self.assertEqual(session.end["code"], "T2004I")
        self.assertEqual(session.end["user"], "alice")
        self.assertTrue(session.end.get("synthesised"))
        ends = [event for event in self.proxy.events("session.end") if event["sid"] == session.sid]
        self.assertEqual(len(ends), 1)

    def test_a_shell_is_there_up_to_the_last_second(self):
        process, session = self.begin("echo early-one; echo early-two; sleep 600", "-tt")
        self.assertIn(b"early-one", process.stdout.readline())
        time.sleep(1.5 + 0.5 * tools.PATIENCE)
        self.crash_and_restart(process)
        self.check_repaired(session)
        self.assertIn(b"early-one\r\nearly-two\r\n", session.bytes())

    def test_bulk_is_there_up_to_four_mebibytes(self):
        process, session = self.begin("for i in $(seq 1 3000000); do echo line-$i; done")
        shown = bytearray()
        end = time.monotonic() + 4
        while time.monotonic() < end:
            data = process.stdout.read(65536)
            if not data:
                break
            shown += data
        self.crash_and_restart(process)
        self.check_repaired(session)
        recorded = session.bytes()
        # Both are cut somewhere; the shorter must be the beginning of the longer.
        common = min(len(recorded), len(shown))
        self.assertEqual(recorded[:common], bytes(shown[:common]))
        self.assertGreater(len(recorded), 0)
        self.assertGreaterEqual(len(recorded), len(shown) - max(4 << 20, len(shown) // 3))

    def test_a_session_that_just_began_has_a_start_and_an_end(self):
        process, session = self.begin("sleep 600")
        self.crash_and_restart(process)
        self.check_repaired(session)

    def test_a_stop_by_signal_ends_sessions_properly(self):
        process, session = self.begin("echo here; sleep 600", "-tt")
        self.assertIn(b"here", process.stdout.readline())
        self.proxy.process.send_signal(signal.SIGTERM)
        self.assertNotEqual(process.wait(60 * tools.PATIENCE), 0)
        self.assertEqual(self.proxy.process.wait(tools.DEADLINE), 0)
        self.proxy.stop()
        end = [event for event in self.proxy.events("session.end") if event["sid"] == session.sid]
        self.assertEqual(len(end), 1)
        self.assertFalse(end[0].get("synthesised", False))
        self.assertEqual(self.proxy.unfinished(), [])
        session.assert_sound(self)
        self.assertIn(b"here", session.bytes())

    def test_two_crashes_in_a_row(self):
        process, session = self.begin("echo here; sleep 600", "-tt")
        self.assertIn(b"here", process.stdout.readline())
        time.sleep(1.5)
        self.crash_and_restart(process)
        self.proxy.wait_event("session.end", self.mark, sid=session.sid)
        self.proxy.kill()
        self.proxy.start()
        self.check_repaired(session)

    def test_a_torn_last_line_of_the_log_is_kept_apart(self):
        self.assertEqual(self.ssh("--", "true").returncode, 0)
        self.session()
        self.proxy.stop()
        daily = sorted((self.proxy.data_dir / "log").glob("????-??-??.*.log"))[-1]
        with open(daily, "ab") as log:
            log.write(b'{"event":"session.st')
        self.proxy.start()
        self.assertEqual(self.ssh("--", "echo on").stdout, b"on\n")
        lines = daily.read_bytes().split(b"\n")
        torn = [line for line in lines if line.startswith(b'{"event":"session.st') and not line.endswith(b"}")]
        self.assertLessEqual(len(torn), 1)
        for line in lines:
            self.assertEqual(line.count(b'{"ei"'), 1 if line.startswith(b'{"ei"') else 0, line[:200])
        # So that the other cases can read it.
        daily.write_bytes(b"\n".join(line for line in lines if line not in torn))
