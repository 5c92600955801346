package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/creack/pty"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream/wsstream"
	"k8s.io/apimachinery/pkg/util/remotecommand"
)

type options struct {
	stdin, stdout, stderr, tty bool
	container                  string
	command                    []string
}

// remoteCommand serves exec and attach. Attaching runs a shell for a terminal, else cat.
func (s *server) remoteCommand(w *answerLog, r *http.Request, namespace string, pod object, subresource string) {
	query := r.URL.Query()
	on := func(name string) bool { v, _ := strconv.ParseBool(query.Get(name)); return v }
	o := options{stdin: on("stdin"), stdout: on("stdout"), stderr: on("stderr"), tty: on("tty"),
		container: query.Get("container"), command: query["command"]}
	if o.tty {
		o.stderr = false
	}
	if message := chooseContainer(&o, pod); message != "" {
		fail(w, 400, "BadRequest", message)
		return
	}
	if subresource == "attach" {
		o.command = []string{"/bin/sh", "-c", "echo attached; exec cat"}
		if o.tty {
			o.command = []string{"/bin/sh"}
		}
	}
	if !s.upgradeAllowed(w, r) {
		return
	}
	if !o.stdin && !o.stdout && !o.stderr {
		http.Error(w, "you must specify at least 1 of stdin, stdout, stderr", 400)
		return
	}
	var streams *streamSet
	if wsstream.IsWebSocketRequest(r) {
		streams = openWebSocket(w, r, o)
	} else {
		streams = openSPDY(w, r, o)
	}
	if streams == nil {
		return
	}
	s.log.write(w.n, "upgraded", fields{"protocol": streams.protocol, "transport": streams.transport})
	s.run(w.n, streams, o, namespace, pod)
	streams.close()
	s.log.write(w.n, "closed", nil)
}

func chooseContainer(o *options, pod object) string {
	name := pod["metadata"].(object)["name"]
	names := append(containersOf(pod, "containers"), containersOf(pod, "ephemeralContainers")...)
	if o.container == "" && len(containersOf(pod, "containers")) == 1 {
		o.container = names[0]
	}
	if o.container == "" {
		return fmt.Sprintf("a container name must be specified for pod %v, choose one of: %v", name, names)
	}
	for _, known := range names {
		if known == o.container {
			return ""
		}
	}
	return fmt.Sprintf("container %s is not valid for pod %v", o.container, name)
}

// run runs the command to its end, or until the connection is gone, and says how it ended.
func (s *server) run(n int64, streams *streamSet, o options, namespace string, pod object) {
	if len(o.command) == 0 {
		streams.status(failure("InternalError", "Internal error occurred: error executing command in container: no command", 500))
		return
	}
	command := exec.Command(o.command[0], o.command[1:]...)
	command.Env = append(os.Environ(), "POD="+pod["metadata"].(object)["name"].(string), "CONTAINER="+o.container,
		"NAMESPACE="+namespace, "TERM=xterm")
	process, err := startProcess(command, o)
	if err != nil {
		streams.status(failure("InternalError",
			"Internal error occurred: error executing command in container: "+err.Error(), 500))
		return
	}
	s.log.write(n, "start", fields{"argv": o.command, "pid": command.Process.Pid, "tty": o.tty, "container": o.container})
	go s.feedInput(n, streams, process)
	if o.tty && streams.resize != nil {
		go s.resizes(n, streams.resize, process.terminal)
	}
	ended := make(chan struct{})
	go func() {
		select {
		case <-streams.gone:
			s.log.write(n, "gone", nil)
			// The children too: it leads a process group.
			syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		case <-ended:
		}
	}()
	var copies sync.WaitGroup
	copyOut := func(to io.WriteCloser, from io.ReadCloser) {
		copies.Add(1)
		go func() {
			defer copies.Done()
			if to == nil {
				io.Copy(io.Discard, from)
			} else {
				io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 32<<10))
				to.Close()
			}
			from.Close()
		}()
	}
	copyOut(streams.stdout, process.stdout)
	if process.stderr != nil {
		copyOut(streams.stderr, process.stderr)
	}
	copies.Wait()
	err = command.Wait()
	close(ended)
	code := exitCode(err)
	s.log.write(n, "exit", fields{"code": code})
	s.store.finish(namespace, pod["metadata"].(object)["name"].(string), o.container, code)
	streams.status(exitStatus(code))
}

type process struct {
	stdin          io.WriteCloser
	stdout, stderr io.ReadCloser
	terminal       *os.File
}

func startProcess(command *exec.Cmd, o options) (*process, error) {
	if o.tty {
		terminal, err := pty.Start(command)
		if err != nil {
			return nil, err
		}
		return &process{stdin: struct {
			io.Writer
			io.Closer
		}{terminal, io.NopCloser(nil)}, stdout: terminal, terminal: terminal}, nil
	}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &process{}
	var err error
	if o.stdin {
		if p.stdin, err = command.StdinPipe(); err != nil {
			return nil, err
		}
	}
	if p.stdout, err = command.StdoutPipe(); err != nil {
		return nil, err
	}
	if p.stderr, err = command.StderrPipe(); err != nil {
		return nil, err
	}
	return p, command.Start()
}

func (s *server) feedInput(n int64, streams *streamSet, p *process) {
	if streams.stdin == nil || p.stdin == nil {
		return
	}
	// Once the command no longer reads, nobody reads the stream either, as with real runtimes.
	count, err := io.CopyBuffer(struct{ io.Writer }{p.stdin}, struct{ io.Reader }{streams.stdin}, make([]byte, 32<<10))
	s.log.write(n, "stdin", fields{"bytes": count, "ended": err == nil})
	if err == nil {
		p.stdin.Close()
	}
}

func (s *server) resizes(n int64, from io.Reader, terminal *os.File) {
	decoder := json.NewDecoder(from)
	for {
		var size struct{ Width, Height uint16 }
		if decoder.Decode(&size) != nil {
			return
		}
		s.log.write(n, "resize", fields{"width": size.Width, "height": size.Height})
		pty.Setsize(terminal, &pty.Winsize{Rows: size.Height, Cols: size.Width})
	}
}

func exitCode(err error) int {
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		return 0
	}
	if status, ok := failed.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return failed.ExitCode()
}

func exitStatus(code int) *metav1.Status {
	if code == 0 {
		return &metav1.Status{Status: metav1.StatusSuccess}
	}
	return &metav1.Status{Status: metav1.StatusFailure, Reason: remotecommand.NonZeroExitCodeReason,
		Message: fmt.Sprintf("command terminated with non-zero exit code: command terminated with exit code %d", code),
		Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{
			{Type: remotecommand.ExitCodeCauseType, Message: strconv.Itoa(code)}}}}
}

func failure(reason metav1.StatusReason, message string, code int32) *metav1.Status {
	return &metav1.Status{Status: metav1.StatusFailure, Reason: reason, Message: message, Code: code,
		Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Message: message}}}}
}

// once makes a function that may be called from several places run one time.
func once(f func()) func() {
	var done atomic.Bool
	return func() {
		if !done.Swap(true) {
			f()
		}
	}
}
