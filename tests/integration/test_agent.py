"""ssh -A: the user's agent at the target, where a role permits it."""

import os
import subprocess

from support.case import DIRECT, Case, needs_proxy, tools


class AgentCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.socket = cls.folder / "agent"
        cls.agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(cls.socket)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(tools.stop, cls.agent)
        tools.wait_until(cls.socket.exists, "the agent's socket")
        subprocess.run(["ssh-add", "-q", str(cls.direct.key_file)], check=True, stdin=subprocess.DEVNULL, capture_output=True,
            env=cls.client.environment({"SSH_AUTH_SOCK": str(cls.socket)}))

    def with_agent(self, command, *flags, **settings):
        return self.ssh("-A", *flags, "--", command, options=[f"IdentityAgent={self.socket}"], **settings)


class Agent(AgentCase):
    proxy_settings = {"roles": '  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, options: {forward_agent: true}}'}

    def test_the_target_lists_its_keys(self):
        done = self.with_agent("ssh-add -L")
        self.assertEqual((done.returncode, done.stdout.decode().strip()), (0, self.direct.key))
        if self.proxy:
            asked = b"\x00\x00\x00\x01\x0b"  # SSH_AGENTC_REQUEST_IDENTITIES
            self.assertEqual(len(self.sessions(2)), 2)
            self.assertTrue([session for session in self.sessions(2) if asked in session.bytes("to-target", "to-client")],
                            "a recording of what the agent was asked")

    def test_it_signs(self):
        hop = " ".join(["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-p", str(self.target.port), "root@127.0.0.1", "'echo hop-$((40+2))'"])
        done = self.with_agent(hop)
        self.assertEqual((done.returncode, done.stdout), (0, b"hop-42\n"), done.stderr)

    def test_on_a_terminal(self):
        with self.terminal("-A", options=[f"IdentityAgent={self.socket}"]) as terminal:
            terminal.send("ssh-add -l\n")
            terminal.expect(rb"256 SHA256:\S+ direct \(ED25519\)")
            terminal.send("ssh-add -l >/dev/null && exit 5\n")
            self.assertEqual(terminal.wait(), 5)

    def test_without_a_wish_there_is_none(self):
        self.assertEqual(self.ssh("--", "echo [$SSH_AUTH_SOCK]").stdout, b"[]\n")


@needs_proxy
class Refused(AgentCase):
    """The default."""

    def test_there_is_no_agent_at_the_target(self):
        done = self.with_agent("echo [$SSH_AUTH_SOCK]; exit 4")
        # ssh asks without wanting an answer: it goes on, as without the proxy where sshd refuses.
        self.assertEqual((done.returncode, done.stdout), (4, b"[]\n"))
        event = self.proxy.wait_event("port", self.mark, code="T3003E")
        self.assertIn("agent", event["error"])
        self.assertEqual(event["user"], "alice")

    def test_it_is_refused_by_each_session_of_a_connection(self):
        control = self.folder / f"a{os.getpid()}"
        # A master passes the wish of a client on only where it was itself told to forward the agent.
        master = self.popen("-A", "-M", "-S", str(control), "-N", options=[f"IdentityAgent={self.socket}"])
        tools.wait_until(lambda: control.exists() or master.poll() is not None, "the control socket")
        for _ in range(2):
            self.mark = self.proxy.mark()
            done = self.with_agent("echo [$SSH_AUTH_SOCK]", "-S", str(control))
            self.assertEqual(done.stdout, b"[]\n")
            self.proxy.wait_event("port", self.mark, code="T3003E")
        master.terminate()


if DIRECT:
    del Refused
