"""Roles' limits for kubectl's sessions, and +ls and +kill of them."""

import re

from support import tools
from support.client import Client
from support.kube_case import KubeCase, each_transport, needs_proxy


@needs_proxy
class KubePolicies(KubeCase):
    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.key = Client(cls.folder / "alice", "alice")
        proxy = super().make_proxy(name, users={"alice": [cls.key.key]}, **settings)
        cls.roles(proxy, "")
        proxy.write_config()
        return proxy

    @staticmethod
    def roles(proxy, options):
        proxy.roles = ('  - {name: all, allow: {logins: [root], kubernetes_labels: {"*": "*"}, '
                       f'kubernetes_groups: [developers]}}, options: {{{options}}}}}')

    def under(self, options):
        self.roles(self.proxy, options)
        self.proxy.reload()
        self.mark_all()

    def ask(self, name, *arguments):
        return self.key.ssh(self.proxy.port, name, *(("--", *arguments) if arguments else ()))

    def sleeper(self, program):
        process = self.popen(program, "exec", "-i", "bb", "--", "/bin/sh", "-c", "echo up; cat")
        self.assertEqual(process.stdout.readline(), b"up\n")
        return process, self.session(ended=False).sid

    @each_transport
    def test_an_idle_session_ends(self, program):
        self.under("client_idle_timeout: 2s")
        process, _ = self.sleeper(program)
        self.assertNotEqual(process.wait(tools.DEADLINE), 0)
        self.assertIn(b"client_idle_timeout", process.stderr.read())
        self.assertIn("client_idle_timeout", self.session().end["reason"])

    @each_transport
    def test_a_user_has_so_many_sessions_at_once(self, program):
        self.under("max_sessions: 1")
        process, sid = self.sleeper(program)
        refused = self.shell(program, "echo second")
        self.assertNotEqual(refused.returncode, 0)
        self.assertEqual(refused.stdout, b"")
        self.assertIn(b"max_sessions", refused.stderr)
        self.assertIn("max_sessions", self.proxy.wait_event("session.rejected", self.mark)["reason"])
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)
        tools.wait_until(lambda: sid not in self.ask("+ls").stdout.decode(), "the session's end")

    @each_transport
    def test_sessions_are_listed_and_ended_over_ssh(self, program):
        self.under("")
        process, sid = self.sleeper(program)
        row = next(re.split(r"  +", line) for line in self.ask("+ls").stdout.decode().splitlines() if line.startswith(sid))
        self.assertEqual(row[1:5], ["alice", "alice", "prod/default/bb", "kube exec"])
        self.assertEqual(self.ask("+kill", sid).returncode, 0)
        self.assertNotEqual(process.wait(tools.DEADLINE), 0)
        self.assertIn(b"session ended by alice", process.stderr.read())
        self.assertEqual(self.session().end["reason"], "session ended by alice")
