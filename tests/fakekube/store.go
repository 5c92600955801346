package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

type object = map[string]any

type change struct {
	version         int64
	kind, name, key string
	object          object
}

// store keeps objects of any resource under "namespace/resource/name", and every change since the start.
type store struct {
	mutex   sync.Mutex
	version int64
	objects map[string]object
	changes []change
}

var kinds = map[string]string{"pods": "Pod", "configmaps": "ConfigMap", "services": "Service",
	"namespaces": "Namespace", "nodes": "Node"}

// newStore has: bb (container c), web (containers app and side), locked (its streams are forbidden), and
// 2,000 pods in the namespace crowd, whose list is some megabytes.
func newStore() *store {
	s := &store{objects: map[string]object{}}
	s.put("default", "pods", "bb", newPod("bb", "default", "c"))
	s.put("default", "pods", "web", newPod("web", "default", "app", "side"))
	s.put("default", "pods", "locked", newPod("locked", "default", "c"))
	for i := 0; i < 2000; i++ {
		name := fmt.Sprintf("pod-%04d", i)
		pod := newPod(name, "crowd", "c")
		pod["metadata"].(object)["annotations"] = object{"filler": strings.Repeat(name, 100)}
		s.put("crowd", "pods", name, pod)
	}
	for _, name := range []string{"default", "crowd"} {
		s.put("", "namespaces", name, object{"kind": "Namespace", "apiVersion": "v1", "metadata": object{"name": name}})
	}
	return s
}

func newPod(name, namespace string, containers ...string) object {
	pod := object{"kind": "Pod", "apiVersion": "v1",
		"metadata": object{"name": name, "namespace": namespace, "uid": "uid-of-" + name,
			"creationTimestamp": "2026-01-01T00:00:00Z"},
		"spec": object{"nodeName": "node1", "securityContext": object{}}}
	var list []any
	for _, container := range containers {
		// kubectl attach -t wants a container that was made with a terminal.
		terminal := container == "app"
		list = append(list, object{"name": container, "image": "fake", "tty": terminal, "stdin": true})
	}
	pod["spec"].(object)["containers"] = list
	setRunning(pod)
	return pod
}

// setRunning gives every container of the pod a status: running.
func setRunning(pod object) {
	status := object{"phase": "Running", "podIP": "127.0.0.1", "hostIP": "127.0.0.1",
		"conditions": []any{object{"type": "Ready", "status": "True"}}}
	for list, key := range map[string]string{"containers": "containerStatuses", "ephemeralContainers": "ephemeralContainerStatuses"} {
		var statuses []any
		for _, name := range containersOf(pod, list) {
			statuses = append(statuses, object{"name": name, "ready": true, "image": "fake", "restartCount": 0,
				"containerID": "fake://" + name, "state": object{"running": object{"startedAt": "2026-01-01T00:00:00Z"}}})
		}
		if statuses != nil {
			status[key] = statuses
		}
	}
	pod["status"] = status
}

func containersOf(pod object, list string) (names []string) {
	spec, _ := pod["spec"].(object)
	containers, _ := spec[list].([]any)
	for _, container := range containers {
		if name, ok := container.(object)["name"].(string); ok {
			names = append(names, name)
		}
	}
	return names
}

func key(namespace, resource, name string) string { return namespace + "/" + resource + "/" + name }

func clone(o object) object {
	text, _ := json.Marshal(o)
	var copied object
	json.Unmarshal(text, &copied)
	return copied
}

func (s *store) get(namespace, resource, name string) (object, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	o, found := s.objects[key(namespace, resource, name)]
	return o, found
}

// put replaces; what was handed out before is never changed.
func (s *store) put(namespace, resource, name string, o object) object {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.version++
	o = clone(o)
	metadata, _ := o["metadata"].(object)
	if metadata == nil {
		metadata = object{}
		o["metadata"] = metadata
	}
	metadata["resourceVersion"] = strconv.FormatInt(s.version, 10)
	where := key(namespace, resource, name)
	kind := "MODIFIED"
	if _, found := s.objects[where]; !found {
		kind = "ADDED"
	}
	s.objects[where] = o
	s.changes = append(s.changes, change{s.version, kind, name, where, o})
	return o
}

func (s *store) remove(namespace, resource, name string) (object, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	where := key(namespace, resource, name)
	o, found := s.objects[where]
	if found {
		s.version++
		delete(s.objects, where)
		s.changes = append(s.changes, change{s.version, "DELETED", name, where, o})
	}
	return o, found
}

func (s *store) since(namespace, resource string, last int64) (found []change, newest int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, c := range s.changes {
		if c.version > last && strings.HasPrefix(c.key, namespace+"/"+resource+"/") {
			found = append(found, c)
		}
	}
	return found, s.version
}

// selectedName is the only field selector that kubectl uses here.
func selectedName(r *http.Request) string {
	return strings.TrimPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")
}

