"""Ways around the recorder: nothing runs in a pod without a session, whatever the request looks like, and
nothing that a client says about itself reaches the cluster."""

import base64
import json

from support.kube_case import KubeCase, needs_proxy, tools
from support.kube_raw import SpdyEnd

EXEC = "/api/v1/namespaces/default/pods/bb/exec"
QUERY = "?command=echo&command=ran&container=c&stdout=true"


class Bypasses(KubeCase):
    def raw(self, **settings):
        """A TLS connection with the user's own certificate."""
        client = self.raw_client(**settings)
        self.addCleanup(client.close)
        return client

    def finish_spdy(self, client, streams=("error", "stdout")):
        """Opens streams and reads to the end: {stream name: bytes}."""
        end, found = SpdyEnd(client), {}
        for number, name in enumerate(streams):
            end.open(2 * number + 1, name)
        names = {2 * number + 1: name for number, name in enumerate(streams)}
        while (frame := end.read()) is not None:
            if frame[0] == "data" and frame[3]:
                found[names[frame[1]]] = found.get(names[frame[1]], b"") + frame[3]
            if frame[0] == 7:
                break
        return found

    def try_spdy(self, target, **how):
        """Runs what an answer allows; the status code, and what came on stdout."""
        client = self.raw()
        head = client.spdy(target, **how)
        code = int(head.split()[1]) if head.startswith(b"HTTP/1.1 ") else 0
        out = self.finish_spdy(client).get("stdout", b"") if code == 101 else b""
        client.close()
        return code, out

    def try_websocket(self, target, **how):
        client = self.raw()
        head = client.websocket(target, **how)
        code = int(head.split()[1]) if head.startswith(b"HTTP/1.1 ") else 0
        out = client.channels().get(1, b"") if code == 101 else b""
        client.close()
        return code, out

    def assert_all_recorded(self, allowed=True):
        """As many sessions as commands that ran, each with its output."""
        ran = self.kube.lines("start", since=self.kube_mark)
        if not allowed:
            self.assertEqual(ran, [])
        if not self.proxy:
            return
        for session in self.sessions(len(ran)) if ran else []:
            session.assert_sound(self)
            self.assertEqual(session.bytes("stdout"), b"ran\n")

    def sweep(self, attempts):
        """attempts: (name, function). Each is refused, or runs and is recorded."""
        for name, attempt in attempts:
            with self.subTest(name):
                self.mark_all()
                code, out = attempt()
                self.assertEqual(out, b"ran\n" if code == 101 else b"", code)
                self.assertIn(code, (0, 101, *range(400, 600)))
                self.assert_all_recorded()

    @needs_proxy
    def test_the_log_names_paths_that_cannot_be_judged(self):
        for path in (EXEC + "//", EXEC.replace("/pods", "/x/../pods"), "/clusters/none/api"):
            with self.subTest(path), self.raw_client() as client:
                client.request("GET", path + "?x=1").answer()
                self.proxy.wait_event("kube.request", self.mark, request_path=path)

    def test_paths_in_disguise(self):
        paths = [EXEC + "/", EXEC.replace("exec", "%65xec"), EXEC.replace("pods", "%70ods"), EXEC.replace("exec", "e%78ec") + "/",
            EXEC.replace("/exec", "%2Fexec"), EXEC.replace("/pods", "//pods"), EXEC.replace("/pods", "/x/../pods"),
            EXEC.replace("/pods", "/./pods"), "/" + EXEC, EXEC.replace("exec", "%2565xec"), EXEC.replace("exec", "exe%63%00"),
            EXEC + "//", EXEC + "/x", EXEC.replace("exec", "Exec"), EXEC + ";x", EXEC + "%3B", "https://127.0.0.1" + EXEC]
        for path in paths:
            self.sweep([(f"SPDY {path}", lambda: self.try_spdy(path + QUERY)),
                        (f"WebSocket {path}", lambda: self.try_websocket(path + QUERY))])

    def test_the_disguises_that_a_server_accepts_work_and_are_recorded(self):
        for path in (EXEC + "/", EXEC.replace("exec", "%65xec"), EXEC.replace("pods", "%70ods")):
            self.mark_all()
            code, out = self.try_spdy(path + QUERY)
            self.assertIn((code, out), ((101, b"ran\n"), (400, b""), (403, b"")))
            self.assert_all_recorded()

    def test_odd_upgrades(self):
        pairs = [("Upgrade", "spdy/3.1"), ("upgrade", "SPDY/3.1"), ("keep-alive, Upgrade", "SPDY/3.1"), ("xupgradex", "SPDY/3.1"),
            ("Upgrade", "foo spdy/3.1 bar"), ("Upgrade", "SPDY/3.1, websocket"), ("Upgrade", "h2c"), ("Upgrade", ""),
            ("close, upgrade", "SPDY/3.1"), ("Upgrade,", " SPDY/3.1 "), ("Upgrade", "SPDY/3")]
        attempts = []
        for method in ("POST", "GET", "PUT", "post"):
            for connection, upgrade in pairs:
                headers = (f"Connection: {connection}", f"Upgrade: {upgrade}")
                attempts.append((f"{method} {headers}", lambda method=method, headers=headers:
                    self.try_spdy(EXEC + QUERY, method=method, headers=headers)))
        for headers in (("Connection: Upgrade", "Upgrade: foo", "Upgrade: SPDY/3.1"), ("Connection: x", "Connection: Upgrade", "Upgrade: SPDY/3.1"),
                        ("Upgrade: SPDY/3.1",), ("Connection: Upgrade",)):
            attempts.append((str(headers), lambda headers=headers: self.try_spdy(EXEC + QUERY, headers=headers)))
        self.sweep(attempts)

    def test_get_by_spdy_is_a_session_or_refused(self):
        code, out = self.try_spdy(EXEC + QUERY, method="GET")
        self.assertEqual(out, b"ran\n" if code == 101 else b"")
        self.assert_all_recorded()

    def test_an_exec_without_an_upgrade_does_nothing(self):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
            client = self.raw().request(method, EXEC + QUERY, ["Content-Length: 0"])
            self.assertRegex(client.head(), rb"^HTTP/1.1 4\d\d")
        self.assert_all_recorded(allowed=False)

    @needs_proxy
    def test_what_is_logged_is_what_ran(self):
        queries = ["?command=echo&command=ran&stdout=1;&container=c", "?command=echo&command=ran;command=other&stdout=true",
            "?command=echo&command=ran&x=%zz&stdout=true", "?command=echo&command=ran&stdout=true&stdout=false",
            "?command=echo&command=ran&container=c&container=d&stdout=true", "?Command=id&command=echo&command=ran&stdout=true",
            "?command=echo&command=%72an&stdout=T", "?command=echo&command=ran&stdout=true&", "?&&command=echo&command=ran&stdout=true",
            "?command=echo&command=ran&stdout=yes&stdout=true", "?command=echo&command=ran&stdout=true#fragment",
            "?command=echo&command=ran&stdout=true&%63ommand=more"]
        for query in queries:
            with self.subTest(query):
                self.mark_all()
                code, _ = self.try_spdy(EXEC + query)
                ran = self.kube.lines("start", since=self.kube_mark)
                self.assertEqual(bool(ran), code == 101)
                if ran:
                    self.assertEqual(self.session().start["initial_command"], ran[0]["argv"])
                for request in self.kube.requests(self.kube_mark):
                    self.assertNotIn(";", request["query"])
                    self.assertNotIn("%zz", request["query"])

    @needs_proxy
    def test_the_kubelet_behind_a_node_is_out_of_reach(self):
        for path in ("nodes/node1/proxy/exec/default/bb/c", "nodes/node1/proxy/run/default/bb/c", "nodes/node1/proxy",
                     "nodes/node1/%70roxy/run/default/bb/c", "nodes/node1/proxy/attach/default/bb/c", "nodes/node1:10250/proxy/run/default/bb/c",
                     "nodes/node1/proxy/pods", "nodes/node1/proxy/", "%6eodes/node1/proxy/run/default/bb/c"):
            for method in ("GET", "POST"):
                with self.subTest(f"{method} {path}"):
                    client = self.raw().request(method, f"/api/v1/{path}?cmd=id&command=id&output=1", ["Content-Length: 0"])
                    self.assertRegex(client.answer()[0], rb"^HTTP/1.1 4\d\d")
            self.assertEqual(self.try_spdy(f"/api/v1/{path}?command=id&output=1")[0] // 100, 4)
            self.assertEqual(self.try_websocket(f"/api/v1/{path}?command=id&output=1")[0] // 100, 4)
        self.assertEqual([request["path"] for request in self.kube.requests(self.kube_mark) if "proxy" in request["path"]], [])

    @needs_proxy
    def test_upgrades_of_anything_else_are_refused(self):
        for path in ("namespaces/default/pods/bb/log?follow=true", "namespaces/default/pods?watch=true", "pods?watch=1",
                     "namespaces/default/pods/bb/proxy/x", "namespaces/default/services/s/proxy/x", "namespaces/default/pods/bb",
                     "namespaces/default/pods/bb/unknown"):
            for attempt in (lambda: self.try_websocket("/api/v1/" + path, protocols="binary.k8s.io"), lambda: self.try_websocket("/api/v1/" + path),
                            lambda: self.try_websocket("/api/v1/" + path, protocols=""), lambda: self.try_spdy("/api/v1/" + path)):
                with self.subTest(path):
                    self.mark_all()
                    self.assertEqual(attempt()[0] // 100, 4)
                    self.assertEqual([line for line in self.kube.requests(self.kube_mark) if "Upgrade" in line["headers"]], [])

    # -- who one is -------------------------------------------------------------------------

    def ask(self, *headers, target="/api/v1/namespaces/default/pods/bb"):
        """(status, upstream's record of it or None)"""
        self.mark_all()
        client = self.raw().request("GET", target, headers)
        head, _ = client.answer()
        client.close()
        requests = self.kube.requests(self.kube_mark)
        self.assertLessEqual(len(requests), 1)
        return int(head.split()[1]) if head else 0, requests[0] if requests else None

    @needs_proxy
    def test_impersonation_by_the_client_is_refused(self):
        for headers in (["Impersonate-User: admin"], ["impersonate-user: admin"], ["IMPERSONATE-GROUP: system:masters"], ["Impersonate-User:"],
                        ["Impersonate-User: alice"], ["Impersonate-Uid: 0"], ["Impersonate-Extra-session-id: x"], ["Impersonate-Extra-%73cope: x"],
                        ["Impersonate-User: admin", "Connection: Impersonate-User"], ["Impersonate-Anything: x"]):
            with self.subTest(headers):
                status, request = self.ask(*headers)
                if request:
                    self.assert_alice(request)
                else:
                    self.assertIn(status, (400, 403))

    def assert_alice(self, request):
        headers = {name: values for name, values in request["headers"].items() if name.startswith("Impersonate-")}
        self.assertEqual((headers["Impersonate-User"], headers["Impersonate-Group"]), (["alice"], ["developers"]))
        self.assertLessEqual(set(headers), {"Impersonate-User", "Impersonate-Group", "Impersonate-Extra-Session-Id", "Impersonate-Uid"})
        self.assertEqual(request["user"]["name"], "alice")

    @needs_proxy
    def test_hop_by_hop_headers_cannot_take_ours_away(self):
        for value in ("Impersonate-User", "close, Impersonate-User, Impersonate-Group", "impersonate-user", "Authorization", "Audit-ID", "Host",
                      "Impersonate-Extra-Session-Id", "Content-Length", "X-Mine"):
            with self.subTest(value):
                status, request = self.ask(f"Connection: {value}", "X-Mine: 1")
                self.assertIn(status, (200, 400, 403))
                if request:
                    self.assert_alice(request)
                    self.assertEqual(len(request["headers"]["Audit-Id"]), 1)
                    if value == "X-Mine":
                        self.assertNotIn("X-Mine", request["headers"])

    @needs_proxy
    def test_what_is_stripped(self):
        status, request = self.ask("X-Remote-User: admin", "X-Remote-Group: system:masters", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http",
            "Forwarded: for=10.0.0.1", "X-Real-IP: 10.0.0.1", "Audit-ID: mine", "Proxy-Authorization: Basic eDp5", "Cookie: a=b", "TE: trailers",
            "Keep-Alive: timeout=5", "Trailer: X-T", "Authorization: Basic eDp5", "Accept: application/json", "User-Agent: me/1",
            "Kubectl-Command: kubectl get")
        self.assertIn(status, (200, 401))
        if status == 401:  # the password was looked at
            status, request = self.ask("X-Remote-User: admin", "X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1", "X-Real-IP: 10.0.0.1",
                "Audit-ID: mine", "Proxy-Authorization: Basic eDp5", "Cookie: a=b", "TE: trailers", "Keep-Alive: timeout=5",
                "Accept: application/json", "User-Agent: me/1", "Kubectl-Command: kubectl get")
            self.assertEqual(status, 200)
        self.assert_alice(request)
        names = set(request["headers"])
        for name in ("X-Remote-User", "X-Remote-Group", "Forwarded", "X-Real-Ip", "Proxy-Authorization", "Cookie", "Te", "Keep-Alive", "Trailer"):
            self.assertNotIn(name, names)
        text = json.dumps(request["headers"])
        self.assertNotIn("10.0.0.1", text)
        self.assertNotIn("eDp5", text)
        self.assertNotEqual(request["headers"]["Audit-Id"], ["mine"])
        self.assertEqual((request["headers"]["Accept"], request["headers"]["User-Agent"]), (["application/json"], ["me/1"]))

    @needs_proxy
    def test_a_bearer_token_among_the_sub_protocols_does_not_pass(self):
        token = base64.urlsafe_b64encode(self.kube.token.encode()).decode().rstrip("=")
        bearer = f"base64url.bearer.authorization.k8s.io.{token}"
        for protocols in (f"{bearer}, v5.channel.k8s.io", f"v5.channel.k8s.io, {bearer}", f"v5.channel.k8s.io,{bearer.upper()}", bearer):
            with self.subTest(protocols[:60]):
                self.mark_all()
                code, out = self.try_websocket(EXEC + QUERY, protocols=protocols)
                self.assertEqual(out, b"ran\n" if code == 101 else b"")
                for request in self.kube.requests(self.kube_mark):
                    self.assertNotIn(token.lower(), json.dumps(request["headers"]).lower())
                    self.assert_alice(request)
                self.assert_all_recorded()

    @needs_proxy
    def test_the_clusters_token_is_none_of_the_proxys(self):
        token = base64.urlsafe_b64encode(self.kube.token.encode()).decode().rstrip("=")
        with self.raw_client(anonymous=True) as client:
            head = client.websocket(EXEC + QUERY, protocols=f"base64url.bearer.authorization.k8s.io.{token}, v5.channel.k8s.io")
            self.assertRegex(head, rb"^HTTP/1.1 40[13]")
        with self.raw_client(anonymous=True) as client:
            client.request("GET", "/api/v1/namespaces/default/pods", [f"Authorization: Bearer {self.kube.token}"])
            self.assertRegex(client.head(), rb"^HTTP/1.1 401")
        self.assertEqual(self.kube.requests(self.kube_mark), [])

    # -- messages that two parsers may read in two ways --------------------------------------

    @needs_proxy
    def test_ambiguous_messages_are_refused(self):
        get = b"GET /api/v1/namespaces/default/pods/bb HTTP/1.1\r\nHost: x\r\n"
        hidden = b"GET /api/v1/nodes/node1/proxy/hidden HTTP/1.1\r\nHost: x\r\n\r\n"
        for name, message in {
            "both lengths": get + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
            "two lengths": get + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden,
            "a signed length": get + b"Content-Length: +0\r\n\r\n" + hidden,
            "chunked not last": get + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
            "a space before the colon": get + b"Content-Length : %d\r\n\r\n" % len(hidden) + hidden,
            "a folded line": get + b"X-A: 1\r\n Impersonate-User: admin\r\n\r\n",
            "a bare CR": get + b"X-A: 1\rImpersonate-User: admin\r\n\r\n",
            "a NUL": get + b"X-A: 1\0\r\n\r\n",
            "a bad chunk": get.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + hidden,
            "no version": b"GET /api\r\n\r\n",
            "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        }.items():
            with self.subTest(name):
                self.mark_all()
                client = self.raw()
                client.send(message)
                client.socket.settimeout(tools.DEADLINE)
                answer = client.read_to_end() if name != "a folded line" else client.head()
                for request in self.kube.requests(self.kube_mark):
                    self.assertNotIn("hidden", request["path"])
                    self.assertEqual(request["user"]["name"], "alice")
                self.assertFalse(answer.startswith(b"HTTP/1.1 2"), answer[:200])

    @needs_proxy
    def test_expect_is_answered(self):
        client = self.raw().request("POST", "/api/v1/namespaces/default/configmaps", ["Expect: 100-continue", "Content-Type: application/json",
            "Content-Length: 44"])
        head = client.head()
        if b" 100 " in head.splitlines()[0]:
            client.send(b'{"kind":"ConfigMap","metadata":{"name":"e"}}')
            head = client.head()
        self.assertRegex(head, rb"^HTTP/1.1 (201|417)")
