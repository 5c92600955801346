"""The Kubernetes API server of the tests: the program of tests/fakekube, its certificates, its log."""

import base64
import json
import os
import pathlib
import signal
import subprocess
import threading

from . import tools

HERE = pathlib.Path(__file__).resolve().parent.parent.parent / "fakekube"


def cache():
    return pathlib.Path(os.environ.get("VERBATIM_CACHE") or pathlib.Path.home() / ".cache/verbatim") / "fakekube"


def binary():
    """Built where it is not there yet; the build takes a lock."""
    done = subprocess.run([str(HERE / "build")], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"tests/fakekube/build failed:\n{done.stderr[-4000:]}"
    return done.stdout.strip()


class Authority:
    """A certificate authority in a folder: EC keys, a day's validity."""

    def __init__(self, folder, name="test-ca"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "ca.pem"
        self.key = self.folder / "ca.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def issue(self, name, subject, extensions):
        """(certificate file, key file)"""
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        extra = self.folder / f"{name}.ext"
        extra.write_text(extensions)
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
            "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-days", "2",
            "-set_serial", str(int.from_bytes(os.urandom(8), "big") >> 1), "-extfile", extra, "-out", certificate)
        return certificate, key

    def server(self, name="server"):
        return self.issue(name, f"/CN={name}",
            "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes\nextendedKeyUsage=serverAuth\n")

    def client(self, name, groups=()):
        subject = "".join(f"/O={group}" for group in groups) + f"/CN={name}"
        return self.issue(f"client-{name}", subject, "extendedKeyUsage=clientAuth\n")


def write_kubeconfig(path, server, ca, certificate=None, key=None, token=None, token_file=None, more=None):
    """A kubeconfig (JSON is YAML) with one context; `more` goes into the cluster."""
    user = {}
    if certificate:
        user = {"client-certificate": str(certificate), "client-key": str(key)}
    if token:
        user["token"] = token
    if token_file:
        user["tokenFile"] = str(token_file)
    data = base64.b64encode(pathlib.Path(ca).read_bytes()).decode()
    text = {"apiVersion": "v1", "kind": "Config", "current-context": "it", "preferences": {},
        "clusters": [{"name": "it", "cluster": {"server": server, "certificate-authority-data": data, **(more or {})}}],
        "users": [{"name": "it", "user": user}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it", "namespace": "default"}}]}
    path = pathlib.Path(path)
    path.write_text(json.dumps(text, indent=1))
    path.chmod(0o600)
    return path


class FakeKube:
    """One server; `kubeconfig` is the proxy's way in (and kubectl's in a direct run)."""

    # Who the proxy is at this cluster, and the token that means the same.
    name, token = "verbatim-proxy", "the-proxys-token"

    def __init__(self, folder, *flags, authority=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authority = authority or Authority(self.folder / "ca")
        self.flags = flags
        self.port = tools.free_port()
        self.log_file = self.folder / "requests.jsonl"
        self.log_file.touch()
        self.server_certificate, self.server_key = self.authority.server()
        self.certificate, self.key = self.authority.client(self.name, ("verbatim:proxies",))
        self.kubeconfig = write_kubeconfig(self.folder / "upstream.kubeconfig", self.url, self.authority.certificate,
            self.certificate, self.key)
        self.process = None

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def start(self):
        command = [binary(), "-listen", f"127.0.0.1:{self.port}", "-cert", str(self.server_certificate),
            "-key", str(self.server_key), "-client-ca", str(self.authority.certificate),
            "-token", f"{self.token}={self.name}", "-log", str(self.log_file), *self.flags]
        self.errors = open(self.folder / "stderr", "ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors)
        ready = self.process.stdout.readline()
        assert ready, f"fakekube did not start: {(self.folder / 'stderr').read_text()}"
        self.drain = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.drain.start()
        return self

    def stop(self, how=signal.SIGKILL):
        """Ends it, and the processes that it runs."""
        if not self.process:
            return
        children = tools.children_of(self.process.pid)
        tools.stop(self.process, how)
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.drain.join(tools.DEADLINE)
        self.process.stdout.close()
        self.errors.close()
        self.process = None

    # -- its log ----------------------------------------------------------------------------

    def mark(self):
        return len(self.lines())

    def lines(self, *events, since=0):
        found = []
        for line in self.log_file.read_bytes().split(b"\n")[:-1]:
            found.append(json.loads(line))
        return [line for line in found[since:] if not events or line["event"] in events]

    def requests(self, since=0, ending=None):
        """What arrived; headers are a dict of lists with Go's canonical names."""
        return [line for line in self.lines("request", since=since)
                if ending is None or line["path"].rstrip("/").endswith(ending)]

    def wait_line(self, event, since=0, **fields):
        def find():
            for line in self.lines(event, since=since):
                if all(line.get(key) == value for key, value in fields.items()):
                    return line
            return None
        return tools.wait_until(find, f"{event} {fields or ''} in the API server's log")

    @staticmethod
    def runs(pid):
        """Whether that process lives (a zombie does not)."""
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False
