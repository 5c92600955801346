"""The usual scene of a Kubernetes area: one API server, one proxy, one user with a kubeconfig."""

import functools
import pathlib
import shutil
import signal
import tempfile
import unittest

from . import kubectl, tools
from .case import DIRECT, Case, needs_proxy
from .client import Client
from .fakekube import FakeKube
from .kube_raw import TlsClient
from .proxy import Proxy
from .terminal import Terminal


def _run_with(programs):
    def decorate(test):
        @functools.wraps(test)
        def run_each(self):
            for program in programs():
                with self.subTest(str(program)):
                    self.mark_all()
                    test(self, program)
        return run_each
    return decorate


# Decorators of test methods that take a kubectl: run as sub-tests, with marks of their own. Both
# transports: the oldest kubectl speaks SPDY, the newest WebSocket.
each_transport = _run_with(kubectl.pair)
each_kubectl = _run_with(kubectl.every)


class KubeCase(unittest.TestCase):
    """Areas override `proxy_settings` (keywords of Proxy) and `kube_flags` (flags of fakekube). With
    VERBATIM_DIRECT=1 kubectl talks to the API server itself, where that makes sense."""

    proxy_settings = {}
    kube_flags = ()
    starts_proxy = True

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="verbatim-kube-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.kube = cls.make_upstream()
        cls.addClassCleanup(cls.kube.stop)
        cls.proxy = None
        if DIRECT:
            cls.user = kubectl.User(cls.folder / "home", cls.kube.kubeconfig)
        else:
            cls.proxy = cls.make_proxy()
            cls.user = kubectl.User(cls.folder / "home", cls.proxy.make_kubeconfig(cls.folder / "alice.kubeconfig"))
            if cls.starts_proxy:
                cls.proxy.start()
                cls.addClassCleanup(cls.proxy.stop)

    @classmethod
    def make_upstream(cls):
        return FakeKube(cls.folder / "kube", *cls.kube_flags).start()

    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        key = Client(cls.folder / f"{name}-key").key
        return Proxy(cls.folder / name, **{"users": {"alice": [key]}, "targets": {},
            "clusters": {"prod": cls.kube.kubeconfig}, **cls.proxy_settings, **settings})

    # Seconds for one case; reads of a client's pipes have no deadline of their own.
    case_deadline = 90

    def setUp(self):
        def ring(*_):
            raise AssertionError("the case did not end in time")
        signal.signal(signal.SIGALRM, ring)
        signal.alarm(int(self.case_deadline * tools.PATIENCE))
        self.addCleanup(signal.alarm, 0)
        self.mark_all()

    def mark_all(self):
        """What session() and the log readers look at begins here."""
        self.mark = self.proxy.mark() if self.proxy else 0
        self.kube_mark = self.kube.mark()

    def raw_client(self, anonymous=False, **settings):
        """A TLS connection to where kubectl goes, with the user's certificate."""
        port = self.proxy.kube_port if self.proxy else self.kube.port
        if anonymous:
            return TlsClient(port, **settings)
        if not self.proxy:
            return TlsClient(port, self.kube.certificate, self.kube.key, **settings)
        return TlsClient(port, *self.user.certificate_files(), **settings)

    def run_kubectl(self, program, *arguments, **settings):
        return self.user.run(program, *arguments, **settings)

    def exec(self, program, *command, flags=(), pod="bb", **settings):
        """kubectl exec FLAGS POD -- COMMAND"""
        return self.run_kubectl(program, "exec", *flags, pod, "--", *command, **settings)

    def shell(self, program, script, **settings):
        return self.exec(program, "/bin/sh", "-c", script, **settings)

    def popen(self, program, *arguments, **settings):
        process = self.user.popen(program, *arguments, **settings)
        self.addCleanup(Case._end, process)
        return process

    def terminal(self, program, *arguments, **settings):
        terminal = Terminal(self.user.command(program, *arguments), env=self.user.environment(), **settings)
        self.addCleanup(terminal.close)
        return terminal

    def session(self, ended=True):
        """The session begun since the last mark, or None without a proxy."""
        return self.proxy.session_since(self.mark, ended) if self.proxy else None

    def sessions(self, count):
        """As many sessions since the last mark, in order, all ended."""
        if not self.proxy:
            return []

        def starts():
            found = [line for line in self.proxy.events("session.start") if line in self.proxy.events()[self.mark:]]
            return found if len(found) >= count else None

        found = tools.wait_until(starts, f"{count} sessions")
        self.assertEqual(len(found), count)
        return [self.proxy.session_of(start, self.mark) for start in found]

    def work_file(self, name, data=None):
        path = self.folder / f"{self.id().rsplit('.', 1)[-1]}-{name}"
        if data is not None:
            path.write_bytes(data)
        return path

    def assert_failed_loudly(self, done):
        """kubectl noticed: never exit code 0, never silence."""
        self.assertNotEqual(done.returncode, 0, done.stdout[-300:])
        self.assertTrue(done.stderr.strip(), "no message")

    def assert_alive(self):
        for program in kubectl.pair():
            done = self.shell(program, "echo alive")
            self.assertEqual((done.returncode, done.stdout), (0, b"alive\n"), done.stderr)


__all__ = ["DIRECT", "KubeCase", "each_kubectl", "each_transport", "kubectl", "needs_proxy", "tools"]
