package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/gorilla/websocket"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/apimachinery/pkg/util/httpstream/spdy"
	"k8s.io/apimachinery/pkg/util/httpstream/wsstream"
	portforwardnames "k8s.io/apimachinery/pkg/util/portforward"
	"k8s.io/client-go/tools/portforward"
)

// portForward joins pairs of streams with ports of this machine's loopback address.
func (s *server) portForward(w *answerLog, r *http.Request, pod string) {
	if !s.upgradeAllowed(w, r) {
		return
	}
	f := &forwarder{log: s.log, n: w.n, pod: pod, waiting: map[string]httpstream.Stream{}}
	var connection httpstream.Connection
	transport := "spdy"
	if wsstream.IsWebSocketRequest(r) {
		transport = "websocket"
		if !wsstream.IsWebSocketRequestWithTunnelingProtocol(r) {
			http.Error(w, "unable to upgrade: unsupported protocol", 403)
			return
		}
		upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true },
			Subprotocols: []string{portforwardnames.WebsocketsSPDYTunnelingPortForwardV1}}
		socket, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		connection, err = spdy.NewServerConnection(portforward.NewTunnelingConnection("server", socket), f.accept)
		if err != nil {
			return
		}
	} else {
		if _, err := httpstream.Handshake(r, w, []string{portforwardnames.PortForwardV1Name}); err != nil {
			if w.code == 0 { // else it has answered 403
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
			return
		}
		if connection = spdy.NewResponseUpgrader().UpgradeResponse(w, r, f.accept); connection == nil {
			return
		}
	}
	s.log.write(w.n, "upgraded", fields{"protocol": portforwardnames.PortForwardV1Name, "transport": transport})
	<-connection.CloseChan()
	connection.Close()
	s.log.write(w.n, "closed", nil)
}

type forwarder struct {
	log     *requestLog
	n       int64
	pod     string
	mutex   sync.Mutex
	waiting map[string]httpstream.Stream
}

// accept collects the two streams of a request, in either order.
func (f *forwarder) accept(stream httpstream.Stream, replied <-chan struct{}) error {
	id, kind := stream.Headers().Get("requestID"), stream.Headers().Get("streamType")
	if port, err := strconv.ParseUint(stream.Headers().Get("port"), 10, 16); err != nil || port == 0 {
		return fmt.Errorf("bad port %q", stream.Headers().Get("port"))
	}
	if kind != "error" && kind != "data" {
		return fmt.Errorf("bad stream type %q", kind)
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	other, found := f.waiting[id]
	if !found {
		f.waiting[id] = stream
		return nil
	}
	delete(f.waiting, id)
	if kind == "error" {
		stream, other = other, stream
	}
	go func() {
		<-replied
		f.join(stream, other)
	}()
	return nil
}

func (f *forwarder) join(data, errors httpstream.Stream) {
	port := data.Headers().Get("port")
	f.log.write(f.n, "forward", fields{"port": port})
	defer errors.Reset()
	defer data.Reset()
	connection, err := net.Dial("tcp4", "127.0.0.1:"+port)
	if err != nil {
		fmt.Fprintf(errors, "error forwarding port %s to pod %s, uid : %v", port, f.pod, err)
		return
	}
	defer connection.Close()
	fromPod, fromClient := make(chan struct{}), make(chan struct{})
	go func() {
		io.Copy(data, connection)
		data.Close()
		close(fromPod)
	}()
	go func() {
		io.Copy(connection, data)
		connection.(*net.TCPConn).CloseWrite()
		close(fromClient)
	}()
	<-fromPod
	errors.Close()
	<-fromClient
}
