package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/apimachinery/pkg/util/httpstream/wsstream"
)

const (
	bodyLimit     = 3 << 20   // the API server's own
	gzipThreshold = 128 << 10 // the API server's own
)

func (s *server) ServeHTTP(plain http.ResponseWriter, r *http.Request) {
	who, auth, known := s.authenticate(r)
	effective, err := impersonate(who, r.Header)
	n := s.log.request(r, effective, auth)
	defer s.log.write(n, "done", nil)
	w := &answerLog{ResponseWriter: plain, log: s.log, n: n}
	w.Header().Set("Audit-Id", r.Header.Get("Audit-Id"))
	switch {
	case !known:
		fail(w, 401, "Unauthorized", "Unauthorized")
	case err != nil:
		http.Error(w, "Internal Server Error: "+err.Error(), 500)
	case strings.Contains(r.URL.Path, "//") || strings.Contains(r.URL.Path, "/../"):
		http.Error(w, "404 page not found", 404)
	default:
		s.route(w, r, effective)
	}
}

func (s *server) route(w *answerLog, r *http.Request, who identity) {
	path := strings.TrimSuffix(r.URL.Path, "/")
	switch path {
	case "/api":
		answer(w, r, 200, fields{"kind": "APIVersions", "versions": []string{"v1"}})
	case "/apis":
		answer(w, r, 200, fields{"kind": "APIGroupList", "apiVersion": "v1", "groups": []any{}})
	case "/api/v1":
		answer(w, r, 200, apiResources())
	case "/version":
		answer(w, r, 200, fields{"major": "1", "minor": "32", "gitVersion": "v1.32.3-fake", "platform": "linux/amd64"})
	case "/healthz", "/livez", "/readyz":
		fmt.Fprint(w, "ok")
	case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
		answer(w, r, 201, fields{"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
			"status": fields{"userInfo": fields{"username": who.Name, "groups": who.Groups, "uid": who.UID, "extra": who.Extra}}})
	default:
		s.routeResource(w, r, strings.Split(strings.TrimPrefix(path, "/api/v1/"), "/"))
	}
}

// routeResource takes [namespaces NS] RESOURCE [NAME [SUBRESOURCE [...]]].
func (s *server) routeResource(w *answerLog, r *http.Request, parts []string) {
	namespace := ""
	if len(parts) >= 3 && parts[0] == "namespaces" {
		namespace, parts = parts[1], parts[2:]
	}
	switch {
	case len(parts) >= 3 && parts[2] == "proxy":
		// A real API server passes this on to the kubelet or the pod. Tests look for this word.
		fmt.Fprintf(w, "PROXIED %s\n", r.URL.Path)
	case len(parts) == 3 && parts[0] == "pods":
		s.routePod(w, r, namespace, parts[1], parts[2])
	case len(parts) == 1 && r.URL.Query().Get("watch") != "" && r.URL.Query().Get("watch") != "0":
		s.watch(w, r, namespace, parts[0])
	case len(parts) == 1 || len(parts) == 2:
		s.store.serve(w, r, namespace, parts)
	default:
		fail(w, 404, "NotFound", "the server could not find the requested resource")
	}
}

func (s *server) routePod(w *answerLog, r *http.Request, namespace, name, subresource string) {
	pod, found := s.store.get(namespace, "pods", name)
	if !found {
		fail(w, 404, "NotFound", fmt.Sprintf("pods %q not found", name))
		return
	}
	if name == "locked" && subresource != "status" {
		fail(w, 403, "Forbidden", fmt.Sprintf("pods %q is forbidden: cannot %s it", name, subresource))
		return
	}
	switch subresource {
	case "log":
		s.logs(w, r, name)
	case "ephemeralcontainers":
		s.store.addEphemeral(w, r, namespace, name)
	case "exec", "attach":
		s.remoteCommand(w, r, namespace, pod, subresource)
	case "portforward":
		s.portForward(w, r, name)
	default:
		fail(w, 404, "NotFound", "the server could not find the requested resource")
	}
}

