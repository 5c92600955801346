"""An interactive shell: recorded and played back word for word, with its start and end."""

import gzip
import re
import stat

from support import records
from support.case import Case, needs_proxy, tools


class Shell(Case):
    def shell_by_pipe(self, script, *arguments, **settings):
        """A shell on a remote pty whose local ends are pipes, so that what we get is exactly what
        was sent."""
        return self.ssh("-tt", *arguments, input=script, **settings)

    def test_a_shell_is_played_back_word_for_word(self):
        done = self.shell_by_pipe(b"echo first-$((20+3))\necho 'Gr\xc3\xbc\xc3\x9fe \xff\xfe'\nexit 7\n")
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn(b"first-23", done.stdout)
        session = self.session()
        if session:
            session.assert_sound(self)
            self.assertEqual(session.bytes("stdout", "stderr"), done.stdout)
            self.assertEqual(session.bytes("stdin"), b"echo first-$((20+3))\necho 'Gr\xc3\xbc\xc3\x9fe \xff\xfe'\nexit 7\n")

    @needs_proxy
    def test_the_log_tells_how_it_began_and_ended(self):
        with self.terminal(columns=101, rows=37) as terminal:
            terminal.send("stty size; echo do''ne\n")
            terminal.expect(rb"37 101")
            terminal.expect(rb"done")
            terminal.send("exit 0\n")
            self.assertEqual(terminal.wait(), 0)
        session = self.session()
        for event, code in ((session.start, "T2000I"), (session.end, "T2004I")):
            self.assertEqual(event["code"], code)
            self.assertEqual(event["user"], "alice")
            self.assertEqual(event["login"], self.login)
            self.assertEqual(event["cluster_name"], "test")
            self.assertEqual(event["proto"], "ssh")
            self.assertEqual(event["server_hostname"], "web1")
            self.assertEqual(event["server_addr"], f"127.0.0.1:{self.target.port}")
            self.assertEqual(event["server_labels"], {"env": "test"})
            self.assertRegex(event["addr.remote"], r"^127\.0\.0\.1:\d+$")
            self.assertTrue(event["server_id"])
        self.assertEqual(session.start["size"], "101:37")
        self.assertTrue(session.end["interactive"])
        self.assertEqual(session.end["participants"], ["alice"])
        self.assertLess(session.end["session_start"], session.end["session_stop"])
        data = self.proxy.wait_event("session.data", self.mark, sid=session.sid)
        self.assertEqual(data["code"], "T2006I")
        self.assertGreater(data["tx"], 0)
        self.assertGreater(data["rx"], 0)

    @needs_proxy
    def test_the_login_stands_before_the_session(self):
        self.assertEqual(self.shell_by_pipe(b"exit\n").returncode, 0)
        session = self.session()
        kinds = [event["event"] for event in self.proxy.events()[self.mark:]]
        self.assertLess(kinds.index("user.login"), kinds.index("session.start"))
        login = self.proxy.wait_event("user.login", self.mark)
        self.assertEqual((login["code"], login["user"], login["success"]), ("T1000I", "alice", True))
        self.assertLess(kinds.index("session.start"), kinds.index("session.end"))
        self.assertEqual(session.start["sid"], session.end["sid"])

    def test_terminal_modes_are_the_same_as_without_the_proxy(self):
        def modes(run):
            done = run("-tt", "--", "stty -a", input=b"")
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout
        self.assertEqual(modes(self.ssh), modes(self.ssh_direct))

    def test_terminal_modes_of_a_real_terminal_are_the_same_too(self):
        def modes(client, port, user):
            from support.terminal import Terminal
            command = client.ssh_command(port, user, "-tt", "--", "stty -a; tput colors; echo $TERM")
            with Terminal(command, columns=91, rows=31, env=client.environment({"TERM": "xterm-256color"})) as terminal:
                self.assertEqual(terminal.wait(), 0)
                return terminal.shown
        self.assertEqual(modes(self.client, self.port, self.user),
                         modes(self.direct, self.target.port, self.login))

    def test_a_new_window_size_arrives_and_is_recorded(self):
        with self.terminal(columns=80, rows=24) as terminal:
            terminal.send("trap 'echo si''ze $(stty size)' WINCH; echo rea''dy\n")
            terminal.expect(rb"ready")
            terminal.resize(133, 44)
            terminal.send("\n")
            terminal.expect(rb"size 44 133")
            terminal.send("exit\n")
            self.assertEqual(terminal.wait(), 0)
        session = self.session()
        if session:
            self.assertIn("133:44", [event["size"] for event in session.play() if event["event"] == "resize"])
            self.proxy.wait_event("resize", self.mark, sid=session.sid, size="133:44", code="T2002I")

    def test_an_interrupt_typed_reaches_the_program(self):
        with self.terminal() as terminal:
            terminal.send("PS1='prompt> '; sleep 1000; echo status=$?\n")
            terminal.expect(rb"sleep 1000")
            tools.wait_until(lambda: "sleep" in self.commands_of_target(), "sleep to run")
            terminal.send(b"\x03")
            terminal.expect(rb"\^C")
            terminal.send("exit 3\n")
            self.assertEqual(terminal.wait(), 3)

    def commands_of_target(self):
        names = []
        for pid in self.target.sessions():
            try:
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    names.append(file.read().strip())
            except OSError:
                continue
        return names

    @needs_proxy
    def test_a_client_that_vanishes_hangs_up_the_shell_and_ends_the_recording(self):
        terminal = self.terminal()
        terminal.send("echo he''re\n")
        terminal.expect(rb"here")
        terminal.process.kill()
        session = self.session()
        session.assert_sound(self)
        tools.wait_until(lambda: not self.target.sessions(), "the target's shell to be hung up")

    @needs_proxy
    def test_what_play_shows_as_text_cannot_harm_a_terminal(self):
        # Clipboard write, device query, title, DCS.
        evil = rb"printf '\033]52;c;ZXZpbA==\007\033[c\033]0;title\007\033P$qm\033\\shown\n'"
        done = self.ssh("-tt", "--", evil.decode(), input=b"")
        self.assertIn(b"\x1b]52;c;ZXZpbA==\x07", done.stdout, "the live session gets it as it is")
        session = self.session()
        text = session.text()
        self.assertIn(b"shown", text)
        self.assertNotRegex(text, rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
        raw = self.proxy.run("play", session.sid, "--format", "json", text=False).stdout
        self.assertNotRegex(raw, rb"[\x00-\x09\x0b-\x1f\x7f]")
        self.assertEqual(session.bytes(), done.stdout)

    @needs_proxy
    def test_files_are_named_and_guarded_as_promised(self):
        self.shell_by_pipe(b"exit\n")
        session = self.session()
        log = self.proxy.data_dir / "log"
        self.assertEqual(stat.S_IMODE(session.file.stat().st_mode), 0o600)
        self.assertEqual(self.proxy.unfinished(), [])
        daily = [file for file in log.iterdir() if re.fullmatch(r"\d{4}-\d\d-\d\d\.00:00:00\.log", file.name)]
        self.assertTrue(daily)
        self.assertEqual(stat.S_IMODE(daily[0].stat().st_mode), 0o640)
        self.assertEqual((log / "events.log").resolve(), sorted(daily)[-1].resolve())
        for key in (self.proxy.data_dir / "keys").rglob("*"):
            if key.is_file() and key.suffix != ".pub":
                self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600, key)

    @needs_proxy
    def test_ls_and_events_find_it(self):
        self.shell_by_pipe(b"exit\n")
        session = self.session()
        listed = self.proxy.run("ls", "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn(session.sid, listed.stdout)
        found = self.proxy.run("events", "--sid", session.sid, "--format", "json")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn('"session.start"', found.stdout)
        self.assertIn('"session.end"', found.stdout)
        cast = self.proxy.run("export", session.sid, "--format", "asciicast")
        self.assertEqual(cast.returncode, 0, cast.stderr)
        self.assertIn('"version"', cast.stdout.splitlines()[0])

    @needs_proxy
    def test_shell_like_output_is_kept_small(self):
        done = self.ssh("-tt", "--", "ls -lR /usr/lib /usr/share /etc 2>/dev/null | head -c 8000000", input=b"",
                        deadline=240)
        session = self.session()
        size = session.file.stat().st_size
        self.assertGreater(len(done.stdout), 4_000_000)
        # Listings differ from machine to machine: where gzip itself cannot do it, come close to gzip.
        limit = max(0.12 * len(done.stdout), 1.05 * len(gzip.compress(done.stdout, 6)))
        self.assertLessEqual(size, limit, f"{size} for {len(done.stdout)} bytes")

    @needs_proxy
    def test_recorded_times_are_those_of_the_session(self):
        self.ssh("-tt", "--", "echo one; sleep 1; echo two", input=b"")
        session = self.session()
        prints = [event for event in session.play() if event["event"] == "print" and event.get("data")]
        one = next(event for event in prints if b"one" in records.decode(event["data"]))
        two = next(event for event in prints if b"two" in records.decode(event["data"]))
        gap = two["at_us"] - one["at_us"]
        self.assertGreaterEqual(gap, 900_000)
        self.assertLess(gap, 1_000_000 + 5_000_000 * tools.PATIENCE)
