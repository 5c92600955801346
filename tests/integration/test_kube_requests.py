"""Ordinary API requests: streamed both ways, made as the user, told in the log; who may, and as whom."""

import json
import select
import ssl

from support import fakekube, kubectl
from support.kube_case import KubeCase, each_kubectl, each_transport, needs_proxy, tools
from support.kube_raw import TlsClient


class Requests(KubeCase):
    @each_kubectl
    def test_get_and_list(self, program):
        pods = kubectl.parse(self.run_kubectl(program, "get", "pods", "-o", "json"))
        self.assertLessEqual({"bb", "web"}, {item["metadata"]["name"] for item in pods["items"]})
        self.assertEqual(kubectl.parse(self.run_kubectl(program, "get", "pod", "bb", "-o", "json"))["metadata"]["name"], "bb")

    @each_transport
    def test_a_large_packed_list(self, program):
        pods = kubectl.parse(self.run_kubectl(program, "get", "pods", "-n", "crowd", "-o", "json", deadline=120))
        self.assertEqual(len(pods["items"]), 2000)
        request = self.kube.requests(self.kube_mark, "/crowd/pods")[-1]
        self.assertIn("gzip", request["headers"]["Accept-Encoding"][0])

    @each_transport
    def test_a_large_log(self, program):
        done = self.run_kubectl(program, "logs", "bb", "-c", "bulk", "--tail=-1")
        if done.returncode:  # kubectl 1.20 asks for the container first
            return
        self.assertEqual(len(done.stdout), 20 << 20)

    @each_transport
    def test_apply_and_a_large_body(self, program):
        name = f"map-{program.transport}"
        text = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
            "data": {"small": "1", "large": "x" * 200_000}}).encode()
        flags = ("apply", "--validate=false", "-f", "-")
        self.assertIn(b"created", self.run_kubectl(program, *flags, input=text).stdout)
        self.assertIn(b"configured", self.run_kubectl(program, *flags, input=text.replace(b'"1"', b'"2"')).stdout)
        self.assertEqual(kubectl.parse(self.run_kubectl(program, "get", "cm", name, "-o", "json"))["data"]["small"], "2")
        big = text.replace(b"map-", b"big-").replace(b"x" * 200_000, b"x" * 2_500_000)
        done = self.run_kubectl(program, "create", "--validate=false", "-f", "-", input=big)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_kubectl(program, "create", "--validate=false", "-f", "-",
            input=big.replace(b"big-", b"huge-").replace(b"x" * 1000, b"x" * 1400))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr.decode().lower(), "too large|413|connection reset|broken pipe")
        self.assertEqual(self.run_kubectl(program, "delete", "cm", name).returncode, 0)

    @each_transport
    def test_a_followed_log_comes_line_by_line(self, program):
        process = self.popen(program, "logs", "-f", "bb", "-c", "c")
        for number in range(1, 8):
            self.assertEqual(process.stdout.readline(), b"line %d of bb\n" % number)
        process.kill()
        asked = self.kube.requests(self.kube_mark, "/log")[-1]
        self.kube.wait_line("done", self.kube_mark, n=asked["n"])

    @each_transport
    def test_a_watch_shows_changes_at_once(self, program):
        process = self.popen(program, "get", "pods", "-w", "-o", "jsonpath={.metadata.name}={.metadata.labels.t}{\"\\n\"}")
        self.addCleanup(process.kill)
        seen = b""
        while b"web" not in seen:
            seen += process.stdout.readline()
        for number in ("1", "2", "3"):
            done = self.run_kubectl(program, "label", "--overwrite", "pod", "web", f"t={program.transport}{number}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(select.select([process.stdout], [], [], tools.DEADLINE)[0])
            self.assertIn(f"web={program.transport}{number}".encode(), process.stdout.readline())

    @needs_proxy
    @each_transport
    def test_requests_stand_in_the_log(self, program):
        self.assertEqual(self.run_kubectl(program, "get", "pod", "bb").returncode, 0)
        event = self.proxy.wait_event("kube.request", self.mark, resource_name="bb")
        expected = {"code": "T3009I", "verb": "GET", "response_code": 200, "resource_namespace": "default",
            "resource_kind": "pods", "request_path": "/api/v1/namespaces/default/pods/bb", "kubernetes_cluster": "prod",
            "user": "alice"}
        self.assertEqual({key: event.get(key) for key in expected}, expected)
        upstream = self.kube.requests(self.kube_mark, "/pods/bb")[-1]
        self.assertEqual(upstream["headers"]["Audit-Id"], [event["audit_id"]])

    @needs_proxy
    @each_transport
    def test_requests_are_made_as_the_user(self, program):
        self.run_kubectl(program, "get", "pod", "bb")
        self.shell(program, "true")
        session = self.session()
        requests = self.kube.requests(self.kube_mark)
        self.assertTrue(requests)
        for request in requests:
            self.assertEqual(request["auth"], "certificate")
            self.assertEqual(request["headers"]["Impersonate-User"], ["alice"], request["path"])
            self.assertEqual(request["headers"]["Impersonate-Group"], ["developers"])
            self.assertEqual(len(request["headers"]["Audit-Id"]), 1)
            self.assertNotIn("Authorization", request["headers"])
        upgrade = [request for request in requests if request["path"].endswith("/exec")][-1]
        self.assertEqual(upgrade["headers"]["Impersonate-Extra-Session-Id"], [session.sid])
        self.assertEqual(upgrade["user"]["extra"], {"session-id": [session.sid]})

    @needs_proxy
    @each_transport
    def test_as_is_refused(self, program):
        for flags in (["--as=bob"], ["--as=system:admin", "--as-group=system:masters"], ["--as=alice"]):
            done = self.run_kubectl(program, *flags, "get", "pods")
            self.assertEqual((done.returncode, done.stdout), (1, b""), flags)
            self.assertIn(b"Forbidden", done.stderr)
            done = self.run_kubectl(program, *flags, "exec", "bb", "--", "id")
            self.assertEqual((done.returncode, done.stdout), (1, b""), flags)
        self.assertEqual(self.kube.requests(self.kube_mark), [])

    @needs_proxy
    def test_no_credentials_no_answer(self):
        with TlsClient(self.proxy.kube_port) as client:
            client.send(b"GET /api/v1/namespaces/default/pods HTTP/1.1\r\nHost: x\r\n\r\n")
            head, body = client.answer()
            self.assertTrue(head.startswith(b"HTTP/1.1 401"), head)
            self.assertEqual(json.loads(body)["kind"], "Status")
        with TlsClient(self.proxy.kube_port) as client:
            client.send(b"GET /api/v1/namespaces/default/pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nonsense\r\n\r\n")
            self.assertTrue(client.answer()[0].startswith(b"HTTP/1.1 401"))
        self.assertEqual(self.kube.requests(self.kube_mark), [])

    @needs_proxy
    def test_a_strangers_certificate_is_refused(self):
        certificate, key = fakekube.Authority(self.folder / "stranger", "stranger").client("alice", ("developers",))
        try:
            with TlsClient(self.proxy.kube_port, certificate, key) as client:
                client.send(b"GET /api/v1/namespaces/default/pods HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertFalse(client.answer()[0].startswith(b"HTTP/1.1 2"))
        except (ssl.SSLError, ConnectionError):
            pass
        self.assertEqual(self.kube.requests(self.kube_mark), [])

    @needs_proxy
    def test_the_clusters_own_certificates_are_no_way_in(self):
        # Who may talk to the API server may not talk to the proxy for that.
        try:
            with TlsClient(self.proxy.kube_port, self.kube.certificate, self.kube.key) as client:
                client.send(b"GET /api/v1/namespaces/default/pods HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertFalse(client.answer()[0].startswith(b"HTTP/1.1 2"))
        except (ssl.SSLError, ConnectionError):
            pass

    @needs_proxy
    def test_only_http_1_is_offered(self):
        with TlsClient(self.proxy.kube_port, protocols=["h2", "http/1.1"]) as client:
            self.assertEqual(client.socket.selected_alpn_protocol(), "http/1.1")


class NotAllowed(KubeCase):
    """A role that lost its rights for the cluster after its user was given a kubeconfig."""

    starts_proxy = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.proxy:
            cls.proxy.roles = '  - {name: all, allow: {logins: [root], kubernetes_labels: {env: other}, kubernetes_groups: [developers]}}'
            cls.proxy.write_config()
            cls.proxy.start()
            cls.addClassCleanup(cls.proxy.stop)

    @needs_proxy
    @each_transport
    def test_a_user_without_a_role_for_the_cluster_is_refused(self, program):
        done = self.run_kubectl(program, "get", "pods")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertTrue(done.stderr.strip())
        done = self.exec(program, "id")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertEqual(self.kube.requests(self.kube_mark), [])


class UpstreamGone(KubeCase):
    @needs_proxy
    @each_transport
    def test_a_cluster_that_is_down_is_said(self, program):
        self.kube.stop()
        self.addCleanup(lambda: self.kube.process or self.kube.start())
        done = self.run_kubectl(program, "get", "--raw", "/version")
        self.assert_failed_loudly(done)
        done = self.exec(program, "id")
        self.assert_failed_loudly(done)
        self.kube.start()
        self.assert_alive()


class Reloaded(KubeCase):
    @needs_proxy
    def test_an_open_connection_sees_the_clusters_of_now(self):
        with self.raw_client() as client:
            def status(cluster):
                return client.request("GET", f"/clusters/{cluster}/version").answer()[0].split()[1]

            self.assertEqual((status("prod"), status("new")), (b"200", b"404"))
            self.proxy.clusters = {"new": self.proxy.clusters["prod"]}
            self.proxy.reload()
            self.assertEqual((status("prod"), status("new")), (b"404", b"200"))
