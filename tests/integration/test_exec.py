"""Commands without a terminal: status, streams apart, half-close, bulk, environment, signals."""

import hashlib
import os
import select
import signal

from support.case import Case, needs_proxy, tools

MIB = 1 << 20


class Exec(Case):
    def test_output_and_status_come_back(self):
        for status in (0, 1, 42, 254):
            done = self.ssh("--", f"echo out; exit {status}")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (status, b"out\n", b""))

    def test_stdout_and_stderr_stay_apart(self):
        done = self.ssh("--", "echo to-out; echo to-err >&2; printf '\\000\\377' ; printf '\\001' >&2")
        self.assertEqual(done.stdout, b"to-out\n\x00\xff")
        self.assertEqual(done.stderr, b"to-err\n\x01")
        session = self.session()
        if session:
            session.assert_sound(self)
            self.assertEqual(session.bytes("stdout"), done.stdout)
            self.assertEqual(session.bytes("stderr"), done.stderr)

    @needs_proxy
    def test_the_log_names_the_command_and_its_end(self):
        self.ssh("--", "echo 'a  b'; exit 3")
        session = self.session()
        event = self.proxy.wait_event("exec", self.mark, sid=session.sid)
        self.assertEqual(event["command"], "echo 'a  b'; exit 3")
        self.assertEqual(str(event["exitCode"]), "3")
        self.assertIn(event["code"], ("T3002I", "T3002E"))
        self.assertFalse(session.end.get("interactive", False))
        self.assertNotIn("size", session.start)

    def test_a_command_ended_by_a_signal_says_which(self):
        direct = self.ssh_direct("-v", "--", "kill -TERM $$", options=["LogLevel=DEBUG1"])
        done = self.ssh("-v", "--", "kill -TERM $$", options=["LogLevel=DEBUG1"])
        self.assertEqual(done.returncode, direct.returncode)
        for word in (b"exit-signal",):
            self.assertEqual(word in done.stderr, word in direct.stderr)
        if self.proxy:
            event = self.proxy.wait_event("exec", self.mark)
            self.assertIn("TERM", event.get("exitError", ""))
            self.assertEqual(event["code"], "T3002E")

    def test_the_end_of_input_passes_alone(self):
        done = self.ssh("--", "sort", input=b"b\na\n")
        self.assertEqual((done.returncode, done.stdout), (0, b"a\nb\n"))
        session = self.session()
        if session:
            self.assertEqual(session.bytes("stdin"), b"b\na\n")
            self.assertEqual(session.bytes("stdout"), b"a\nb\n")

    def test_the_end_of_output_passes_alone(self):
        # The program closes its output and goes on to read: its status must still come.
        done = self.ssh("--", "exec >&- 2>&-; cat >/dev/null; exit 5", input=b"x" * 100000)
        self.assertEqual((done.returncode, done.stdout), (5, b""))

    def test_a_command_that_does_not_read_its_input_still_ends(self):
        done = self.ssh("--", "exit 9", input=b"y" * (4 * MIB))
        self.assertEqual(done.returncode, 9)

    def test_no_input_at_all(self):
        done = self.ssh("-n", "--", "cat; echo done")
        self.assertEqual((done.returncode, done.stdout), (0, b"done\n"))

    def test_large_input_arrives_whole(self):
        data = os.urandom(64 * MIB)
        done = self.ssh("--", "sha256sum", input=data, deadline=300)
        self.assertEqual(done.stdout.split()[0].decode(), hashlib.sha256(data).hexdigest())
        session = self.session()
        if session:
            self.assertEqual(self.digest_of_recorded(session, "stdin"), hashlib.sha256(data).hexdigest())

    def test_large_output_arrives_whole(self):
        path = self.work_file("data", os.urandom(64 * MIB))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        done = self.ssh("--", f"cat {path}", deadline=300)
        self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), digest)
        session = self.session()
        if session:
            self.assertEqual(self.digest_of_recorded(session, "stdout"), digest)
            # Random bytes do not compress: they must not grow either.
            self.assertLess(session.file.stat().st_size, 1.03 * len(done.stdout))

    def digest_of_recorded(self, session, stream):
        return hashlib.sha256(session.bytes(stream)).hexdigest()

    def test_both_directions_at_once(self):
        data = os.urandom(16 * MIB)
        done = self.ssh("--", "cat", input=data, deadline=300)
        self.assertEqual(hashlib.sha256(done.stdout).digest(), hashlib.sha256(data).digest())

    def test_empty_command_output(self):
        done = self.ssh("--", "true")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        session = self.session()
        if session:
            session.assert_sound(self)

    def test_environment_passes_where_the_target_accepts_it(self):
        done = self.ssh("--", "echo $VERBATIM_ONE,$VERBATIM_TWO,$LC_TEST,$REFUSED",
            options=["SetEnv=VERBATIM_ONE=1 VERBATIM_TWO=\"a b\" LC_TEST=x REFUSED=no"])
        self.assertEqual(done.stdout, b"1,a b,x,\n")

    def test_a_signal_request_reaches_the_command(self):
        # OpenSSH's client sends no signal requests without a terminal; its escape line ~B sends a
        # break, which sshd turns into nothing without one. What must hold: the session lives on.
        with self.terminal("-e", "~") as terminal:
            terminal.send("PS1=; trap 'echo got''-int' INT; echo rea''dy\n")
            terminal.expect(rb"ready")
            terminal.send(b"\r")
            terminal.send(b"~B")
            terminal.send("echo af''ter\r")
            terminal.expect(rb"after")
            terminal.send("exit 0\r")
            self.assertEqual(terminal.wait(), 0)

    def test_closing_the_client_ends_the_command_at_the_target(self):
        process = self.popen("-tt", "--", "echo started; sleep 1000")
        self.assertIn(b"started", process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        process.wait(tools.DEADLINE)
        tools.wait_until(lambda: not self.target.sessions(), "the command to be hung up")

    def test_a_long_command_passes_whole(self):
        filler = "x" * 100_000
        done = self.ssh("--", f"v={filler}; echo ${{#v}}")
        self.assertEqual(done.stdout, b"100000\n")
        session = self.session()
        if session:
            event = self.proxy.wait_event("exec", self.mark, sid=session.sid)
            self.assertLessEqual(len(event["command"]), 16 * 1024)
            self.assertEqual(event["command_len"], len(f"v={filler}; echo ${{#v}}"))
            self.assertIn(filler.encode(), session.bytes("command"))

    def test_invalid_utf8_in_a_command_stays_valid_json(self):
        raw = b"printf '\xff\xfe'"
        process = self.popen("--", os.fsdecode(raw))
        process.stdin.close()
        self.assertEqual(process.stdout.read(), b"\xff\xfe")
        self.assertEqual(process.wait(tools.DEADLINE), 0)
        session = self.session()
        if session:
            event = self.proxy.wait_event("exec", self.mark, sid=session.sid)
            self.assertEqual(event["command"], "printf '\\xFF\\xFE'".replace("\\xFF\\xFE", event["command"][8:16]))
            self.assertIn("command_raw", event)

    def test_output_shows_while_the_command_runs(self):
        process = self.popen("--", "echo now; cat")
        self.assertTrue(select.select([process.stdout], [], [], tools.DEADLINE)[0])
        self.assertEqual(process.stdout.readline(), b"now\n")
        process.stdin.write(b"ping\n")
        self.assertEqual(process.stdout.readline(), b"ping\n")
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)
