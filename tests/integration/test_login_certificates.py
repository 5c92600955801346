"""OpenSSH user certificates: whose are good for what, and who stays outside with them."""

import base64
import socket
import subprocess
import threading

import paramiko

from support import tools
from support.case import Case, needs_proxy
from support.client import Client
from support.listening import connect
from support.terminal import Terminal


def ssh_keygen(*words):
    subprocess.run(["ssh-keygen", "-q", *map(str, words)], check=True, stdin=subprocess.DEVNULL)


@needs_proxy
class Certificates(Case):
    starts_proxy = False
    target_extra = "ExposeAuthInfo yes"  # sessions at the target find the proxy's certificate in a file

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Client(cls.folder / "authority", "authority")
        cls.stranger_authority = Client(cls.folder / "stranger", "stranger-authority")
        cls.revoked_authority = Client(cls.folder / "revoked", "revoked-authority")
        cls.holder = Client(cls.folder / "holder", "holder")
        cls.lost = Client(cls.folder / "lost", "lost")
        revoked = cls.folder / "revoked-keys"
        revoked.write_text(f"# gone\n{cls.lost.key}\n{cls.revoked_authority.key}\nserial: 66\nid: stolen\n")
        cas = cls.folder / "authorities.pub"
        cas.write_text(f"# trusted\n{cls.authority.key}\n")
        own = " ".join(cls.proxy.ca_lines().splitlines()[-1].split()[:2])
        cls.proxy.ssh_options = (f'trusted_user_ca_keys: ["{cas}", "{cls.revoked_authority.key}", "{own}"], '
            f'revoked_keys: "{revoked}"')
        cls.proxy.roles = ('  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, '
                           "options: {port_forwarding: true, disconnect_expired_cert: true}}")
        cls.proxy.write_config()
        cls.proxy.start()
        cls.addClassCleanup(cls.proxy.stop)

    def setUp(self):
        super().setUp()
        self.read = len(self.proxy.log)

    @staticmethod
    def blob_of(words):
        return next(word for word in words if word.startswith("AAAA"))

    def certificate(self, *options, principals="alice", authority=None, holder=None, key_id="laptop", serial=1):
        """A certificate of a fresh name, so that cases do not see each other's."""
        holder = holder or self.holder
        public = self.work_file("key.pub", (holder.key + "\n").encode())
        ssh_keygen("-s", (authority or self.authority).key_file, "-I", key_id, "-n", principals, "-z", serial,
            *options, public)
        return public.with_name(public.name.removesuffix(".pub") + "-cert.pub")

    def log_in(self, certificate, *words, holder=None, user=None, options=()):
        return (holder or self.holder).ssh(self.port, user or self.user, *(words or ("--", "echo in")),
            options=[f"CertificateFile={certificate}", *options])

    def refused(self, certificate, why, **settings):
        self.assert_refused(self.log_in(certificate, **settings), "permission denied")
        # The events of many refusals are summed; the operators' log has each.
        self.assertIn(why, self.proxy.log[self.read:])

    def test_a_good_one_logs_in_as_its_principal(self):
        done = self.log_in(self.certificate())
        self.assertEqual(done.stdout, b"in\n", done.stderr)
        self.assertEqual(self.proxy.wait_event("user.login", self.mark)["user"], "alice")
        self.assertEqual(self.session().start["user"], "alice")

    def test_one_of_several_principals_will_do(self):
        self.assertEqual(self.log_in(self.certificate(principals="ops,alice,x")).stdout, b"in\n")

    def test_kinds_of_keys(self):
        for kind in ("ecdsa", "rsa"):
            holder = Client(self.folder / f"holder-{kind}", kind, kind)
            done = self.log_in(self.certificate(holder=holder), holder=holder)
            self.assertEqual(done.stdout, b"in\n", (kind, done.stderr))

    def test_an_expired_one(self):
        self.refused(self.certificate("-V", "20200101:20210101"), "an expired certificate")

    def test_one_of_the_future(self):
        self.refused(self.certificate("-V", "+1d:+2d"), "not valid yet")

    def test_principals_that_are_no_user(self):
        self.refused(self.certificate(principals="nobody"), "principals are no user's")

    def test_a_hosts_certificate(self):
        self.offer(self.certificate("-h"), "a host's certificate")

    def test_another_address(self):
        self.refused(self.certificate("-O", "source-address=10.1.2.0/24"), "not for this address")

    def test_this_address(self):
        done = self.log_in(self.certificate("-O", "source-address=10.1.2.0/24,127.0.0.0/8"))
        self.assertEqual(done.stdout, b"in\n", done.stderr)

    def test_an_authority_that_nobody_trusts(self):
        self.refused(self.certificate(authority=self.stranger_authority), "not trusted")

    def test_a_revoked_key(self):
        self.refused(self.certificate(holder=self.lost), "a revoked certificate", holder=self.lost)

    def test_a_revoked_serial(self):
        self.refused(self.certificate(serial=66), "a revoked certificate")

    def test_a_revoked_id(self):
        self.refused(self.certificate(key_id="stolen"), "a revoked certificate")

    def test_a_revoked_authority(self):
        self.refused(self.certificate(authority=self.revoked_authority), "a revoked certificate")

    def test_the_proxys_own_authority_for_targets_is_never_a_users(self):
        # Though this configuration lists it among the trusted ones.
        keys = [path for path in (self.proxy.data_dir / "keys").iterdir()
                if path.is_file() and self.blob_of(self.proxy.ca_lines().split()).encode() in subprocess.run(
                    ["ssh-keygen", "-y", "-f", path], capture_output=True, stdin=subprocess.DEVNULL).stdout]
        self.assertEqual(len(keys), 1)

        class Own:
            key_file = keys[0]
        self.refused(self.certificate(authority=Own), "a certificate that the proxy made for targets")

    def test_a_critical_option_that_nobody_knows(self):
        self.refused(self.certificate("-O", "critical:do-a-dance@example.com=twice"), "do-a-dance@example.com")

    def test_a_forged_signature(self):
        certificate = self.certificate()
        kind, blob, *rest = certificate.read_text().split()
        bytes_ = bytearray(base64.b64decode(blob))
        bytes_[-5] ^= 1
        certificate.write_text(" ".join([kind, base64.b64encode(bytes_).decode(), *rest]) + "\n")
        self.offer(certificate, "a forged certificate")

    def offer(self, certificate, why):
        """By paramiko: OpenSSH's client does not send what it can tell to be useless."""
        key = paramiko.Ed25519Key(filename=str(self.holder.key_file))
        key.load_certificate(str(certificate))
        with paramiko.Transport(("127.0.0.1", self.port)) as transport:
            transport.connect(username=self.user)
            self.assertRaises(paramiko.AuthenticationException, transport.auth_publickey, self.user, key)
        self.assertIn(why, self.proxy.log[self.read:])

    def test_a_forced_command_runs_instead(self):
        done = self.log_in(self.certificate("-O", "force-command=echo forced: $SSH_ORIGINAL_COMMAND"))
        self.assertEqual(done.stdout, b"forced: echo in\n", done.stderr)

    FORCED = "force-command=echo forced: $SSH_ORIGINAL_COMMAND"

    def test_a_forced_command_runs_instead_of_sftp_and_scp(self):
        options = [f"CertificateFile={self.certificate('-O', self.FORCED)}"]
        there = self.work_file("there")
        done = self.holder.sftp(self.port, self.user, f"put {self.holder.key_file}.pub {there}\n", options)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.session().bytes(), b"forced: sftp\n")
        for flag in ("-s", "-O"):
            done = self.holder.scp(self.port, self.user, flag, f"{self.holder.key_file}.pub", f"remote:{there}", options=options)
            self.assertNotEqual(done.returncode, 0, flag)
        self.assertFalse(there.exists())

    def test_a_forced_command_runs_in_every_channel(self):
        control = self.folder / "fc"
        master = self.holder.popen(self.port, self.user, "-M", "-N", "-S", str(control),
            options=[f"CertificateFile={self.certificate('-O', self.FORCED)}"])
        self.addCleanup(self._end, master)
        tools.wait_until(control.exists, "the master's socket")
        for words, said in ((["x", "id"], b"forced: id\n"), (["x", "echo in"], b"forced: echo in\n"),
                            (["-s", "x", "sftp"], b"forced: sftp\n"), (["x"], b"forced:\n")):
            done = subprocess.run(["ssh", "-F", "none", "-T", "-S", str(control), *words], capture_output=True,
                stdin=subprocess.DEVNULL, timeout=tools.DEADLINE)
            self.assertEqual(done.stdout, said, done.stderr)

    def test_a_forced_command_leaves_forwards_to_their_own_option(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        threading.Thread(target=self.greet, args=(server,), daemon=True).start()
        for more, said in ((("-O", "no-port-forwarding"), b""), ((), b"hello")):
            local = self.folder / f"fl-{len(said)}"
            begun = self.holder.popen(self.port, self.user, "-N", "-L", f"{local}:127.0.0.1:{server.getsockname()[1]}",
                options=[f"CertificateFile={self.certificate('-O', self.FORCED, *more)}"])
            self.addCleanup(self._end, begun)
            tools.wait_until(local.exists, "ssh to listen")
            with connect(local) as connection:
                self.assertEqual(connection.recv(5), said)

    @staticmethod
    def greet(server):
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                peer.sendall(b"hello")

    def test_a_forced_command_is_none_of_the_proxys_own(self):
        self.refused(self.certificate("-O", "force-command=true"), "one command only", user="+ls")

    def test_without_port_forwarding(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(30)
            port = server.getsockname()[1]
            done = self.log_in(self.certificate("-O", "no-port-forwarding"), "-W", f"127.0.0.1:{port}")
            self.assertNotEqual(done.returncode, 0)
            begun = self.holder.popen(self.port, self.user, "-W", f"127.0.0.1:{port}",
                options=[f"CertificateFile={self.certificate()}"])
            self.addCleanup(self._end, begun)
            with server.accept()[0] as connection:
                connection.sendall(b"hello")
                self.assertEqual(begun.stdout.read(5), b"hello")

    def at_target(self, certificate):
        """The extensions of the proxy's certificate for a login with this one."""
        done = self.log_in(certificate, "--", "cat $SSH_USER_AUTH")
        method, line = done.stdout.decode().strip().split(" ", 1)
        self.assertEqual(method, "publickey")
        shown = subprocess.run(["ssh-keygen", "-L", "-f", self.work_file("seen-cert.pub", (line + "\n").encode())],
            check=True, capture_output=True, text=True).stdout
        return {word for word in shown.split("Extensions:")[1].split() if word.startswith("permit-")}

    def test_what_it_lacks_is_not_asked_of_the_target(self):
        self.assertEqual(self.at_target(self.certificate()), {"permit-pty", "permit-user-rc", "permit-port-forwarding"})
        self.assertEqual(self.at_target(self.certificate("-O", "no-user-rc")), {"permit-pty", "permit-port-forwarding"})
        self.assertEqual(self.at_target(self.certificate("-O", "clear")), set())

    def test_without_a_terminal(self):
        certificate = self.certificate("-O", "no-pty")
        with Terminal(self.holder.ssh_command(self.port, self.user, options=[f"CertificateFile={certificate}"]),
                env=self.client.environment()) as terminal:  # without -t: then ssh goes on
            terminal.expect(rb"PTY allocation request failed")
            terminal.send("tty; exit 3\n")
            terminal.expect(rb"not a tty")
            self.assertEqual(terminal.wait(), 3)
        session = self.session()
        session.assert_sound(self)
        self.assertEqual(session.bytes("stdout"), b"not a tty\n")
        done = self.log_in(self.certificate(), "-tt", "--", "tty")
        self.assertIn(b"/dev/pts/", done.stdout)

    def test_a_session_ends_with_its_certificate(self):
        begun = self.holder.popen(self.port, self.user, "--", "echo in; sleep 60",
            options=[f"CertificateFile={self.certificate('-V', 'always:+4s')}"])
        self.addCleanup(self._end, begun)
        self.assertEqual(begun.stdout.read(3), b"in\n")
        self.assertEqual(begun.wait(timeout=30), 255)
        self.assertIn(b"expired", begun.stderr.read())

    def test_a_jump_proves_the_user_again(self):
        certificate = self.certificate()
        config = self.work_file("config", (f"Host *\n  IdentityFile {self.holder.key_file}\n  IdentitiesOnly yes\n"
            f"  CertificateFile {certificate}\n  UserKnownHostsFile {self.holder.known_hosts}\n"
            "  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking no\n  BatchMode yes\n  LogLevel ERROR\n").encode())
        words = ["ssh", "-F", str(config), "-J", f"alice@127.0.0.1:{self.port}", "root@web1", "echo in"]
        done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.stdout, b"in\n", done.stderr)
        for other in ("none", "password,keyboard-interactive"):
            done = subprocess.run([*words[:3], "-o", f"PreferredAuthentications={other}", "-J",
                f"alice@127.0.0.1:{self.port}", "root@web1", "echo in"],
                capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual(done.stdout, b"")
