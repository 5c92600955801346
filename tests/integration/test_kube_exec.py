"""kubectl exec, attach and debug without a terminal: statuses, streams, half-close, bulk, what is recorded."""

import hashlib
import os
import select
import signal

from support import kubectl
from support.kube_case import KubeCase, each_kubectl, each_transport, needs_proxy, tools

MIB = 1 << 20


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Exec(KubeCase):
    @each_kubectl
    def test_output_and_status_come_back(self, program):
        done = self.shell(program, "echo out; echo err >&2; exit 3")
        self.assertEqual((done.returncode, done.stdout), (3, b"out\n"))
        self.assertEqual(done.stderr, b"err\ncommand terminated with exit code 3\n")
        session = self.session()
        if session:
            session.assert_sound(self)
            self.assertEqual((session.bytes("stdout"), session.bytes("stderr")), (b"out\n", b"err\n"))

    @each_kubectl
    def test_input_passes_and_ends(self, program):
        done = self.exec(program, "sort", flags=["-i"], input=b"b\na\n")
        self.assertEqual((done.returncode, done.stdout), (0, b"a\nb\n"), done.stderr)
        session = self.session()
        if session:
            self.assertEqual((session.bytes("stdin"), session.bytes("stdout")), (b"b\na\n", b"a\nb\n"))

    @each_kubectl
    def test_the_upstream_is_reached_by_an_upgrade_without_http2(self, program):
        self.assertEqual(self.shell(program, "true").returncode, 0)
        self.kube.wait_line("upgraded", self.kube_mark)
        requests = self.kube.requests(self.kube_mark, "/exec")
        self.assertTrue(all(request["alpn"] != "h2" for request in requests))
        if not self.proxy:
            self.assertEqual(self.kube.wait_line("upgraded", self.kube_mark)["transport"], program.transport)

    @each_transport
    def test_statuses(self, program):
        for status in (0, 1, 42, 137, 255):
            done = self.shell(program, f"exit {status}")
            self.assertEqual((done.returncode, done.stdout), (status, b""), done.stderr)

    @each_transport
    def test_a_killed_command_is_137(self, program):
        self.assertEqual(self.shell(program, "kill -9 $$").returncode, 137)

    @each_transport
    def test_a_missing_program_is_the_clusters_own_message(self, program):
        done = self.exec(program, "no-such-program")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"executable file not found", done.stderr)
        session = self.session()
        if session:
            session.assert_sound(self)

    @each_transport
    def test_a_missing_pod_or_container_is_the_clusters_own_message(self, program):
        done = self.shell(program, "echo no", pod="nobody")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b'pods "nobody" not found', done.stderr)
        done = self.shell(program, "echo no", flags=["-c", "nothing"])
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"container nothing is not valid for pod bb", done.stderr)

    @each_transport
    def test_forbidden_by_the_cluster_is_shown_and_makes_no_session(self, program):
        done = self.shell(program, "echo no", pod="locked")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b'pods "locked" is forbidden', done.stderr)
        if self.proxy:
            self.proxy.wait_event("kube.request", self.mark, resource_name="locked", response_code=403)
            events = self.proxy.events()[self.mark:]
            self.assertEqual([line for line in events if line["event"] == "session.start"], [])

    @each_transport
    def test_a_container_is_chosen(self, program):
        done = self.shell(program, "echo $POD/$CONTAINER/$NAMESPACE", pod="web", flags=["-c", "side"])
        self.assertEqual(done.stdout, b"web/side/default\n", done.stderr)

    @each_transport
    def test_arguments_pass_whole(self, program):
        words = ["a b", "", "ü", "x;y&z=1", "%41", "+", "'\"\\", "--flag", "line\nbreak"]
        done = self.exec(program, "printf", "<%s>", *words)
        self.assertEqual(done.stdout.decode(), "".join(f"<{word}>" for word in words))
        session = self.session()
        if session:
            self.assertEqual(session.start["initial_command"], ["printf", "<%s>", *words])

    @needs_proxy
    @each_transport
    def test_the_log_tells_the_session(self, program):
        self.shell(program, "echo x; exit 3", flags=["-c", "c"])
        session = self.session()
        expected = {"kubernetes_cluster": "prod", "kubernetes_pod_name": "bb", "kubernetes_pod_namespace": "default",
            "kubernetes_container_name": "c", "proto": "kube", "user": "alice",
            "initial_command": ["/bin/sh", "-c", "echo x; exit 3"]}
        self.assertEqual({key: session.start.get(key) for key in expected}, expected)
        self.assertNotIn("size", session.start)
        self.assertFalse(session.end.get("interactive", False))
        event = self.proxy.wait_event("exec", self.mark, sid=session.sid)
        self.assertEqual((str(event["exitCode"]), event["code"]), ("3", "T3002I"))
        self.assertIn("echo x; exit 3", event["command"])

    @needs_proxy
    def test_both_transports_record_the_same(self):
        told = []
        for program in kubectl.pair():
            self.mark_all()
            self.exec(program, "/bin/sh", "-c", "echo out; echo err >&2; cat; exit 7", flags=["-i"], input=b"in\n")
            session = self.session()
            session.assert_sound(self)
            told.append([session.bytes(stream) for stream in ("stdin", "stdout", "stderr")] +
                        [sorted(set(session.kinds())), sorted(session.start), sorted(session.end),
                         session.start["initial_command"], session.end.get("reason", "")])
        self.assertEqual(*told)
        self.assertEqual(told[0][:3], [b"in\n", b"out\nin\n", b"err\n"])

    @each_transport
    def test_output_after_the_end_of_input(self, program):
        done = self.exec(program, "/bin/sh", "-c", "cat >/dev/null; echo late; sleep 0.3; echo later", flags=["-i"], input=b"x")
        self.assertEqual((done.returncode, done.stdout), (0, b"late\nlater\n"), done.stderr)

    @each_transport
    def test_the_end_of_output_passes_alone(self, program):
        done = self.exec(program, "/bin/sh", "-c", "exec >&- 2>&-; cat >/dev/null; exit 5", flags=["-i"], input=b"x" * 100000)
        self.assertEqual((done.returncode, done.stdout), (5, b""), done.stderr)

    @each_transport
    def test_no_input_is_not_an_end_of_input(self, program):
        process = self.popen(program, "exec", "-i", "bb", "--", "/bin/sh", "-c", "read line; echo got $line")
        self.assertFalse(select.select([process.stdout], [], [], 0.5)[0])
        process.stdin.write(b"it\n")
        self.assertEqual(process.stdout.readline(), b"got it\n")
        self.assertEqual(process.wait(tools.DEADLINE), 0)

    @each_transport
    def test_output_shows_while_the_command_runs(self, program):
        process = self.popen(program, "exec", "-i", "bb", "--", "/bin/sh", "-c", "echo now; cat")
        self.assertEqual(process.stdout.readline(), b"now\n")
        for word in (b"ping\n", b"pong\n"):
            process.stdin.write(word)
            self.assertEqual(process.stdout.readline(), word)
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)

    @each_transport
    def test_large_output_arrives_whole(self, program):
        path = self.work_file("data", os.urandom(20 * MIB))
        done = self.exec(program, "cat", path, deadline=300)
        self.assertEqual((done.returncode, digest(done.stdout)), (0, digest(path.read_bytes())), done.stderr)
        session = self.session()
        if session:
            self.assertEqual(digest(session.bytes("stdout")), digest(done.stdout))

    @each_transport
    def test_large_input_arrives_whole(self, program):
        data = os.urandom(20 * MIB)
        done = self.exec(program, "sha256sum", flags=["-i"], input=data, deadline=300)
        self.assertEqual((done.returncode, done.stdout.split()[:1]), (0, [digest(data).encode()]), done.stderr)
        session = self.session()
        if session:
            self.assertEqual(digest(session.bytes("stdin")), digest(data))

    @each_transport
    def test_both_directions_at_once(self, program):
        data = os.urandom(8 * MIB)
        done = self.exec(program, "cat", flags=["-i"], input=data, deadline=300)
        self.assertEqual((done.returncode, digest(done.stdout)), (0, digest(data)), done.stderr)

    @each_transport
    def test_both_outputs_at_once(self, program):
        script = "i=0; while [ $i -lt 2000 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done"
        done = self.shell(program, script)
        self.assertEqual(done.stdout.decode().split(), [f"out{i}" for i in range(2000)])
        self.assertEqual(done.stderr.decode().split(), [f"err{i}" for i in range(2000)])
        session = self.session()
        if session:
            self.assertEqual((session.bytes("stdout"), session.bytes("stderr")), (done.stdout, done.stderr))

    @each_transport
    def test_a_command_without_output(self, program):
        done = self.exec(program, "true")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        session = self.session()
        if session:
            session.assert_sound(self)

    @each_transport
    def test_a_killed_client_ends_the_session_and_the_upstream(self, program):
        process = self.popen(program, "exec", "-i", "bb", "--", "/bin/sh", "-c", "echo begun; exec sleep 1000")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        started = self.kube.wait_line("start", self.kube_mark)
        process.send_signal(signal.SIGKILL)
        process.wait(tools.DEADLINE)
        self.kube.wait_line("gone", self.kube_mark, n=started["n"])
        session = self.session()
        if session:
            session.assert_sound(self)
            self.assertIn(b"begun\n", session.bytes("stdout"))

    @each_transport
    def test_an_interrupted_client_ends_the_session(self, program):
        process = self.popen(program, "exec", "bb", "--", "/bin/sh", "-c", "echo begun; exec sleep 1000")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        process.send_signal(signal.SIGINT)
        self.assertNotEqual(process.wait(tools.DEADLINE), 0)
        self.kube.wait_line("gone", self.kube_mark)
        self.session()

    def test_many_at_once(self):
        program = kubectl.pair()
        running = [(number, self.popen(program[number % 2], "exec", "bb", "--", "/bin/sh", "-c", f"sleep 0.2; echo {number}; exit {number}"))
            for number in range(12)]
        for number, process in running:
            out, errors = process.communicate(timeout=tools.DEADLINE * 2)
            self.assertEqual((process.returncode, out), (number, b"%d\n" % number), errors)
        self.assertEqual(len(self.sessions(12)), 12 if self.proxy else 0)


