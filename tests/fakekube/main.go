// Fakekube is a Kubernetes API server for tests: pods that are local processes, behind the very SPDY and
// WebSocket server code of Kubernetes (k8s.io/apimachinery, moby/spdystream). It prints one JSON line with
// its address when it is ready, and logs what it is sent to a file of JSON lines (log.go).
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
)

type server struct {
	tokens      map[string]string // token to user name
	noSPDY      bool
	noWebSocket bool
	log         *requestLog
	store       *store
}

type tokenFlag map[string]string

func (t tokenFlag) String() string { return "" }
func (t tokenFlag) Set(value string) error {
	for i := range value {
		if value[i] == '=' {
			t[value[:i]] = value[i+1:]
			return nil
		}
	}
	return fmt.Errorf("want TOKEN=USER")
}

func main() {
	tokens := tokenFlag{}
	listen := flag.String("listen", "127.0.0.1:0", "address")
	certificate := flag.String("cert", "", "PEM file: the server's certificate")
	key := flag.String("key", "", "PEM file: its key")
	clientCA := flag.String("client-ca", "", "PEM file: who signs client certificates")
	logFile := flag.String("log", "/dev/null", "file for JSON lines, appended")
	noSPDY := flag.Bool("no-spdy", false, "answer SPDY upgrades like a balancer that drops the Upgrade header")
	noWebSocket := flag.Bool("no-websocket", false, "refuse WebSocket upgrades with 403")
	noHTTP2 := flag.Bool("no-http2", false, "offer HTTP/1.1 only")
	flag.Var(tokens, "token", "TOKEN=USER, may be repeated")
	flag.Parse()

	config := &tls.Config{ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2", "http/1.1"}}
	if *noHTTP2 {
		config.NextProtos = []string{"http/1.1"}
	}
	if *clientCA != "" {
		pem, err := os.ReadFile(*clientCA)
		check(err)
		config.ClientCAs = x509.NewCertPool()
		config.ClientCAs.AppendCertsFromPEM(pem)
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	log, err := openLog(*logFile)
	check(err)
	s := &server{tokens: tokens, noSPDY: *noSPDY, noWebSocket: *noWebSocket, log: log, store: newStore()}
	listener, err := net.Listen("tcp", *listen)
	check(err)
	ready, _ := json.Marshal(map[string]any{"address": listener.Addr().String(), "pid": os.Getpid()})
	fmt.Println(string(ready))
	check((&http.Server{Handler: s, TLSConfig: config}).ServeTLS(listener, *certificate, *key))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "fakekube:", err)
		os.Exit(1)
	}
}
