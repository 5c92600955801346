"""One Kubernetes API server and a proxy before it, and the two ways there: straight and through the proxy.

The API server is tests/fakekube: local processes as pods behind Kubernetes' own stream code."""

import contextlib
import pathlib

from support import kubectl, tools
from support.client import Client
from support.fakekube import FakeKube
from support.kube_raw import TlsClient
from support.proxy import Proxy

from . import processes

POD = "/api/v1/namespaces/default/pods/bb"


class Way:
    """How a client gets to the API server: kubectl, or connections made by hand."""

    def __init__(self, user, port, certificate, key):
        self.user, self.port, self.certificate, self.key = user, port, certificate, key

    def kubectl(self, program, *words):
        """(command, environment)"""
        return self.user.command(program, *words), self.user.environment()

    def connect(self):
        return TlsClient(self.port, self.certificate, self.key, timeout=60)


class KubeScene(contextlib.ExitStack):
    """`ways` holds "direct" and "recorded"; `programs` a kubectl for each transport."""

    def __init__(self, folder):
        super().__init__()
        self.folder = pathlib.Path(folder) / "kube"
        self.folder.mkdir()
        self.programs = {program.transport: program for program in kubectl.pair()}

    def __enter__(self):
        self.cluster = FakeKube(self.folder / "cluster").start()
        self.callback(self.cluster.stop)
        self.proxies = {}
        self.ways = {"direct": Way(kubectl.User(self.folder / "direct", self.cluster.kubeconfig), self.cluster.port,
                                   self.cluster.certificate, self.cluster.key),
                     "recorded": self.through(self.proxy("proxy"))}
        return self

    def proxy(self, name):
        """A proxy of that name, started at its first use."""
        if name not in self.proxies:
            key = Client(self.folder / f"{name}-key").key
            # Connections here come from one address, and many at a time.
            proxy = Proxy(self.folder / name, users={"alice": [key]}, targets={}, clusters={"prod": self.cluster.kubeconfig},
                          kube_options="max_unauthenticated: 1000\nmax_unauthenticated_per_source: 1000")
            self.proxies[name] = proxy.start()
            self.callback(self._stop, proxy)
        return self.proxies[name]

    def through(self, proxy):
        user = kubectl.User(proxy.folder / "home", proxy.make_kubeconfig(proxy.folder / "alice.kubeconfig"))
        return Way(user, proxy.kube_port, *user.certificate_files())

    @staticmethod
    def _stop(proxy):
        with contextlib.suppress(AssertionError):
            proxy.stop()


def cpu(proxy):
    return processes.own_cpu(proxy.process.pid)


def settle(proxy):
    """Waits for the end of what is being recorded, and throws the recordings away."""
    tools.wait_until(lambda: not proxy.unfinished(), "recordings to be finished", 60)
    for recording in (proxy.data_dir / "log/records").glob("*"):
        recording.unlink()
