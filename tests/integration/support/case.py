"""The usual scene of an area: one target, one proxy, one user who may log in as root."""

import os
import pathlib
import shutil
import tempfile
import unittest

from . import tools
from .client import Client
from .proxy import Proxy
from .sshd import Sshd
from .terminal import Terminal

# VERBATIM_DIRECT=1 runs what can be run against the target without a proxy, which tells whether a
# test expects what OpenSSH does by itself. Cases that need the proxy are skipped then.
DIRECT = os.environ.get("VERBATIM_DIRECT") == "1"

needs_proxy = unittest.skipIf(DIRECT, "needs the proxy")
needs_root = unittest.skipUnless(os.geteuid() == 0, "needs root")


class Case(unittest.TestCase):
    """Areas override `proxy_settings` (keywords of Proxy), `target_extra` (sshd_config lines) and
    `target_sftp` (the command of the target's sftp)."""

    proxy_settings = {}
    target_extra = ""
    target_sftp = "internal-sftp"
    login = "root"
    starts_proxy = True

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="verbatim-test-"))
        # sshd as root reads keys as the user it logs in; and a socket path has 108 bytes.
        cls.folder.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.direct = Client(cls.folder / "direct", "direct")
        cls.client = Client(cls.folder / "client", "alice")
        cls.target = Sshd(cls.folder / "target", cls.target_extra, cls.direct.key, cls.target_sftp)
        cls.proxy = None
        if DIRECT:
            cls.client = cls.direct
            cls.port, cls.user = cls.target.port, cls.login
        else:
            cls.proxy = cls.make_proxy()
            cls.target.trust(cls.proxy.ca_lines())
            cls.port, cls.user = cls.proxy.port, f"{cls.login}@web1"
        cls.target.start()
        cls.addClassCleanup(cls.target.stop)
        if cls.proxy and cls.starts_proxy:
            cls.proxy.start()
            cls.addClassCleanup(cls.proxy.stop)

    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        return Proxy(cls.folder / name, **{
            "users": {"alice": [cls.client.key]},
            "targets": {"web1": (cls.target.port, [cls.target.host_key])},
            "logins": (cls.login,), **cls.proxy_settings, **settings})

    def setUp(self):
        self.mark = self.proxy.mark() if self.proxy else 0

    def ssh(self, *arguments, **settings):
        return self.client.ssh(self.port, self.user, *arguments, **settings)

    def ssh_direct(self, *arguments, **settings):
        return self.direct.ssh(self.target.port, self.login, *arguments, **settings)

    def popen(self, *arguments, **settings):
        process = self.client.popen(self.port, self.user, *arguments, **settings)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                try:
                    stream.close()
                except OSError:
                    pass

    def terminal(self, *arguments, options=(), **settings):
        """ssh on a pseudo-terminal."""
        command = self.client.ssh_command(self.port, self.user, "-tt", *arguments, options=options)
        terminal = Terminal(command, env=self.client.environment({"TERM": "xterm"}), **settings)
        self.addCleanup(terminal.close)
        return terminal

    def session(self, ended=True):
        """The session that this case made, or None without a proxy."""
        return self.proxy.session_since(self.mark, ended) if self.proxy else None

    def sessions(self, count=None, **fields):
        """All sessions that this case made so far (those whose start has `fields`), ended, each with a
        sound recording. Waits until there are `count` of them."""
        def starts():
            return [event for event in self.proxy.events()[self.mark:] if event["event"] == "session.start"
                    and all(event.get(key) == value for key, value in fields.items())]
        if count is not None:
            tools.wait_until(lambda: len(starts()) >= count, f"{count} sessions, of which {len(starts())} began")
        sessions = [self.proxy.session_of(start, self.mark) for start in starts()]
        if count is not None:
            self.assertEqual(len(sessions), count, [session.start.get("initial_command") for session in sessions])
        for session in sessions:
            session.assert_sound(self)
        return sessions

    def work_file(self, name, data=None):
        path = self.folder / f"{self.id().rsplit('.', 1)[-1]}-{name}"
        if data is not None:
            path.write_bytes(data)
        return path

    def assert_refused(self, done, *words):
        """One plain sentence on stderr, status 255, nothing on stdout."""
        self.assertEqual(done.returncode, 255, done.stderr)
        self.assertEqual(done.stdout, b"")
        lines = [line for line in done.stderr.decode().splitlines() if line.strip()]
        for word in words:
            self.assertIn(word.lower(), done.stderr.decode().lower())
        return lines

    def assert_alive(self):
        """The proxy still serves."""
        self.assertEqual(self.ssh("--", "echo alive").stdout, b"alive\n")


__all__ = ["Case", "DIRECT", "needs_proxy", "needs_root", "tools"]
