"""ssh -A: the user's agent at the target, where a role permits it; and the proxy's logins with it."""

import contextlib
import os
import socket
import subprocess
import threading

from support.case import DIRECT, Case, needs_proxy, tools
from support.client import Client
from support.terminal import Terminal


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


@needs_proxy
class Shared(AgentCase):
    """Who joins a session could use the agent there, so it is closed meanwhile."""

    proxy_settings = {"roles": """\
  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, options: {forward_agent: true}}
  - {name: helper, allow: {join_sessions: [{modes: [observer, peer]}]}}"""}

    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.bob = Client(cls.folder / "bob", "bob")
        return super().make_proxy(name, **{"users": {"alice": [cls.client.key], "bob": [cls.bob.key]},
            "user_roles": {"bob": "helper"}, **cls.proxy_settings, **settings})

    def test_the_agent_is_closed_until_all_have_left(self):
        owner = self.terminal("-A", options=[f"IdentityAgent={self.socket}"])
        self.addCleanup(owner.close)
        sid = self.proxy.wait_event("session.start", self.mark)["sid"]
        owner.send("PS1='$ '; ssh-add -l\n")
        owner.expect(rb"256 SHA256:\S+ direct")
        owner.send("python3 -c 'import os, socket\ns = socket.socket(socket.AF_UNIX)\ns.connect(os.environ[\"SSH_AUTH_SOCK\"])\n"
                   "print(\"he\" \"ld\")\nprint(\"ended\", s.recv(1))' &\n")
        owner.expect(rb"held")
        tools.wait_until(lambda: len([e for e in self.proxy.events("port") if e["code"] == "T3003I"]) == 2, "two agent forwards")
        self.mark = self.proxy.mark()
        peer = Terminal(self.bob.ssh_command(self.port, "+join", "-t", "--", sid, "peer"), env=self.client.environment({"TERM": "xterm"}))
        self.addCleanup(peer.close)
        owner.expect(rb"bob has joined as peer")
        owner.expect(rb"ended b''")
        self.assertIn("while the session is shared", self.proxy.wait_event("session.end", self.mark)["reason"])
        at = owner.seen
        peer.send("ssh-add -l; echo st\"at\"us-$?\n")
        owner.expect(rb"status-[12]")
        self.assertNotIn(b"SHA256:", owner.shown[at:])
        event = self.proxy.wait_event("port", self.mark, code="T3003E")
        self.assertEqual(event["addr"], "auth-agent@openssh.com")
        self.assertIn("while the session is shared", event["error"])
        peer.close()
        owner.expect(rb"bob has left")
        owner.send("clear; ssh-add -l\n")
        owner.expect(rb"256 SHA256:\S+ direct")
        owner.send("exit\n")
        self.assertEqual(owner.wait(), 0)


PERMITTED = '  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, options: {forward_agent: true}}'


