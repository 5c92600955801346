"""Passwords, one-time codes, several factors: with OpenSSH's own ssh, which asks through SSH_ASKPASS."""

import base64
import hashlib
import hmac
import struct
import subprocess
import time

import paramiko

from support import tools
from support.case import Case, needs_proxy
from support.client import Client
from support.terminal import Terminal
from support import proxy as proxies

PASSWORD = "correct horse"
STEP = 30


def code_of(secret, step):
    """RFC 6238."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


@needs_proxy
class Passwords(Case):
    """Each case has a user of its own, whose role says how he may log in."""

    starts_proxy = False
    methods = {"typist": "password", "coded": "keyboard-interactive", "both": '"publickey,password"',
               "keyed": '"publickey,keyboard-interactive"', "either": "publickey, password",
               "jumper": '"password,publickey"', "coder": "keyboard-interactive"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxy.ssh_options = "max_auth_tries: 20"
        allow = 'allow: {logins: [root], targets: {"*": "*"}}'
        cls.proxy.roles = f"  - {{name: all, {allow}}}\n" + "\n".join(
            f"  - {{name: {name}, {allow}, options: {{authentication_methods: [{methods}]}}}}"
            for name, methods in cls.methods.items())
        cls.proxy.write_config()
        cls.askpass = cls.folder / "askpass"
        # Inside a jump the prompt names the host there.
        cls.askpass.write_text('#!/bin/sh\ncase "$1" in *web1*erification*) echo "${INNER_CODE:-$CODE}";; '
                               '*erification*) echo "$CODE";; *) echo "$PASSWORD";; esac\n')
        cls.askpass.chmod(0o755)
        cls.people = {}
        for name in cls.methods:
            cls.enrol(name, name)
        cls.proxy.start()
        cls.addClassCleanup(cls.proxy.stop)

    @classmethod
    def enrol(cls, name, role):
        person = cls.people[name] = Client(cls.folder / name, name)
        for words, given in ((("add", name, "--role", role, "--key", f"{person.key_file}.pub"), None),
                             (("passwd", name), PASSWORD + "\n")):
            done = cls.proxy.run("users", *words, input=given)
            assert done.returncode == 0, done.stderr
        if role in ("coded", "keyed", "coder"):
            done = cls.proxy.run("users", "totp", name)
            assert done.returncode == 0, done.stderr
            person.totp = done.stdout.split("secret: ")[1].split()[0]
        return person

    def log_in(self, name, *, password=PASSWORD, code="", methods="password", user=None):
        person = self.people[name]
        return person.ssh(self.port, user or f"{name}/root@web1", "--", "echo in",
            options=["BatchMode=no", "NumberOfPasswordPrompts=1", f"PreferredAuthentications={methods}"],
            env=self.asking(password, code))

    def assert_in(self, done):
        self.assertEqual(done.stdout, b"in\n", done.stderr)

    def assert_out(self, done, why=None):
        self.assert_refused(done, "permission denied")
        # The events of many refusals are summed; the operators' log has each.
        self.assertIn(why or "", self.proxy.log[self.read:])

    def setUp(self):
        super().setUp()
        self.read = len(self.proxy.log)

    def test_a_password(self):
        self.assert_in(self.log_in("typist"))
        self.assertEqual(self.proxy.wait_event("user.login", self.mark)["user"], "typist")
        self.assert_out(self.log_in("typist", password="wrong horse"), "a wrong password")
        self.assert_out(self.log_in("typist", password=""), "a wrong password")

    def test_a_password_needs_the_users_name(self):
        self.assert_out(self.log_in("typist", user="root@web1"), "a password needs the user in the name")
        self.assert_out(self.log_in("typist", user="nobody/root@web1"), "no such user")

    def test_a_key_is_not_enough_where_a_password_is_asked_for(self):
        self.assert_out(self.log_in("typist", methods="publickey"), "authentication_methods")

    def test_codes_are_good_once(self):
        person = self.people["coded"]
        step = int(time.time()) // STEP
        ways = {"name": "coded", "methods": "keyboard-interactive"}
        self.assert_out(self.log_in(**ways, code="000000"), "a wrong verification code")
        self.assert_out(self.log_in(**ways, password="wrong", code=code_of(person.totp, step)), "a wrong password")
        self.assert_out(self.log_in(**ways, code=code_of(person.totp, step - 20)), "a wrong verification code")
        code = code_of(person.totp, int(time.time()) // STEP)
        self.assert_in(self.log_in(**ways, code=code))
        self.assert_out(self.log_in(**ways, code=code), "a verification code that was used before")
        self.assert_out(self.log_in(name="coded", methods="password"))

    def test_a_key_and_then_a_password(self):
        self.assert_in(self.log_in("both", methods="publickey,password"))
        self.assert_out(self.log_in("both", methods="publickey"))
        self.assert_out(self.log_in("both", methods="password"))
        self.assert_out(self.log_in("both", methods="publickey,password", password="wrong"), "a wrong password")

    def test_a_key_and_then_password_and_code(self):
        person = self.people["keyed"]
        ways = {"name": "keyed", "methods": "publickey,keyboard-interactive"}
        code = code_of(person.totp, int(time.time()) // STEP)
        self.assert_out(self.log_in(**ways, code="000000"), "a wrong verification code")
        self.assert_out(self.log_in(name="keyed", methods="keyboard-interactive", code=code))
        self.assert_in(self.log_in(**ways, code=code))
        self.assert_out(self.log_in(**ways, code=code), "a verification code that was used before")

    def test_a_login_does_not_go_on_under_another_name(self):
        # OpenSSH's client cannot do that; the key of one and the password of another are nobody's.
        key = paramiko.Ed25519Key(filename=str(self.people["both"].key_file))
        with paramiko.Transport(("127.0.0.1", self.port)) as transport:
            transport.connect()
            self.assertEqual(transport.auth_publickey("both/root@web1", key), ["password"])
            for name in ("typist/root@web1", "both/root@web1"):
                self.assertRaises(paramiko.AuthenticationException, transport.auth_password, name, PASSWORD)
        self.assertIn("another user name than the one that the login began with", self.proxy.log[self.read:])

    def test_none_after_the_first_factor(self):
        key = paramiko.Ed25519Key(filename=str(self.people["both"].key_file))
        with paramiko.Transport(("127.0.0.1", self.port)) as transport:
            transport.connect()
            self.assertEqual(transport.auth_publickey("both/root@web1", key), ["password"])
            self.assertRaises(paramiko.SSHException, transport.auth_none, "both/root@web1")
            self.assertEqual(transport.auth_password("both/root@web1", PASSWORD), [])

    def test_a_right_password_of_many_at_once(self):
        person = self.enrol("many", "typist")
        self.proxy.reload()
        processes = [person.popen(self.port, "many/root@web1", "--", "echo in", stdin=subprocess.DEVNULL,
            options=["BatchMode=no", "PreferredAuthentications=password"], env=self.asking(PASSWORD)) for _ in range(12)]
        for process in processes:
            self.addCleanup(self._end, process)
        for process in processes:
            self.assertEqual(process.stdout.read(), b"in\n", process.stderr.read())

    def asking(self, password, code="", inner_code=""):
        return {"SSH_ASKPASS": str(self.askpass), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0", "PASSWORD": password,
                "CODE": code, "INNER_CODE": inner_code}

    def jump(self, name, inner_methods, **asked):
        person = self.people[name]
        config = self.work_file(f"{name}-config", (f"Host 127.0.0.1\n  PreferredAuthentications password,keyboard-interactive,publickey\n"
            f"Host *\n  IdentityFile {person.key_file}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile {person.known_hosts}\n"
            "  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking no\n  NumberOfPasswordPrompts 1\n  LogLevel ERROR\n").encode())
        return subprocess.run(["ssh", "-F", str(config), "-o", f"PreferredAuthentications={inner_methods}", "-J",
            f"{name}@127.0.0.1:{self.port}", "root@web1", "echo in"], capture_output=True, stdin=subprocess.DEVNULL,
            timeout=tools.DEADLINE, env=person.environment(self.asking(PASSWORD, **asked)))

    def test_inside_a_jump_a_password_does_not_stand_for_the_key_after_it(self):
        self.assert_in(self.jump("jumper", "publickey"))
        done = self.jump("jumper", "password,keyboard-interactive")
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertIn(b"root@web1: Permission denied (publickey)", done.stderr)

    def test_inside_a_jump_who_has_no_key_in_his_methods_gives_all_again(self):
        secret = self.people["coder"].totp
        now = int(time.time()) // STEP
        both = code_of(secret, now)
        self.assertEqual(self.jump("coder", "keyboard-interactive", code=both, inner_code=both).stdout, b"")
        self.assertIn("a verification code that was used before", self.proxy.log[self.read:])
        time.sleep(max(0, (now + 1) * STEP - time.time()))
        now = int(time.time()) // STEP
        self.assert_in(self.jump("coder", "keyboard-interactive", code=code_of(secret, now), inner_code=code_of(secret, now + 1)))

    def test_guessing_is_held_up_but_the_true_user_with_a_key_is_not(self):
        self.enrol("victim", "either")
        self.proxy.reload()
        for _ in range(6):
            self.assert_out(self.log_in("victim", password="wrong"))
        self.assert_out(self.log_in("victim"), "too many wrong passwords")  # though it is the right one
        self.assert_in(self.log_in("victim", methods="publickey"))
        self.assert_in(self.log_in("victim"))  # who has logged in from here is forgiven

    def test_nothing_secret_is_written_down(self):
        self.log_in("typist")
        self.log_in("typist", password="wrong horse")
        written = self.proxy.log + "".join(map(str, self.proxy.events()))
        for secret in ("horse", "$y$", self.people["coded"].totp):
            self.assertNotIn(secret, written)
        for name in ("users.yaml", "used-codes"):
            file = self.proxy.data_dir / name
            if file.exists():
                self.assertEqual(file.stat().st_mode & 0o777, 0o600, name)

    def test_users_passwd_asks_twice_without_showing(self):
        def ask(first, second):
            terminal = Terminal([proxies.binary(), "users", "passwd", "-c", str(self.proxy.config), "typist"],
                env=proxies.environment())
            self.addCleanup(terminal.close)
            terminal.expect(b"Password of typist: ")
            terminal.send(first + "\n")
            terminal.expect(b"Again: ")
            terminal.send(second + "\n")
            return terminal
        ask(PASSWORD, "another").expect(b"not the same")
        good = ask(PASSWORD, PASSWORD)
        good.expect(b"password set")
        self.assertNotIn(PASSWORD.encode(), good.shown)
