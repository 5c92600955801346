"""Configuration and start: each mistake has its file, line and sentence, and the right exit code."""

import os
import socket
import subprocess

from support import proxy as proxies
from support import tools
from support.case import Case, needs_proxy


@needs_proxy
class Configuration(Case):
    starts_proxy = False

    def run_with(self, text, *arguments):
        file = self.folder / f"{self._testMethodName}.yaml"
        file.write_text(text)
        file.chmod(0o600)
        done = subprocess.run([proxies.binary(), *(arguments or ("check",)), "-c", str(file)], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=tools.DEADLINE, env=proxies.environment())
        return done, file

    def good(self):
        return self.proxy.config.read_text()

    def assert_problem(self, text, line, word):
        done, file = self.run_with(text)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        said = done.stdout + done.stderr
        self.assertIn(f"{file}:{line}: ", said)
        self.assertIn(word, said)
        started, _ = self.run_with(text, "start")
        self.assertEqual(started.returncode, 2)
        self.assertIn(f"{file}:{line}: ", started.stderr)

    def test_a_good_file_passes(self):
        done, _ = self.run_with(self.good())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_unknown_key(self):
        lines = self.good().splitlines() + ["colour: blue"]
        self.assert_problem("\n".join(lines), len(lines), "colour")

    def test_an_unknown_key_further_in(self):
        text = self.good().replace("allow: {logins:", "allow: {lgoins:")
        line = next(n for n, row in enumerate(text.splitlines(), 1) if "lgoins" in row)
        self.assert_problem(text, line, "lgoins")

    def test_a_wrong_type(self):
        text = self.good().replace("data_dir: ", "data_dir: [a, b] #")
        line = next(n for n, row in enumerate(text.splitlines(), 1) if "data_dir" in row)
        self.assert_problem(text, line, "data_dir")

    def test_broken_yaml(self):
        done, file = self.run_with("version: 1\nusers: [\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{file}:", done.stdout + done.stderr)

    def test_a_wrong_version(self):
        self.assert_problem(self.good().replace("version: 1", "version: 9"), 1, "version")

    def test_a_bad_key_line(self):
        text = self.good().replace("ssh-ed25519 AAAA", "ssh-ed25519 !!!!", 1)
        line = next(n for n, row in enumerate(text.splitlines(), 1) if "!!!!" in row)
        done, file = self.run_with(text)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{file}:{line}: ", done.stdout + done.stderr)

    def test_a_key_that_two_users_have(self):
        text = self.good().replace("roles:\n", f'  - {{name: bob, roles: [all], authorized_keys: ["{self.client.key}"]}}\nroles:\n', 1)
        done, file = self.run_with(text)
        self.assertEqual(done.returncode, 2)
        self.assertIn(str(file), done.stdout + done.stderr)

    def test_a_file_that_is_not_there(self):
        done = subprocess.run([proxies.binary(), "check", "-c", "/nonexistent/v.yaml"], capture_output=True, text=True,
            timeout=tools.DEADLINE, stdin=subprocess.DEVNULL, env=proxies.environment(), check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nonexistent/v.yaml", done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1)

    def test_wrong_usage(self):
        for arguments in ((), ("fly",), ("play",), ("play", "x", "--speed", "abc"), ("check", "--nonsense")):
            done = subprocess.run([proxies.binary(), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                timeout=tools.DEADLINE, env=proxies.environment(), check=False)
            self.assertEqual(done.returncode, 2, (arguments, done.stdout, done.stderr))

    def test_help_of_every_command(self):
        for arguments in ((), ("start",), ("check",), ("ls",), ("play",), ("export",), ("events",), ("ca",), ("users",)):
            done = subprocess.run([proxies.binary(), *arguments, "--help"], capture_output=True, text=True,
                stdin=subprocess.DEVNULL, timeout=tools.DEADLINE, env=proxies.environment(), check=False)
            self.assertEqual(done.returncode, 0, (arguments, done.stderr))
            self.assertTrue(done.stdout.strip())

    def start_to_end(self, proxy):
        proxy.launch()
        proxy.process.wait(tools.DEADLINE)
        status = proxy.process.returncode
        proxy._close()
        proxy.assert_sound()
        return status

    def test_a_port_in_use(self):
        proxy = self.make_proxy("port")
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", proxy.port))
            other.listen(1)
            self.assertIn(self.start_to_end(proxy), (1, 2))
        self.assertIn(str(proxy.port), proxy.log)
        self.assertIn("in use", proxy.log.lower())

    def test_a_data_dir_that_cannot_be_made(self):
        # Also for root: a folder cannot stand below a file.
        blocked = self.work_file("file", b"")
        proxy = self.make_proxy("blocked", data_dir=blocked / "data")
        self.assertIn(self.start_to_end(proxy), (1, 2))
        self.assertIn(str(blocked), proxy.log)

    def test_two_proxies_of_one_data_dir(self):
        one = self.make_proxy("one")
        two = self.make_proxy("two", data_dir=one.data_dir)
        one.start()
        self.addCleanup(one.stop)
        self.assertIn(self.start_to_end(two), (1, 2))
        self.assertIn(str(one.data_dir), two.log)

    def test_keys_that_others_can_read_are_refused(self):
        proxy = self.make_proxy("loose")
        proxy.start()
        proxy.stop()
        key = next(file for file in (proxy.data_dir / "keys").rglob("*") if file.is_file() and file.stat().st_mode & 0o777 == 0o600)
        os.chmod(key, 0o644)
        self.assertIn(self.start_to_end(proxy), (1, 2))
        self.assertIn(key.name, proxy.log)

    def test_the_keys_stay_the_same_from_start_to_start(self):
        proxy = self.make_proxy("keys")
        before = proxy.ca_lines()
        proxy.start()
        proxy.stop()
        self.assertEqual(proxy.ca_lines(), before)
        self.assertRegex(before, r"^(ssh-|ecdsa-)")
