"""Trouble at the target: each has one clear line, a status, and a truthful end in the log."""

import os
import signal
import socket
import threading

from support import tools
from support.case import Case, needs_proxy
from support.sshd import Sshd


@needs_proxy
class Target(Case):
    proxy_settings = {"ssh_options": "dial_timeout: 3s"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

    def other_proxy(self, name, port, key):
        proxy = self.make_proxy(name, targets={"web1": (port, [key])})
        self.target.trust(self.proxy.ca_lines() + proxy.ca_lines())
        proxy.start()
        self.addCleanup(proxy.stop)
        return proxy

    def refused_by(self, proxy, *words):
        done = self.client.ssh(proxy.port, "root@web1", "--", "echo in", deadline=60 * tools.PATIENCE)
        lines = self.assert_refused(done, *words)
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_a_changed_host_key_is_refused(self):
        other = Sshd(self.folder / "impostor", direct_key=self.direct.key)
        other.trust(self.proxy.ca_lines())
        other.start()
        self.addCleanup(other.stop)
        proxy = self.other_proxy("changed", other.port, self.target.host_key)
        self.refused_by(proxy, "host key")
        self.assertNotIn("Accepted", other.log)

    def test_a_target_that_is_down(self):
        proxy = self.other_proxy("down", tools.free_port(), self.target.host_key)
        self.refused_by(proxy, "web1")

    def test_a_target_that_accepts_and_says_nothing(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(8)
            proxy = self.other_proxy("silent", silent.getsockname()[1], self.target.host_key)
            self.refused_by(proxy)

    def test_a_target_that_talks_rubbish(self):
        with socket.socket() as rubbish:
            rubbish.bind(("127.0.0.1", 0))
            rubbish.listen(8)

            def talk():
                while True:
                    try:
                        peer, _ = rubbish.accept()
                    except OSError:
                        return
                    with peer:
                        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"\x00" * 70000)
            threading.Thread(target=talk, daemon=True).start()
            proxy = self.other_proxy("rubbish", rubbish.getsockname()[1], self.target.host_key)
            self.refused_by(proxy)
            rubbish.shutdown(socket.SHUT_RDWR)

    def test_a_target_that_does_not_trust_our_certificates(self):
        proxy = self.make_proxy("untrusted")
        proxy.start()
        self.addCleanup(proxy.stop)
        self.refused_by(proxy)

    def test_a_target_that_dies_in_mid_session(self):
        process = self.popen("--", "echo begun; cat")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        self.target.kill_sessions()
        self.assertNotEqual(process.wait(tools.DEADLINE), 0)
        session = self.session()
        session.assert_sound(self)
        self.assertEqual(session.bytes(), b"begun\n")
        self.assertTrue(session.end.get("reason"), "the end says why")
        self.assert_alive()

    def test_a_target_that_dies_in_the_middle_of_bulk(self):
        process = self.popen("--", "cat /dev/zero")
        got = len(process.stdout.read(3_000_000))
        killer = threading.Timer(0.3, self.target.kill_sessions)
        killer.start()
        while True:
            data = process.stdout.read(1 << 20)
            if not data:
                break
            got += len(data)
        killer.join()
        self.assertNotEqual(process.wait(tools.DEADLINE), 0)
        session = self.session()
        recorded = session.bytes()
        self.assertGreaterEqual(len(recorded), got, "recorded before forwarded")
        self.assertEqual(recorded.strip(b"\0"), b"")

    def test_a_frozen_target_keeps_the_proxy_well(self):
        process = self.popen("--", "echo begun; cat >/dev/null")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        frozen = self.target.sessions()
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            os.set_blocking(process.stdin.fileno(), False)
            try:
                while process.stdin.write(b"z" * 65536):
                    pass
            except BlockingIOError:
                pass
            other = self.ssh("--", "echo meanwhile")
            self.assertEqual(other.stdout, b"meanwhile\n")
        finally:
            for pid in frozen:
                try:
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    pass
