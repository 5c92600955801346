"""ssh -J and its like: the inner connection ends in the proxy, and is a session like any other."""

import os
import subprocess
import time

from support.case import Case, needs_proxy, tools
from support.client import Client
from support.listening import connect

MIB = 1 << 20


@needs_proxy
class Jumps(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.known_hosts = cls.folder / "known_hosts"
        cls.known_hosts.write_text(cls.proxy.run("ca", "known-hosts").stdout)

    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.bob = Client(cls.folder / "bob", "bob")
        return super().make_proxy(name, users={"alice": [cls.client.key], "bob": [cls.bob.key]}, **settings)

    def config(self, *lines, key=None, inner_key=None):
        """An ssh_config, since the ssh that -J starts reads the same one and knows no -o of ours."""
        path = self.work_file("ssh_config")
        path.write_text("\n".join([*lines, "Host 127.0.0.1", f"  IdentityFile {key or self.client.key_file}",
            "Host * !127.0.0.1", f"  IdentityFile {inner_key or self.client.key_file}", "Host *", "  IdentitiesOnly yes", "  IdentityAgent none",
            f"  UserKnownHostsFile {self.known_hosts}", "  GlobalKnownHostsFile /dev/null", "  StrictHostKeyChecking yes",
            "  UpdateHostKeys no", "  LogLevel INFO", "  BatchMode yes", "  ConnectTimeout 30", ""]))
        return path

    @property
    def jump(self):
        return f"alice@127.0.0.1:{self.port}"

    def jumped(self, program, *words, config=None, **settings):
        return subprocess.run([program, "-F", str(config or self.config()), *words], capture_output=True,
            timeout=tools.DEADLINE, env=self.client.environment(), **(settings or {"stdin": subprocess.DEVNULL}))

    def assert_session(self, session):
        """As one without a jump."""
        self.assertEqual((session.start["user"], session.start["login"], session.start["server_hostname"]),
                         ("alice", "root", "web1"))

    def test_a_command(self):
        done = self.jumped("ssh", "-J", self.jump, "root@web1", "cat; echo err >&2; exit 4", input=b"in\n")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (4, b"in\n", b"err\n"))
        session, = self.sessions(1)
        self.assert_session(session)
        self.assertEqual([session.bytes(name) for name in ("stdin", "stdout", "stderr")], [b"in\n", b"in\n", b"err\n"])
        self.assertIn("cat; echo err", self.proxy.wait_event("exec", self.mark, sid=session.sid)["command"])

    def test_a_shell_on_a_terminal(self):
        done = self.jumped("ssh", "-tt", "-J", self.jump, "root@web1", input=b"echo at-$((40+2))\nexit 3\n")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"at-42", done.stdout)
        session, = self.sessions(1)
        self.assert_session(session)
        self.assertEqual(session.bytes(), done.stdout)

    def test_in_bulk(self):
        data = os.urandom(12 * MIB)
        done = self.jumped("ssh", "-J", self.jump, "root@web1", "cat", input=data)
        self.assertEqual((done.returncode, done.stdout == data), (0, True), done.stderr)
        session, = self.sessions(1)
        self.assertTrue(session.bytes("stdin") == data)

    def test_by_proxy_command(self):
        config = self.config("Host web1", "  User root", f"  ProxyCommand ssh -F %d/none -W %h:%p -p {self.port} alice@127.0.0.1")
        config.write_text(config.read_text().replace("%d/none", str(config)))
        done = self.jumped("ssh", "web1", "echo through", config=config)
        self.assertEqual((done.returncode, done.stdout), (0, b"through\n"), done.stderr)
        self.assert_session(self.sessions(1)[0])

    def test_every_host_through_the_proxy(self):
        config = self.config("Host bastion", "  HostName 127.0.0.1", f"  Port {self.port}", "  User alice",
            "Host * !bastion", "  ProxyJump bastion", "  User root")
        for command in ("echo one", "echo two"):
            done = self.jumped("ssh", "web1", command, config=config)
            self.assertEqual((done.returncode, done.stdout), (0, command[5:].encode() + b"\n"), done.stderr)
        for session in self.sessions(2):
            self.assert_session(session)

    def test_files(self):
        data = os.urandom(MIB)
        for flag in ("-s", "-O"):
            here, there, back = (self.work_file(name + flag) for name in ("here", "there", "back"))
            here.write_bytes(data)
            for source, goal in ((str(here), f"root@web1:{there}"), (f"root@web1:{there}", str(back))):
                done = self.jumped("scp", "-q", flag, "-J", self.jump, source, goal)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(back.read_bytes(), data)
        done = self.jumped("sftp", "-b", "-", "-J", self.jump, "root@web1", input=f"ls {self.folder}\n".encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        told = [event for event in self.proxy.events()[self.mark:] if event["event"] in ("sftp", "scp") and "sha256" in event]
        self.assertEqual(len({event["sha256"] for event in told}), 1)
        self.assertEqual(len(told), 4)
        self.sessions(5)

    def test_by_the_targets_address(self):
        done = self.jumped("ssh", "-J", self.jump, "-p", str(self.target.port), "root@127.0.0.1", "echo through",
            config=self.trusting_addresses())
        self.assertEqual((done.returncode, done.stdout), (0, b"through\n"), done.stderr)
        self.assert_session(self.sessions(1)[0])

    def trusting_addresses(self):
        lines = [f"[127.0.0.1]:{self.target.port} {' '.join(line.split()[1:3])}"
                 for line in self.known_hosts.read_text().splitlines() if line and not line.startswith("#")]
        self.assertTrue(lines)
        extra = self.work_file("known", ("\n".join(lines) + "\n").encode())
        config = self.config()
        config.write_text(config.read_text().replace(str(self.known_hosts), f"{self.known_hosts} {extra}"))
        return config

    def test_several_at_once_through_one_connection(self):
        control = self.folder / "jc"
        config = self.config("Host 127.0.0.1", "  ControlMaster auto", f"  ControlPath {control}", "  ControlPersist 20")
        processes = [subprocess.Popen(["ssh", "-F", str(config), "-J", self.jump, "root@web1", f"cat; echo end-{n}; exit {n}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.client.environment())
            for n in range(5)]
        for process in processes:
            self.addCleanup(self._end, process)
        for n, process in enumerate(processes):
            out, _ = process.communicate(f"for-{n}\n".encode(), tools.DEADLINE)
            self.assertEqual((process.returncode, out), (n, f"for-{n}\nend-{n}\n".encode()))
        subprocess.run(["ssh", "-F", "none", "-S", str(control), "-O", "exit", "x"], capture_output=True, check=False)
        self.assertEqual({session.bytes("stdin") for session in self.sessions(5)}, {f"for-{n}\n".encode() for n in range(5)})

    # -- who ---------------------------------------------------------------------------------

    def test_the_inner_login_needs_the_same_users_key(self):
        for inner in (self.bob.key_file, self.direct.key_file):
            done = self.jumped("ssh", "-J", self.jump, "root@web1", "echo in", config=self.config(inner_key=inner))
            self.assertEqual((done.returncode, done.stdout), (255, b""))
            self.assertIn(b"Permission denied", done.stderr)
        self.assertFalse([e for e in self.proxy.events()[self.mark:] if e["event"] == "session.start"])

    def test_the_inner_login_is_never_taken_on_trust(self):
        done = self.jumped("ssh", "-J", self.jump, "-o", "PreferredAuthentications=none,password", "root@web1", "echo in")
        self.assertEqual((done.returncode, done.stdout), (255, b""))

    def test_the_outer_login_is_needed(self):
        done = self.jumped("ssh", "-J", self.jump, "root@web1", "echo in", config=self.config(key=self.bob.key_file))
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertFalse([e for e in self.proxy.events()[self.mark:] if e["event"] == "session.start"])

    # -- where to ----------------------------------------------------------------------------

    def test_to_where_no_role_permits(self):
        config = self.config()
        known = self.work_file("any")
        known.write_text("\n".join("* " + " ".join(line.split()[1:3]) for line in self.known_hosts.read_text().splitlines()
                                   if line and not line.startswith("#")) + "\n")
        config.write_text(config.read_text().replace(str(self.known_hosts), str(known)))
        for words in (["root@nowhere"], ["admin@web1"], ["-p", "23", "root@10.0.0.1"]):
            with self.subTest(words):
                self.mark = self.proxy.mark()
                done = self.jumped("ssh", "-J", self.jump, *words, "echo in", config=config)
                self.assert_refused(done, "access denied")
                self.proxy.wait_event("session.rejected", self.mark)

    def test_what_is_no_ssh_reaches_nobody(self):
        listener_log = self.target.log
        process = subprocess.Popen(["ssh", "-F", str(self.config()), "-p", str(self.port), "-W",
            f"127.0.0.1:{self.target.port}", "alice@127.0.0.1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.client.environment())
        self.addCleanup(self._end, process)
        out, _ = process.communicate(b"GET / HTTP/1.1\r\n\r\n", tools.DEADLINE)
        self.assertNotIn(b"OpenSSH_9", out)
        time.sleep(0.2)
        self.assertEqual(self.target.log, listener_log)
        self.assert_alive()

    def test_bare_logins_carry_nothing_else(self):
        # Neither remote forwards nor sockets: only jumps.
        port = tools.free_port()
        done = self.jumped("ssh", "-o", "ExitOnForwardFailure=yes", "-p", str(self.port), "-N", "-R",
            f"{port}:127.0.0.1:1", "alice@127.0.0.1")
        self.assertEqual(done.returncode, 255)
        self.assertFalse(tools.accepts(port))
        local = self.folder / "jl"
        process = subprocess.Popen(["ssh", "-F", str(self.config()), "-p", str(self.port), "-N", "-L",
            f"{local}:/run/docker.sock", "alice@127.0.0.1"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=self.client.environment())
        self.addCleanup(self._end, process)
        tools.wait_until(local.exists, "ssh's socket")
        with connect(local) as connection:
            self.assertEqual(connection.recv(10), b"")

    def test_forwards_within_follow_the_roles(self):
        done = self.jumped("ssh", "-J", self.jump, "-W", f"127.0.0.1:{self.target.port}", "root@web1", input=b"x\r\n")
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"not permitted", done.stderr)
        self.proxy.wait_event("port", self.mark, code="T3003E")

    def test_a_jump_from_the_target_on_is_refused(self):
        done = self.jumped("ssh", "-J", f"{self.jump},root@web1", "-p", str(self.target.port), "root@127.0.0.1", "echo unrecorded",
            config=self.trusting_addresses())
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.proxy.wait_event("port", self.mark, code="T3003E")
