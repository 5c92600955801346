"""The proxy under test: configuration, start, stop, and what it leaves behind."""

import os
import pathlib
import re
import signal
import subprocess
import threading

from . import records, tools

REPORT = re.compile(r"(ERROR|WARNING): (Address|Leak|Thread|UndefinedBehavior|Memory)Sanitizer|runtime error: ")

SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1:exitcode=66",
}


def binary():
    path = os.environ.get("VERBATIM_BINARY", "")
    if not path or not os.access(path, os.X_OK):
        raise AssertionError(f"VERBATIM_BINARY does not name a program: {path!r}")
    return os.path.abspath(path)


def environment():
    return {**os.environ, **SANITIZERS}


class Proxy:
    """One configuration in `folder`, started and stopped any number of times.

    users:   {name: [public key line]}, each with the role `all`, or those of user_roles[name]
    targets: {name: (port, [host key line])}
    options: further top-level lines of YAML; ssh_options: within `ssh: {...}`; target_options: within
    each target's `{...}`
    clusters: {name: kubeconfig file}, which makes it listen for kubectl; kube_options: lines
    within `kubernetes:`; kube_groups: whom the role `all` is at a cluster
    """

    def __init__(self, folder, users, targets, logins=("root",), options="", ssh_options="",
                 data_dir=None, roles=None, user_roles=None, clusters=None, kube_options="", kube_groups=("developers",),
                 target_options=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data_dir = pathlib.Path(data_dir or self.folder / "data")
        self.port = tools.free_port()
        self.config = self.folder / "verbatim.yaml"
        self.users, self.targets, self.logins = users, targets, logins
        self.options, self.ssh_options, self.roles = options, ssh_options, roles
        self.user_roles, self.target_options = user_roles or {}, target_options
        self.clusters, self.kube_options, self.kube_groups = clusters or {}, kube_options, kube_groups
        self.kube_port = tools.free_port() if self.clusters else None
        self.process, self.ready_line, self.stdout_thread = None, None, None
        self.write_config()

    def write_config(self):
        lines = ["version: 1", "cluster_name: test", f"data_dir: {self.data_dir}", "public_addr: 127.0.0.1",
                 f'ssh: {{listen: "127.0.0.1:{self.port}"{", " + self.ssh_options if self.ssh_options else ""}}}']
        if self.options:
            lines.append(self.options)
        if self.clusters:
            lines.append(f'kubernetes:\n  listen: "127.0.0.1:{self.kube_port}"')
            lines += [f"  {line}" for line in self.kube_options.splitlines()] + ["  clusters:"]
            for number, (name, file) in enumerate(self.clusters.items()):
                default = ", default: true" if number == 0 and len(self.clusters) > 1 else ""
                lines.append(f"    - {{name: {name}, kubeconfig: {file}, labels: {{env: {name}}}{default}}}")
        lines.append("users:")
        for name, keys in self.users.items():
            quoted = ", ".join(f'"{key}"' for key in keys)
            roles = self.user_roles.get(name, "all")
            lines.append(f"  - {{name: {name}, roles: [{roles}], authorized_keys: [{quoted}]}}")
        lines.append("roles:")
        lines.append(self.roles or
            f'  - {{name: all, allow: {{logins: [{", ".join(self.logins)}], targets: {{"*": "*"}}{self._kube_allow()}}}}}')
        lines.append("targets:" if self.targets else "targets: []")
        for name, (port, keys) in self.targets.items():
            quoted = ", ".join(f'"{tools.bare_key(key)}"' for key in keys)
            more = f", {self.target_options}" if self.target_options else ""
            lines.append(f'  - {{name: {name}, address: "127.0.0.1:{port}", labels: {{env: test}}, host_keys: [{quoted}]{more}}}')
        self.config.write_text("\n".join(lines) + "\n")
        self.config.chmod(0o600)

    def _kube_allow(self):
        if not self.clusters:
            return ""
        return f', kubernetes_labels: {{"*": "*"}}, kubernetes_groups: [{", ".join(self.kube_groups)}]'

    # -- commands ---------------------------------------------------------------------------

    def run(self, *arguments, input=None, deadline=tools.DEADLINE, text=True):
        """A subcommand with this configuration; stdout, stderr and returncode."""
        done = subprocess.run([binary(), arguments[0], "-c", str(self.config), *arguments[1:]],
            input=input, stdin=subprocess.DEVNULL if input is None else None, capture_output=True,
            timeout=deadline, env=environment(), text=text)
        errors = done.stderr if text else done.stderr.decode(errors="replace")
        assert not REPORT.search(errors), f"sanitizer report of {arguments}:\n{errors}"
        return done

    def ca_lines(self):
        done = self.run("ca", "user")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_kubeconfig(self, path, user="alice", cluster=None):
        """The kubeconfig that a user is given."""
        done = self.run("kubeconfig", user, *([cluster] if cluster else []))
        assert done.returncode == 0, done.stderr
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(done.stdout)
        path.chmod(0o600)
        return path

    # -- running it -------------------------------------------------------------------------

    @property
    def log_file(self):
        return self.folder / "stderr"

    @property
    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def launch(self, **popen):
        """Starts it and waits for nothing. stdout is read until it says `ready`."""
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([binary(), "start", "-c", str(self.config)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=environment(), **popen)
        self.ready_line = None
        self.stdout_thread = threading.Thread(target=self._read_stdout, args=(self.process,), daemon=True)
        self.stdout_thread.start()
        return self

    def _read_stdout(self, process):
        # To the end, so that the proxy never waits for its reader.
        for line in process.stdout:
            line = line.decode(errors="replace").rstrip("\n")
            if line.startswith("ready") and self.ready_line is None:
                self.ready_line = line

    def start(self):
        self.launch()
        tools.wait_until(lambda: self.ready_line or self.process.poll() is not None,
                         "the proxy's ready line", tools.DEADLINE)
        if self.process.poll() is not None:
            raise AssertionError(f"the proxy ended with {self.process.returncode}:\n{self.log}")
        return self

    def stop(self):
        """SIGTERM; asserts that it ends with 0 and that no sanitizer spoke."""
        if not self.process:
            return
        status = tools.stop(self.process)
        self._close()
        self.assert_sound()
        assert status == 0, f"the proxy ended with {status}:\n{self.log[-4000:]}"

    def reload(self):
        """The configuration as its fields say now, read by SIGHUP."""
        self.write_config()
        seen = self.log.count("reloaded")
        self.process.send_signal(signal.SIGHUP)
        tools.wait_until(lambda: self.log.count("reloaded") > seen, "the reload")

    def kill(self):
        """SIGKILL, as a crash."""
        tools.stop(self.process, signal.SIGKILL)
        self._close()

    def _close(self):
        self.stdout_thread.join(tools.DEADLINE)
        self.process.stdout.close()
        self.process = None

    def assert_sound(self):
        found = REPORT.search(self.log)
        if found:
            raise AssertionError("sanitizer report:\n" + self.log[max(0, found.start() - 200):][:8000])

    # -- what it leaves ---------------------------------------------------------------------

    def events(self, *types):
        return [line for line in records.read_events(self.data_dir / "log")
                if not types or line["event"] in types]

    def mark(self):
        """A point in the log; session_since(mark) finds what came after."""
        return len(self.events())

    def wait_event(self, kind, since=0, deadline=tools.DEADLINE, **fields):
        """The first event of that type after the mark whose fields are as given."""
        def find():
            for line in records.read_events(self.data_dir / "log")[since:]:
                if line["event"] == kind and all(line.get(key) == value for key, value in fields.items()):
                    return line
            return None
        return tools.wait_until(find, f"a {kind} event {fields or ''}", deadline)

    def session_since(self, mark, ended=True):
        """The one session that began after the mark, ended and with its recording in place."""
        return self.session_of(self.wait_event("session.start", mark), mark, ended)

    def session_of(self, start, mark=0, ended=True):
        session = records.Session(self, start)
        if ended:
            session.end = self.wait_event("session.end", mark, sid=start["sid"])
            tools.wait_until(session.file.exists, f"the recording {session.file}")
        return session

    def unfinished(self):
        """Recordings in progress."""
        return sorted((self.data_dir / "log/upload").rglob("*.part"))
