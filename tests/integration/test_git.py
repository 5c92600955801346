"""git clone, fetch and push over ssh."""

import os
import subprocess

from support.case import Case


class Git(Case):
    def git(self, *words, folder=None):
        shell = " ".join(["ssh", *self.client.options(), "-p", str(self.port)])
        done = subprocess.run(["git", *words], cwd=folder or self.folder, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=120, env=self.client.environment({"GIT_SSH_COMMAND": shell, "GIT_CONFIG_GLOBAL": "/dev/null",
                "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
                "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def commit(self, folder, **files):
        for name, data in files.items():
            (folder / name).write_bytes(data)
        self.git("add", "-A", folder=folder)
        self.git("commit", "-q", "-m", "more", folder=folder)

    def test_push_clone_and_fetch(self):
        bare, one, two = self.work_file("bare"), self.work_file("one"), self.work_file("two")
        self.git("init", "-q", "--bare", "-b", "main", str(bare))
        self.git("init", "-q", "-b", "main", str(one))
        files = {f"file{n}": os.urandom(100_000 + n) for n in range(60)}
        self.commit(one, **files)
        # Both ways to write it: as a URL, and as scp does.
        self.git("push", "-q", f"ssh://{self.user}@127.0.0.1{bare}", "main", folder=one)
        self.git("clone", "-q", f"{self.user}@127.0.0.1:{bare}", str(two))
        for name, data in files.items():
            self.assertEqual((two / name).read_bytes(), data)
        self.assertEqual(self.git("rev-parse", "HEAD", folder=one), self.git("rev-parse", "HEAD", folder=two))
        self.commit(two, later=b"later")
        self.git("push", "-q", "origin", "main", folder=two)
        self.git("pull", "-q", f"{self.user}@127.0.0.1:{bare}", "main", folder=one)
        self.assertEqual((one / "later").read_bytes(), b"later")
        self.git("fsck", "--strict", folder=bare)
        if self.proxy:
            commands = [session.end["initial_command"][0] for session in self.sessions(4)]
            self.assertEqual([command.split()[0] for command in commands],
                             ["git-receive-pack", "git-upload-pack", "git-receive-pack", "git-upload-pack"])
            push = self.sessions(4)[0]
            self.assertGreater(len(push.bytes("stdin")), 60 * 100_000)