// list gives all, or the one that `name` names.
func (s *store) list(namespace, resource, name string) object {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var keys []string
	for where := range s.objects {
		if strings.HasPrefix(where, namespace+"/"+resource+"/"+name) && (name == "" || strings.HasSuffix(where, "/"+name)) {
			keys = append(keys, where)
		}
	}
	sort.Strings(keys)
	items := []any{}
	for _, where := range keys {
		items = append(items, s.objects[where])
	}
	return object{"kind": kinds[resource] + "List", "apiVersion": "v1", "items": items,
		"metadata": object{"resourceVersion": strconv.FormatInt(s.version, 10)}}
}

// readBody takes JSON or YAML, up to the API server's limit. An answer was given if it says no.
func readBody(w http.ResponseWriter, r *http.Request) (object, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		fail(w, 413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728")
		return nil, false
	}
	var o object
	if err := yaml.Unmarshal(body, &o); err != nil {
		fail(w, 400, "BadRequest", "the body cannot be read: "+err.Error())
		return nil, false
	}
	return o, true
}

// merge is a JSON merge patch, which is enough for what the tests apply and label.
func merge(into, patch object) {
	for name, value := range patch {
		nested, isObject := value.(object)
		current, hasObject := into[name].(object)
		switch {
		case value == nil:
			delete(into, name)
		case isObject && hasObject:
			merge(current, nested)
		default:
			into[name] = value
		}
	}
}

func (s *store) serve(w *answerLog, r *http.Request, namespace string, parts []string) {
	resource := parts[0]
	if kinds[resource] == "" {
		fail(w, 404, "NotFound", "the server could not find the requested resource")
		return
	}
	if len(parts) == 1 {
		s.serveCollection(w, r, namespace, resource)
		return
	}
	name := parts[1]
	current, found := s.get(namespace, resource, name)
	if !found {
		fail(w, 404, "NotFound", fmt.Sprintf("%s %q not found", resource, name))
		return
	}
	switch r.Method {
	case "GET", "HEAD":
		answer(w, r, 200, current)
	case "DELETE":
		s.remove(namespace, resource, name)
		answer(w, r, 200, current)
	case "PUT", "PATCH":
		body, ok := readBody(w, r)
		if !ok {
			return
		}
		if r.Method == "PATCH" {
			changed := clone(current)
			merge(changed, body)
			body = changed
		}
		answer(w, r, 200, s.put(namespace, resource, name, body))
	default:
		fail(w, 405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
	}
}

func (s *store) serveCollection(w *answerLog, r *http.Request, namespace, resource string) {
	switch r.Method {
	case "GET", "HEAD":
		answer(w, r, 200, s.list(namespace, resource, selectedName(r)))
	case "POST":
		body, ok := readBody(w, r)
		if !ok {
			return
		}
		metadata, _ := body["metadata"].(object)
		name, _ := metadata["name"].(string)
		if name == "" {
			fail(w, 422, "Invalid", "metadata.name: Required value")
			return
		}
		if _, found := s.get(namespace, resource, name); found {
			fail(w, 409, "AlreadyExists", fmt.Sprintf("%s %q already exists", resource, name))
			return
		}
		metadata["uid"], metadata["namespace"] = "uid-of-"+name, namespace
		metadata["creationTimestamp"] = "2026-01-01T00:00:00Z"
		if resource == "pods" {
			setRunning(body)
		}
		answer(w, r, 201, s.put(namespace, resource, name, body))
	default:
		fail(w, 405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
	}
}

// addEphemeral appends the patch's ephemeral containers, which run at once.
func (s *store) addEphemeral(w *answerLog, r *http.Request, namespace, name string) {
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	current, _ := s.get(namespace, "pods", name)
	pod := clone(current)
	spec := pod["spec"].(object)
	patch, _ := body["spec"].(object)
	added, _ := patch["ephemeralContainers"].([]any)
	existing, _ := spec["ephemeralContainers"].([]any)
	spec["ephemeralContainers"] = append(existing, added...)
	setRunning(pod)
	answer(w, r, 200, s.put(namespace, "pods", name, pod))
}

// finish tells the end of a pod that a client created and that has this one container.
func (s *store) finish(namespace, name, container string, code int) {
	current, found := s.get(namespace, "pods", name)
	if !found || name == "bb" || name == "web" || namespace == "crowd" {
		return
	}
	pod := clone(current)
	status := pod["status"].(object)
	status["phase"] = "Succeeded"
	if code != 0 {
		status["phase"] = "Failed"
	}
	status["containerStatuses"] = []any{object{"name": container, "ready": false, "image": "fake", "restartCount": 0,
		"state": object{"terminated": object{"exitCode": code, "reason": "Completed"}}}}
	s.put(namespace, "pods", name, pod)
}
