"""OpenSSH's own clients, without the machine's or the user's configuration."""

import os
import pathlib
import subprocess

from . import tools


class Client:
    """One user: a key, a known_hosts file, options."""

    def __init__(self, folder, name="alice", kind="ed25519"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.key_file = self.folder / f"{name}_key"
        self.key = tools.make_key(self.key_file, kind, name)
        self.known_hosts = self.folder / f"{name}_known_hosts"

    def options(self, *extra):
        """`extra` wins: of an option said twice, ssh takes the first."""
        pairs = [*extra, f"IdentityFile={self.key_file}", "IdentitiesOnly=yes", "IdentityAgent=none",
                 f"UserKnownHostsFile={self.known_hosts}", "GlobalKnownHostsFile=/dev/null",
                 "StrictHostKeyChecking=accept-new", "UpdateHostKeys=no", "LogLevel=ERROR", "BatchMode=yes",
                 "PreferredAuthentications=publickey", "ConnectTimeout=30"]
        return ["-F", "none"] + [word for pair in pairs for word in ("-o", pair)]

    def ssh_command(self, port, user, *arguments, options=()):
        """`arguments` are ssh's own flags first, then `--` and the command, as a caller gives them."""
        words = list(arguments)
        at = words.index("--") if "--" in words else len(words)
        return ["ssh", *self.options(*options), "-p", str(port), *words[:at], "-l", user, "127.0.0.1",
                *words[at + 1:]]

    def environment(self, extra=None):
        keep = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        return {**keep, **(extra or {})}

    def ssh(self, port, user, *arguments, options=(), input=None, deadline=tools.DEADLINE, env=None):
        """Runs to the end; bytes in and out."""
        return subprocess.run(self.ssh_command(port, user, *arguments, options=options),
            input=input, stdin=subprocess.DEVNULL if input is None else None, capture_output=True,
            timeout=deadline, env=self.environment(env))

    def popen(self, port, user, *arguments, options=(), env=None, **popen):
        settings = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        return subprocess.Popen(self.ssh_command(port, user, *arguments, options=options),
            env=self.environment(env), **{**settings, **popen})

    def sftp(self, port, user, batch, options=(), deadline=tools.DEADLINE):
        """sftp with a batch of commands."""
        return subprocess.run(["sftp", *self.options(f"User={user}", *options), "-b", "-", "-P", str(port), "127.0.0.1"],
            input=batch.encode(), capture_output=True, timeout=deadline, env=self.environment())

    def scp(self, port, user, *words, options=(), deadline=tools.DEADLINE):
        """scp; the remote side is written `remote:path`."""
        files = [word.replace("remote:", "127.0.0.1:", 1) for word in words]
        return subprocess.run(["scp", "-q", *self.options(f"User={user}", *options), "-P", str(port), *files],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline, env=self.environment())
