"""The ways to the target that are compared. Each is asked the same things: how to run ssh over it,
what its middle has used so far, and whether the middle is at rest."""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess

from support import tools
from support.client import Client
from support.proxy import Proxy
from support.sshd import Sshd

from . import processes

GCM = "aes128-gcm@openssh.com"
CHACHA = "chacha20-poly1305@openssh.com"

# What this machine's user has in .bashrc would be in every session's time.
BARE = "SetEnv HOME=/nonexistent"

# sshd + script as it is usually set up: every session runs in script(1), which logs in further on.
# script copies through a terminal of its own, so streams merge and newlines change.
FORCED = """\
#!/bin/sh
terminal=
[ -t 0 ] && terminal=-tt
log=$(mktemp {logs}/XXXXXXXX)
exec script -qfc 'exec ssh '"$terminal"' {options} -l {login} 127.0.0.1 "$SSH_ORIGINAL_COMMAND"' "$log"
"""


class Path:
    """`name` stands in the results' file, `label` in tables."""

    records = False

    def __init__(self, name, label, scene, client, port, user, options=(), cipher=GCM):
        self.name, self.label, self.scene = name, label, scene
        self.client, self.port, self.user = client, port, user
        # Newer clients blur the times of keystrokes on purpose; older ones do not know the option.
        self.options = (f"Ciphers={cipher}", "IgnoreUnknown=ObscureKeystrokeTiming", "ObscureKeystrokeTiming=no",
                        *options)

    def command(self, *words):
        """ssh's own flags, then `--` and the command for the target."""
        return self.client.ssh_command(self.port, self.user, *words, options=self.options)

    def run(self, *words):
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=60)
        if done.returncode:
            raise RuntimeError(f"{self.label}: ssh ended with {done.returncode}: {done.stderr.decode(errors='replace')}")

    @contextlib.contextmanager
    def connection(self):
        """A connection that is logged in; yields the words that run a command over it, so that what is
        timed is the transfer and not the login."""
        socket = self.scene.folder / f"{self.name}.sock"
        words = self.command("-M", "-N", "-S", str(socket))
        master = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            tools.wait_until(lambda: socket.exists() or master.poll() is not None, f"{self.label} to connect")
            if master.poll() is not None:
                raise RuntimeError(f"{self.label}: ssh ended with {master.returncode}")
            yield ["ssh", "-F", "none", "-o", "ControlMaster=no", "-S", str(socket), "-l", self.user, "127.0.0.1"]
        finally:
            tools.stop(master)

    def cpu(self):
        """Processor seconds that the middle has used so far; None where there is no middle."""
        return None

    def memory_kib(self):
        return None

    def settle(self):
        """Waits until the middle has nothing left to do, and throws away what it recorded."""


class JumpPath(Path):
    """Through a second sshd that passes the bytes on unread."""

    def __init__(self, scene):
        jump = scene.jump
        via = scene.direct
        words = ["ssh", *via.options(f"Ciphers={GCM}"), "-W", "[%h]:%p", "-p", str(jump.port),
                 "-l", scene.login, "127.0.0.1"]
        super().__init__("jump", "ssh -J", scene, via, scene.target.port, scene.login,
                         options=(f"ProxyCommand={' '.join(words)}",))
        self.middle = jump

    def cpu(self):
        return processes.tree_cpu(self.middle.process.pid)

    def memory_kib(self):
        return processes.tree_pss_kib(self.middle.process.pid)


class ScriptPath(JumpPath):
    """A second sshd that runs every session in script(1)."""

    def __init__(self, scene):
        Path.__init__(self, "script", "sshd + script", scene, scene.direct, scene.gateway.port, scene.login)
        self.middle = scene.gateway

    def settle(self):
        for log in self.scene.script_logs.iterdir():
            log.unlink()


class ProxyPath(Path):
    """Through Verbatim."""

    def __init__(self, name, label, scene, proxy, cipher=GCM):
        super().__init__(name, label, scene, scene.user, proxy.port, f"{scene.login}@web1", cipher=cipher)
        self.proxy = proxy

    def cpu(self):
        return processes.own_cpu(self.proxy.process.pid)

    def memory_kib(self):
        return tools.rss_kib(self.proxy.process.pid)

    def settle(self):
        tools.wait_until(lambda: not self.proxy.unfinished(), f"the recordings of {self.label} to be finished")
        for recording in (self.proxy.data_dir / "log/records").glob("*"):
            recording.unlink()


class Scene:
    """One target; a jump host, a gateway with script, and two proxies before it. Recordings go to
    `folder`, which should be on a disk; the files to send come from memory."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.login = pwd.getpwuid(os.geteuid()).pw_name
        self.direct = Client(self.folder / "direct", "direct")
        self.user = Client(self.folder / "client", "alice")
        self.target = Sshd(self.folder / "target", BARE, direct_key=self.direct.key)
        self.jump = Sshd(self.folder / "jump", direct_key=self.direct.key)
        self.gateway = Sshd(self.folder / "gateway", f"{BARE}\nForceCommand {self._forced()}", self.direct.key)
        self.proxies, self.trusted = {}, ""

    def _forced(self):
        self.script_logs = self.folder / "script-logs"
        self.script_logs.mkdir()
        options = " ".join([*self.direct.options(f"Ciphers={GCM}"), "-p", str(self.target.port)])
        program = self.folder / "forced"
        program.write_text(FORCED.format(logs=self.script_logs, options=options, login=self.login))
        program.chmod(0o755)
        return program

    def proxy(self, name, recording=True, ssh_options=""):
        """A proxy of that name, started at its first use."""
        if name not in self.proxies:
            proxy = Proxy(self.folder / name, {"alice": [self.user.key]},
                          {"web1": (self.target.port, [self.target.host_key])}, logins=(self.login,),
                          options="" if recording else "session_recording: off", ssh_options=ssh_options)
            self.trusted += proxy.ca_lines()
            self.target.trust(self.trusted)
            self.proxies[name] = proxy.start()
        return self.proxies[name]

    def __enter__(self):
        try:
            for server in (self.target, self.jump, self.gateway):
                server.start()
            self.paths = {path.name: path for path in (
                Path("direct", "direct ssh", self, self.direct, self.target.port, self.login),
                JumpPath(self), ScriptPath(self),
                ProxyPath("relay", "Verbatim, not recording", self, self.proxy("proxy-off", recording=False)),
                ProxyPath("recorded", "Verbatim", self, self.proxy("proxy")))}
            self.paths["direct-chacha"] = Path("direct-chacha", "direct ssh, chacha20", self, self.direct,
                                               self.target.port, self.login, cipher=CHACHA)
            self.paths["recorded-chacha"] = ProxyPath("recorded-chacha", "Verbatim, chacha20 client", self,
                                                      self.proxy("proxy"), cipher=CHACHA)
            # What the clients' own choice of a key exchange costs: OpenSSH before 9.9 takes sntrup761.
            self.paths["classic"] = ProxyPath("classic", "Verbatim, curve25519 client", self,
                                              self.proxy("proxy-classic", ssh_options="kex: [curve25519-sha256]"))
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *unused):
        for proxy in self.proxies.values():
            with contextlib.suppress(AssertionError):
                proxy.stop()
        for server in (self.gateway, self.jump, self.target):
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