class Attach(KubeCase):
    @each_transport
    def test_attach_passes_input_and_output(self, program):
        done = self.run_kubectl(program, "attach", "-i", "bb", "-c", "c", input=b"hello\n")
        self.assertEqual((done.returncode, done.stdout), (0, b"attached\nhello\n"), done.stderr)
        session = self.session()
        if session:
            session.assert_sound(self)
            self.assertEqual(session.start["kubernetes_container_name"], "c")
            self.assertEqual((session.bytes("stdin"), session.bytes("stdout")), (b"hello\n", b"attached\nhello\n"))

    @each_transport
    def test_run_attaches_to_its_new_pod(self, program):
        name = f"once-{program.transport}"
        done = self.run_kubectl(program, "run", name, "--image=fake", "--restart=Never", "-i", input=b"typed\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"typed\n", done.stdout)
        session = self.session()
        if session:
            self.assertEqual(session.start["kubernetes_pod_name"], name)
            self.assertIn(b"typed\n", session.bytes("stdin"))

    def test_debug_attaches_to_its_ephemeral_container(self):
        program = kubectl.pair()[-1]  # 1.20 had it as an alpha
        done = self.run_kubectl(program, "debug", "-i", "bb", "--image=fake", "-c", "debugger", input=b"typed\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"typed\n", done.stdout)
        session = self.session()
        if session:
            self.assertEqual(session.start["kubernetes_container_name"], "debugger")
            self.assertIn(b"typed\n", session.bytes("stdin"))


class SpdyRefused(KubeCase):
    """A cluster behind a balancer that drops the Upgrade header of SPDY."""

    kube_flags = ("-no-spdy",)

    def test_websocket_still_works(self):
        done = self.shell(kubectl.pair()[-1], "echo yes; exit 4")
        self.assertEqual((done.returncode, done.stdout), (4, b"yes\n"), done.stderr)

    @needs_proxy
    def test_a_spdy_client_is_served_by_websocket_upstream(self):
        done = self.shell(kubectl.pair()[0], "echo yes; exit 4")
        self.assertEqual((done.returncode, done.stdout), (4, b"yes\n"), done.stderr)


class WebSocketRefused(KubeCase):
    """An old cluster, or one behind a balancer that refuses WebSocket."""

    kube_flags = ("-no-websocket",)

    @each_transport
    def test_exec_works_by_spdy(self, program):
        done = self.exec(program, "/bin/sh", "-c", "cat; exit 4", flags=["-i"], input=b"x\n")
        self.assertEqual((done.returncode, done.stdout), (4, b"x\n"), done.stderr)
        if self.proxy:
            self.assertEqual(len(self.sessions(1)), 1)

    @each_transport
    def test_a_refusal_is_the_clusters_own_message(self, program):
        done = self.shell(program, "echo no", pod="locked")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b'pods "locked" is forbidden', done.stderr)
