"""kubectl of several versions: Debian's, fetched by tests/fakekube/fetch, and what the machine has."""

import base64
import functools
import glob
import json
import os
import pathlib
import re
import subprocess

from . import fakekube, tools

# From this version exec speaks WebSocket first; port-forward one later.
WEBSOCKET_EXEC, WEBSOCKET_FORWARD = (1, 30), (1, 31)


@functools.lru_cache(maxsize=None)
def installed():
    """{(major, minor): path}, one of each minor version."""
    fakekube.binary()  # fetches kubectl too
    places = sorted(glob.glob(str(fakekube.cache() / "kubectl/*/kubectl")))
    places += [os.path.join(folder, "kubectl") for folder in os.environ.get("PATH", "").split(":")]
    # Other installers put several beside each other: kubectl.1.29
    beside = {os.path.dirname(os.path.realpath(path)) for path in places if os.path.exists(path)}
    places += sorted(path for folder in beside for path in glob.glob(folder + "/kubectl.1.*"))
    found = {}
    for path in places:
        if not os.access(path, os.X_OK):
            continue
        version = version_of(path)
        if version:
            found.setdefault(version, path)
    assert any(version < WEBSOCKET_EXEC for version in found), f"no kubectl that speaks SPDY: {found}"
    assert any(version >= WEBSOCKET_FORWARD for version in found), f"no kubectl that speaks WebSocket: {found}"
    return found


def version_of(path):
    """None for a dispatcher, which would run another binary."""
    done = subprocess.run([path, "version", "--client", "-o", "json"], capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False)
    match = re.search(r'"gitVersion": *"v(\d+)\.(\d+)\.\d+([^"]*)"', done.stdout)
    if not match or "dispatcher" in match[3]:
        return None
    return int(match[1]), int(match[2])


def every():
    """All versions, oldest first."""
    return [Kubectl(version) for version in sorted(installed())]


def pair():
    """The oldest, which speaks SPDY, and the newest, which speaks WebSocket."""
    versions = sorted(installed())
    return [Kubectl(versions[0]), Kubectl(versions[-1])]


class Kubectl:
    def __init__(self, version):
        self.version, self.path = version, installed()[version]

    def __repr__(self):
        return "kubectl " + ".".join(map(str, self.version))

    @property
    def transport(self):
        """Of exec, attach and cp."""
        return "websocket" if self.version >= WEBSOCKET_EXEC else "spdy"

    @property
    def forward_transport(self):
        return "websocket" if self.version >= WEBSOCKET_FORWARD else "spdy"


class User:
    """A person with a kubeconfig: a home of its own, so that no setting or cache of the machine counts."""

    def __init__(self, folder, kubeconfig):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kubeconfig = kubeconfig

    def certificate_files(self):
        """(certificate, key): what the kubeconfig holds of them, as files."""
        files = []
        for name in ("client-certificate-data", "client-key-data"):
            file = self.folder / f"{name}.pem"
            found = re.search(rf'"?{name}"?: *"?([A-Za-z0-9+/=]+)', pathlib.Path(self.kubeconfig).read_text())
            assert found, f"no {name} in the kubeconfig"
            file.write_bytes(base64.b64decode(found[1]))
            files.append(file)
        return files

    def environment(self, extra=None):
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.folder), "TERM": "xterm",
                "KUBECONFIG": str(self.kubeconfig), **(extra or {})}

    def command(self, kubectl, *arguments):
        return [kubectl.path, *map(str, arguments)]

    def run(self, kubectl, *arguments, input=None, deadline=tools.DEADLINE * 2, env=None, cwd=None):
        return subprocess.run(self.command(kubectl, *arguments), input=input, capture_output=True, timeout=deadline,
            stdin=subprocess.DEVNULL if input is None else None, env=self.environment(env), cwd=cwd, check=False)

    def popen(self, kubectl, *arguments, env=None, **popen):
        settings = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        return subprocess.Popen(self.command(kubectl, *arguments), env=self.environment(env), **{**settings, **popen})


def parse(done):
    """JSON that kubectl printed."""
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


__all__ = ["Kubectl", "User", "every", "installed", "pair", "parse"]
