"""A real sshd as target, on a free loopback port, with a configuration of its own."""

import os
import pathlib
import signal
import subprocess

from . import tools

SSHD = "/usr/sbin/sshd"

CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
PidFile none
UsePAM no
StrictModes no
TrustedUserCAKeys {folder}/user_ca.pub
AuthorizedKeysFile {folder}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitUserEnvironment no
PrintMotd no
PrintLastLog no
AcceptEnv LANG LC_* VERBATIM_*
Subsystem sftp {sftp}
MaxStartups 200
MaxSessions 64
LogLevel VERBOSE
{extra}
"""


class Sshd:
    """`direct_key` may log in without the proxy, so that tests can compare both ways; all others
    need a certificate of a CA that trust() named. `sftp`: the command of its subsystem."""

    def __init__(self, folder, extra="", direct_key=None, sftp="internal-sftp"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = tools.free_port()
        self.host_key = tools.make_key(self.folder / "host_key", comment="target")
        (self.folder / "authorized_keys").write_text((direct_key or "") + "\n")
        (self.folder / "user_ca.pub").write_text("")
        self.extra, self.sftp = extra, sftp
        self.process = None

    def trust(self, ca_lines):
        (self.folder / "user_ca.pub").write_text(ca_lines)

    def new_host_key(self):
        """A key that no configuration knows; counts from the next start on."""
        for name in ("host_key", "host_key.pub"):
            (self.folder / name).unlink()
        self.host_key = tools.make_key(self.folder / "host_key", comment="changed")

    @property
    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def start(self):
        config = self.folder / "sshd_config"
        config.write_text(CONFIG.format(port=self.port, folder=self.folder, extra=self.extra, sftp=self.sftp))
        if os.geteuid() == 0:
            # Where sshd sheds its privileges; the package's service makes it at boot.
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        tools.wait_until(lambda: self.process.poll() is not None or tools.accepts(self.port),
                         "the target's sshd to listen")
        if self.process.poll() is not None:
            raise AssertionError(f"sshd did not start:\n{self.log}")
        return self

    def sessions(self):
        """The ids of the processes that serve connections."""
        return tools.children_of(self.process.pid)

    def kill_sessions(self):
        """As if the machine died under the session: its processes vanish, the listener stays."""
        for pid in reversed(self.sessions()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def stop(self):
        if self.process:
            self.kill_sessions()
            tools.stop(self.process)
            self.process = None
