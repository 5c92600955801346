package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/apimachinery/pkg/util/httpstream/spdy"
	"k8s.io/apimachinery/pkg/util/httpstream/wsstream"
	"k8s.io/apimachinery/pkg/util/remotecommand"
)

// streamSet is one exec or attach connection. What was not asked for is nil.
type streamSet struct {
	protocol, transport string
	stdin, resize       io.Reader
	stdout, stderr      io.WriteCloser
	errors              io.WriteCloser
	close               func()
	gone                <-chan bool // closed when the client's connection has ended
}

// status writes how the command ended, as the protocol's version has it.
func (s *streamSet) status(status *metav1.Status) {
	switch s.protocol {
	case remotecommand.StreamProtocolV4Name, remotecommand.StreamProtocolV5Name, "v4.base64." + wsstream.ChannelWebSocketProtocol:
		text, _ := json.Marshal(status)
		s.errors.Write(text)
	default:
		if status.Status != metav1.StatusSuccess {
			fmt.Fprint(s.errors, status.Message)
		}
	}
}

// openSPDY upgrades and waits for exactly as many streams as the options need, as the kubelet does.
func openSPDY(w *answerLog, r *http.Request, o options) *streamSet {
	protocol, err := httpstream.Handshake(r, w, remotecommand.SupportedStreamingProtocols)
	if err != nil {
		if w.code == 0 { // else it has answered 403
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
		return nil
	}
	type created struct {
		stream  httpstream.Stream
		replied <-chan struct{}
	}
	arrivals := make(chan created, 16)
	connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(stream httpstream.Stream, replied <-chan struct{}) error {
		arrivals <- created{stream, replied}
		return nil
	})
	if connection == nil {
		return nil
	}
	set := &streamSet{protocol: protocol, transport: "spdy", gone: connection.CloseChan(),
		close: once(func() { connection.Close() })}
	hasResize := o.tty && (protocol == remotecommand.StreamProtocolV3Name || protocol == remotecommand.StreamProtocolV4Name)
	wanted := 1
	for _, wants := range []bool{o.stdin, o.stdout, o.stderr, hasResize} {
		if wants {
			wanted++
		}
	}
	deadline := time.After(remotecommand.DefaultStreamCreationTimeout)
	for ; wanted > 0; wanted-- {
		select {
		case arrived := <-arrivals:
			<-arrived.replied
			switch arrived.stream.Headers().Get("streamType") {
			case "error":
				set.errors = arrived.stream
			case "stdin":
				set.stdin = arrived.stream
			case "stdout":
				set.stdout = arrived.stream
			case "stderr":
				set.stderr = arrived.stream
			case "resize":
				set.resize = arrived.stream
			}
		case <-set.gone:
			return nil
		case <-deadline:
			connection.Close()
			return nil
		}
	}
	if set.errors == nil {
		connection.Close()
		return nil
	}
	return set
}

// openWebSocket upgrades to one of the channel protocols.
func openWebSocket(w *answerLog, r *http.Request, o options) *streamSet {
	kind := func(wanted bool, is wsstream.ChannelType) wsstream.ChannelType {
		if wanted {
			return is
		}
		return wsstream.IgnoreChannel
	}
	channels := []wsstream.ChannelType{kind(o.stdin, wsstream.ReadChannel), kind(o.stdout, wsstream.WriteChannel),
		kind(o.stderr, wsstream.WriteChannel), wsstream.WriteChannel, wsstream.ReadChannel}
	connection := wsstream.NewConn(map[string]wsstream.ChannelProtocolConfig{
		"":                                      {Binary: true, Channels: channels},
		wsstream.ChannelWebSocketProtocol:       {Binary: true, Channels: channels},
		wsstream.Base64ChannelWebSocketProtocol: {Binary: false, Channels: channels},
		"v4." + wsstream.ChannelWebSocketProtocol:        {Binary: true, Channels: channels},
		"v4.base64." + wsstream.ChannelWebSocketProtocol: {Binary: false, Channels: channels},
		"v5." + wsstream.ChannelWebSocketProtocol:        {Binary: true, Channels: channels},
	})
	connection.SetIdleTimeout(4 * time.Hour)
	protocol, opened, err := connection.Open(w, r)
	if err != nil {
		return nil
	}
	gone := make(chan bool)
	set := &streamSet{protocol: protocol, transport: "websocket", errors: opened[remotecommand.StreamErr],
		gone: gone, close: once(func() { connection.Close() })}
	// The client has left when its resize channel ends: nothing else closes that one.
	resize, writer := io.Pipe()
	go func() {
		io.Copy(writer, opened[remotecommand.StreamResize])
		writer.Close()
		close(gone)
	}()
	set.resize = resize
	if !o.tty {
		go io.Copy(io.Discard, resize)
	}
	if o.stdin {
		set.stdin = opened[remotecommand.StreamStdIn]
	}
	if o.stdout {
		set.stdout = opened[remotecommand.StreamStdOut]
	}
	if o.stderr {
		set.stderr = opened[remotecommand.StreamStdErr]
	}
	// Tells the client that the connection stands, on the lowest channel that is written.
	switch {
	case o.stdout:
		set.stdout.Write([]byte{})
	case o.stderr:
		set.stderr.Write([]byte{})
	default:
		set.errors.Write([]byte{})
	}
	return set
}