// upgradeAllowed plays the balancer in front of the API server. An answer was given if it says no.
func (s *server) upgradeAllowed(w *answerLog, r *http.Request) bool {
	webSocket := wsstream.IsWebSocketRequest(r)
	switch {
	case webSocket && s.noWebSocket:
		http.Error(w, "WebSocket is not served here", 403)
	case !webSocket && (s.noSPDY || !httpstream.IsUpgradeRequest(r)):
		fail(w, 400, "BadRequest", "Upgrade request required")
	default:
		return true
	}
	return false
}

func fail(w http.ResponseWriter, code int, reason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(fields{"kind": "Status", "apiVersion": "v1", "metadata": fields{}, "status": "Failure",
		"message": message, "reason": reason, "code": code})
}

func answer(w http.ResponseWriter, r *http.Request, code int, value any) {
	body, _ := json.Marshal(value)
	body = append(body, '\n')
	w.Header().Set("Content-Type", "application/json")
	if len(body) > gzipThreshold && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(code)
		packer := gzip.NewWriter(w)
		packer.Write(body)
		packer.Close()
		return
	}
	w.WriteHeader(code)
	w.Write(body)
}

// logs prints what `container` names: "endless" or follow=true goes on until the client is gone,
// "bulk" is 20 MiB, anything else three lines.
func (s *server) logs(w *answerLog, r *http.Request, pod string) {
	query := r.URL.Query()
	if wsstream.IsWebSocketRequest(r) {
		reader, writer := io.Pipe()
		go func() {
			fmt.Fprintf(writer, "line 1 of %s\n", pod)
			writer.Close()
		}()
		wsstream.NewReader(reader, false, wsstream.NewDefaultReaderProtocols()).Copy(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	if query.Get("container") == "bulk" {
		line := strings.Repeat("0123456789abcdef", 64)[:1023] + "\n"
		for i := 0; i < 20<<10; i++ {
			io.WriteString(w, line)
		}
		return
	}
	for i := 1; i <= 3; i++ {
		fmt.Fprintf(w, "line %d of %s\n", i, pod)
	}
	if query.Get("follow") != "true" {
		return
	}
	for i := 4; ; i++ {
		w.flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(100 * time.Millisecond):
			fmt.Fprintf(w, "line %d of %s\n", i, pod)
		}
	}
}

// watch sends what is there (unless resourceVersion says it is known), then every change.
func (s *server) watch(w *answerLog, r *http.Request, namespace, resource string) {
	query := r.URL.Query()
	last, _ := strconv.ParseInt(query.Get("resourceVersion"), 10, 64)
	name := selectedName(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(200)
	encoder := json.NewEncoder(w)
	for r.Context().Err() == nil {
		changes, newest := s.store.since(namespace, resource, last)
		for _, change := range changes {
			if name == "" || change.name == name {
				encoder.Encode(fields{"type": change.kind, "object": change.object})
			}
		}
		last = newest
		w.flush()
		time.Sleep(50 * time.Millisecond)
	}
}

func apiResources() fields {
	verbs := []string{"create", "delete", "get", "list", "patch", "update", "watch"}
	resource := func(name, kind string, short ...string) fields {
		return fields{"name": name, "singularName": strings.TrimSuffix(name, "s"), "namespaced": true, "kind": kind,
			"verbs": verbs, "shortNames": short}
	}
	sub := func(name, kind string, verbs ...string) fields {
		return fields{"name": name, "singularName": "", "namespaced": true, "kind": kind, "verbs": verbs}
	}
	namespaces := resource("namespaces", "Namespace", "ns")
	namespaces["namespaced"] = false
	nodes := resource("nodes", "Node", "no")
	nodes["namespaced"] = false
	return fields{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": []any{
		resource("pods", "Pod", "po"), resource("configmaps", "ConfigMap", "cm"), resource("services", "Service", "svc"),
		namespaces, nodes,
		sub("pods/exec", "PodExecOptions", "create", "get"), sub("pods/attach", "PodAttachOptions", "create", "get"),
		sub("pods/portforward", "PodPortForwardOptions", "create", "get"), sub("pods/log", "Pod", "get"),
		sub("pods/ephemeralcontainers", "Pod", "get", "patch", "update"),
	}}
}
