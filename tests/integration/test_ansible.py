"""An Ansible playbook: its default way of running modules, and pipelining."""

import json
import os
import shutil
import subprocess
import unittest

from support.case import Case, tools

PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - command: echo from-command
      register: said
    - shell: echo out; echo err >&2; exit 3
      register: failed
      failed_when: failed.rc != 3
    - copy: {{src: {here}/blob, dest: {there}/blob, mode: "0640"}}
    - template: {{src: {here}/page.j2, dest: {there}/page}}
    - file: {{path: {there}/folder, state: directory}}
    - lineinfile: {{path: {there}/page, line: "one more", create: true}}
    - stat: {{path: {there}/blob, checksum_algorithm: sha256}}
      register: blob
    - fetch: {{src: {there}/blob, dest: {here}/back, flat: true}}
    - script: {here}/script.sh an-argument
      register: script
    - copy:
        content: "{{{{ {{'said': said.stdout, 'rc': failed.rc, 'sha': blob.stat.checksum, 'script': script.stdout}} | to_json }}}}"
        dest: {there}/result
"""


SHORT_PLAYBOOK = """\
- hosts: all
  gather_facts: true
  tasks:
    - copy: {{src: {here}/blob, dest: {there}/blob, mode: "0640"}}
    - command: echo {{{{ ansible_facts.system }}}}
"""


@unittest.skipUnless(shutil.which("ansible-playbook"), "needs ansible-core")
class Ansible(Case):
    def play(self, playbook=PLAYBOOK, **settings):
        self.here, self.there = self.work_file("here"), self.work_file("there")
        self.here.mkdir()
        self.there.mkdir()
        self.blob = os.urandom(1 << 20)
        (self.here / "blob").write_bytes(self.blob)
        (self.here / "page.j2").write_text("I am {{ ansible_port }} {{ '' if true }}\n")
        (self.here / "ansible.cfg").write_text("[defaults]\n")
        (self.here / "script.sh").write_text("#!/bin/sh\necho script-got-$1\n")
        (self.here / "play.yml").write_text(playbook.format(here=self.here, there=self.there))
        (self.here / "hosts").write_text(f"web1 ansible_host=127.0.0.1 ansible_port={self.port} ansible_user={self.user} "
            f"ansible_ssh_private_key_file={self.client.key_file} ansible_python_interpreter=/usr/bin/python3\n")
        control = self.folder / "cp"
        words = [word for word in self.client.options() if word not in ("-F", "none", "PreferredAuthentications=publickey")]
        environment = self.client.environment({
            "ANSIBLE_HOME": str(self.here), "ANSIBLE_LOCAL_TEMP": str(self.here / "tmp"), "ANSIBLE_CONFIG": str(self.here / "ansible.cfg"),
            "ANSIBLE_REMOTE_TEMP": str(self.there / "tmp"), "ANSIBLE_SSH_CONTROL_PATH_DIR": str(control),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_SSH_COMMON_ARGS": "-F none " + " ".join(f"-o {word}" for word in words if word != "-o"),
            **settings})
        done = subprocess.run(["ansible-playbook", "-i", str(self.here / "hosts"), str(self.here / "play.yml")],
            capture_output=True, stdin=subprocess.DEVNULL, timeout=120 * tools.PATIENCE, env=environment)
        # The connection that it keeps for its next play.
        for path in control.glob("*") if control.exists() else ():
            subprocess.run(["ssh", "-F", "none", "-O", "exit", "-S", str(path), "x"], capture_output=True,
                stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
        return done.stdout

    def assert_played(self):
        self.assertEqual((self.there / "blob").read_bytes(), self.blob)
        self.assertEqual((self.there / "blob").stat().st_mode & 0o777, 0o640)
        self.assertEqual((self.here / "back").read_bytes(), self.blob)
        self.assertEqual((self.there / "page").read_text(), f"I am {self.port} \none more\n")
        self.assertTrue((self.there / "folder").is_dir())
        result = json.loads((self.there / "result").read_text())
        self.assertEqual((result["said"], result["rc"], result["script"].strip()), ("from-command", 3, "script-got-an-argument"))
        if not self.proxy:
            return
        sessions = self.sessions()
        self.assertGreater(len(sessions), 10)
        self.assertTrue(any(b"from-command" in session.bytes() for session in sessions))
        self.assertEqual(self.proxy.unfinished(), [])
        return sessions

    def test_by_default(self):
        self.play()
        sessions = self.assert_played()
        if sessions:
            files = [event for event in self.proxy.events("sftp") if event.get("path") == f"{self.there}/blob"
                     or event.get("len") == len(self.blob)]
            self.assertTrue(files, "the blob's own event")

    def test_with_pipelining(self):
        self.play(ANSIBLE_PIPELINING="1")
        sessions = self.assert_played()
        if sessions:
            # Modules go in by standard input then.
            self.assertTrue(any(b"ansiballz" in session.bytes("stdin").lower() for session in sessions))

    def test_facts_and_files_by_pipes(self):
        shown = self.play(SHORT_PLAYBOOK, ANSIBLE_SSH_TRANSFER_METHOD="piped")
        self.assertIn(b"ok=3", shown)
        self.assertEqual((self.there / "blob").read_bytes(), self.blob)
        if self.proxy:
            self.assertTrue(any(self.blob in session.bytes("stdin") for session in self.sessions()))