class AgentLoginCase(AgentCase):
    """The target trusts the user's own key, which is in his agent, and no key of the proxy's."""

    proxy_settings = {"roles": PERMITTED, "target_options": "login_with: agent"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target.trust("")

    def own_agent(self, *keys):
        """Another agent with these keys."""
        socket = self.folder / f"agent-{self.id().rsplit('.', 1)[-1]}"
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(tools.stop, agent)
        tools.wait_until(socket.exists, "the agent's socket")
        for key in keys:
            subprocess.run(["ssh-add", "-q", str(key)], check=True, stdin=subprocess.DEVNULL, capture_output=True,
                env=self.client.environment({"SSH_AUTH_SOCK": str(socket)}))
        return socket

    def log_in(self, socket, command="echo in", flags=("-A",)):
        return self.ssh(*flags, "--", command, options=[f"IdentityAgent={socket}"])


@needs_proxy
class AgentLogin(AgentLoginCase):
    def test_a_command_and_its_recording(self):
        done = self.with_agent("echo out; cat; exit 7", input=b"typed")
        self.assertEqual((done.returncode, done.stdout), (7, b"out\ntyped"), done.stderr)
        session = self.session()
        session.assert_sound(self)
        self.assertEqual((session.bytes("stdout"), session.bytes("stdin")), (b"out\ntyped", b"typed"))

    def test_much_both_ways(self):
        data = os.urandom(5_000_000)
        done = self.with_agent("cat", input=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout == data)

    def test_a_shell_with_the_agent_in_it(self):
        with self.terminal("-A", options=[f"IdentityAgent={self.socket}"], columns=91, rows=33) as terminal:
            terminal.send("stty size; ssh-add -l\n")
            terminal.expect(rb"33 91")
            terminal.expect(rb"256 SHA256:\S+ direct \(ED25519\)")
            terminal.send("exit 5\n")
            self.assertEqual(terminal.wait(), 5)

    def test_files(self):
        source, back = self.work_file("up", os.urandom(3_000_000)), self.work_file("back")
        done = self.client.sftp(self.port, self.user, f"put {source} {source}.there\nget {source}.there {back}\n",
            options=["ForwardAgent=yes", f"IdentityAgent={self.socket}"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(back.read_bytes(), source.read_bytes())

    def test_several_sessions_of_a_connection(self):
        control = self.folder / f"l{os.getpid()}"
        master = self.popen("-A", "-M", "-S", str(control), "--", "echo up; cat", options=[f"IdentityAgent={self.socket}"])
        self.assertEqual(master.stdout.readline(), b"up\n")
        for number in range(3):
            done = self.with_agent(f"echo {number}", "-S", str(control))
            self.assertEqual(done.stdout, b"%d\n" % number)
        master.stdin.close()
        self.assertEqual(master.wait(tools.DEADLINE), 0)

    def test_other_kinds_of_keys(self):
        for kind in ("rsa", "ecdsa"):
            with self.subTest(kind):
                file = self.folder / f"agent-{kind}"
                line = tools.make_key(file, kind, kind)
                known = self.target.folder / "authorized_keys"
                before = known.read_text()
                known.write_text(before + line + "\n")
                self.addCleanup(known.write_text, before)
                done = self.log_in(self.own_agent(file) if kind == "rsa" else self.other(file))
                self.assertEqual((done.returncode, done.stdout), (0, b"in\n"), done.stderr)

    def other(self, file):
        subprocess.run(["ssh-add", "-q", str(file)], check=True, stdin=subprocess.DEVNULL, capture_output=True,
            env=self.client.environment({"SSH_AUTH_SOCK": str(self.folder / "agent-test_other_kinds_of_keys")}))
        return self.folder / "agent-test_other_kinds_of_keys"

    def test_without_the_agent(self):
        self.assert_refused(self.log_in(self.socket, flags=()), "agent", "ssh -A")
        self.assertEqual(self.proxy.events("session.start")[self.mark:], [])

    def test_keys_that_the_target_does_not_know(self):
        self.assert_refused(self.log_in(self.own_agent(self.client.key_file)), "agent")

    def test_an_agent_without_keys(self):
        self.assert_refused(self.log_in(self.own_agent()), "agent")

    def test_an_agent_that_talks_rubbish(self):
        for answer in (b"\x00\x00\x00\x01\x0c", b"\xff\xff\xff\xff", b"\x00\x00\x00\x05\x0c\xff\xff\xff\xff", b"\x00" * 100, b""):
            path = self.folder / "rubbish"
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
                listener.listen()
                thread = threading.Thread(target=self.serve, args=(listener, answer), daemon=True)
                thread.start()
                with self.subTest(answer):
                    done = self.log_in(path)
                    self.assert_refused(done, "agent")
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(tools.DEADLINE)
            path.unlink()
        self.assert_in_again()

    @staticmethod
    def serve(listener, answer):
        # ssh asks it for keys of its own, too, and holds several connections at once.
        def speak(connection):
            with connection, contextlib.suppress(OSError):
                connection.recv(100)
                connection.sendall(answer)
        try:
            while True:
                threading.Thread(target=speak, args=(listener.accept()[0],), daemon=True).start()
        except OSError:
            pass

    def assert_in_again(self):
        self.assertEqual(self.log_in(self.socket).stdout, b"in\n")

    def test_a_client_that_leaves_in_the_middle(self):
        path = self.folder / "silent"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            process = self.popen("-A", "--", "echo in", options=[f"IdentityAgent={path}"])
            connection, _ = listener.accept()
            with connection:
                process.kill()
                process.wait()
        self.assert_in_again()


@needs_proxy
class AgentForTheLoginAlone(AgentLoginCase):
    """No role says forward_agent: the proxy logs in with the agent, and the target does not see it."""

    proxy_settings = {"target_options": "login_with: agent"}

    def assert_no_wish_refused(self):
        events = [e for e in self.proxy.events()[self.mark:] if e["event"] == "port"]
        self.assertEqual([e["code"] for e in events], ["T3003S"], "the proxy's own use, and no more")

    def test_a_command_finds_no_agent(self):
        done = self.with_agent("echo [$SSH_AUTH_SOCK]; ssh-add -l; echo after-$?")
        self.assertEqual((done.returncode, done.stdout), (0, b"[]\nafter-2\n"), done.stderr)
        self.session().assert_sound(self)
        self.assert_no_wish_refused()

    def test_a_shell_finds_no_agent(self):
        with self.terminal("-A", options=[f"IdentityAgent={self.socket}"]) as terminal:
            terminal.send("ssh-add -l; echo [$SSH_AUTH_SOCK] $((40+2))\n")
            terminal.expect(rb"\[\] 42")
            terminal.send("exit 5\n")
            self.assertEqual(terminal.wait(), 5)

    def test_nor_do_further_sessions_of_the_connection(self):
        control = self.folder / f"o{os.getpid()}"
        master = self.popen("-A", "-M", "-S", str(control), "--", "echo up; cat", options=[f"IdentityAgent={self.socket}"])
        self.assertEqual(master.stdout.readline(), b"up\n")
        for _ in range(2):
            self.assertEqual(self.with_agent("echo [$SSH_AUTH_SOCK]", "-S", str(control)).stdout, b"[]\n")
        master.stdin.close()
        self.assertEqual(master.wait(tools.DEADLINE), 0)
        self.assert_no_wish_refused()


if DIRECT:
    del Refused, Shared
