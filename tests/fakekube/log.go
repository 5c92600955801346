package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// requestLog writes one JSON line per event. Each has "event" and "n", the request's number:
//
//	request  method, uri (as sent), path (decoded), headers, host, proto, alpn, user, auth
//	answer   code: an ordinary answer was begun, or an upgrade refused
//	upgraded protocol, transport: a stream connection stands
//	start    argv, pid, tty, container      exit  code
//	resize   width, height                  stdin bytes, ended (when it ends)
//	closed   the upgraded connection is gone
//	forward  port                           done  the request's handler returned
type requestLog struct {
	mutex sync.Mutex
	file  *os.File
	next  atomic.Int64
}

func openLog(path string) (*requestLog, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return &requestLog{file: file}, err
}

type fields map[string]any

func (l *requestLog) write(n int64, event string, more fields) {
	line := fields{"event": event, "n": n, "time": time.Now().UTC().Format(time.RFC3339Nano)}
	for key, value := range more {
		line[key] = value
	}
	text, _ := json.Marshal(line)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.file.Write(append(text, '\n'))
}

func (l *requestLog) request(r *http.Request, who identity, auth string) int64 {
	n := l.next.Add(1)
	l.write(n, "request", fields{
		"method": r.Method, "uri": r.RequestURI, "path": r.URL.Path, "query": r.URL.RawQuery, "headers": r.Header,
		"host": r.Host, "proto": r.Proto, "alpn": r.TLS.NegotiatedProtocol, "sni": r.TLS.ServerName,
		"remote": r.RemoteAddr, "user": who, "auth": auth, "transfer": r.TransferEncoding})
	return n
}

// answerLog notes the status of an answer.
type answerLog struct {
	http.ResponseWriter
	log  *requestLog
	n    int64
	code int
}

func (a *answerLog) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
		a.log.write(a.n, "answer", fields{"code": code})
	}
	a.ResponseWriter.WriteHeader(code)
}

func (a *answerLog) Write(data []byte) (int, error) {
	if a.code == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController find Flush; hijackable is for upgrades.
func (a *answerLog) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answerLog) flush() { http.NewResponseController(a.ResponseWriter).Flush() }

// Hijack is what the upgrades need.
func (a *answerLog) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	hijacker, ok := a.ResponseWriter.(http.Hijacker)
	if !ok {
		return nil, nil, errors.New("HTTP/2 has no upgrades")
	}
	return hijacker.Hijack()
}
