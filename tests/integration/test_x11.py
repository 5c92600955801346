"""ssh -X and -Y with a real X server."""

import os
import secrets
import subprocess

from support.case import DIRECT, Case, needs_proxy, tools

class X11Case(Case):
    target_extra = "X11Forwarding yes\nX11DisplayOffset 60"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = cls.folder / "Xauthority"
        reading, writing = os.pipe()
        cookie = secrets.token_hex(16)
        # The display's number is told once the server has chosen it: a cookie for any number first.
        subprocess.run(["xauth", "-q", "-f", str(cls.authority), "add", ":0", ".", cookie], check=True,
            stdin=subprocess.DEVNULL, capture_output=True)
        with open(cls.folder / "xvfb-log", "wb") as log:
            cls.server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-auth", str(cls.authority), "-nolisten", "tcp",
                "-screen", "0", "640x480x24"], pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        cls.addClassCleanup(tools.stop, cls.server)
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, (cls.folder / "xvfb-log").read_text()
        cls.display = f":{number}"
        subprocess.run(["xauth", "-q", "-f", str(cls.authority), "add", cls.display, ".", cookie], check=True,
            stdin=subprocess.DEVNULL, capture_output=True)

    def with_x11(self, *arguments, **settings):
        return self.ssh(*arguments, env={"DISPLAY": self.display, "XAUTHORITY": str(self.authority)},
            options=["XAuthLocation=/usr/bin/xauth", "LogLevel=INFO"], **settings)


class X11(X11Case):
    proxy_settings = {"roles": '  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, '
                               'options: {permit_x11_forwarding: true}}'}

    def test_a_program_shows_here(self):
        for flag in ("-Y", "-X"):
            with self.subTest(flag):
                self.mark = self.proxy.mark() if self.proxy else 0
                done = self.with_x11(flag, "--", "xdpyinfo; echo status-$?")
                self.assertIn(b"status-0", done.stdout, done.stderr)
                self.assertRegex(done.stdout, rb"dimensions:\s+640x480 pixels")
                if self.proxy:
                    self.check(done)

    def check(self, done):
        event = self.proxy.wait_event("x11-forward", self.mark, code="T3008I")
        self.assertEqual((event["user"], event["login"]), ("alice", "root"))
        sessions = self.sessions(2)
        shell = next(session for session in sessions if b"dimensions" in session.bytes())
        self.assertEqual(shell.bytes(), done.stdout)
        forward = next(session for session in sessions if session is not shell)
        self.assertEqual(event["sid"], forward.sid)
        self.assertIn(b"MIT-MAGIC-COOKIE-1", forward.bytes("to-client") + forward.bytes("to-target"))

    def test_several_programs(self):
        done = self.with_x11("-Y", "--", "for i in 1 2 3 4; do xdpyinfo >/dev/null & done; wait; xdpyinfo | grep -c dimensions")
        self.assertEqual(done.stdout, b"1\n")
        if self.proxy:
            self.sessions(6)

    def test_without_a_wish_there_is_none(self):
        self.assertEqual(self.with_x11("-x", "--", "echo [$DISPLAY]").stdout, b"[]\n")


@needs_proxy
class Refused(X11Case):
    """The default."""

    def test_there_is_no_display(self):
        for flag in ("-X", "-Y"):
            self.mark = self.proxy.mark()
            done = self.with_x11(flag, "--", "echo [$DISPLAY]; exit 4")
            self.assertEqual((done.returncode, done.stdout), (4, b"[]\n"))
            lines = [line for line in done.stderr.splitlines() if b"X11" in line]
            self.assertEqual(len(lines), 1, done.stderr)
            event = self.proxy.wait_event("x11-forward", self.mark, code="T3008W")
            self.assertIn("not permitted", event["error"])


if DIRECT:
    del Refused
