"""kubectl exec -it, attach -it, run -it and debug -it on a pseudo-terminal, with changes of its size."""

from support import kubectl
from support.kube_case import KubeCase, each_kubectl, each_transport, needs_proxy, tools


class Terminals(KubeCase):
    def size_arrives(self, columns, rows):
        self.kube.wait_line("resize", self.kube_mark, width=columns, height=rows)

    @each_kubectl
    def test_a_shell_and_its_status(self, program):
        with self.terminal(program, "exec", "-it", "bb", "--", "/bin/sh") as terminal:
            self.size_arrives(80, 24)
            terminal.send("PS1=; echo he''re\n")
            terminal.expect(rb"here")
            terminal.send("stty size\n")
            terminal.expect(rb"24 80")
            terminal.send("exit 9\n")
            self.assertEqual(terminal.wait(), 9)
        session = self.session()
        if session:
            session.assert_sound(self)
            self.assertTrue(session.end["interactive"])
            self.assertIn("size", session.start)
            self.assertIn(b"here", session.bytes("stdout"))
            self.assertEqual(session.bytes("stderr"), b"")
            self.assertIn(b"echo he''re", session.bytes("stdin"))

    @each_transport
    def test_changes_of_the_size_arrive(self, program):
        with self.terminal(program, "exec", "-it", "bb", "--", "/bin/sh", columns=100, rows=30) as terminal:
            self.size_arrives(100, 30)
            terminal.send("PS1=; echo rea''dy\n")
            terminal.expect(rb"ready")
            for columns, rows in ((120, 40), (1, 1), (500, 200), (81, 25)):
                terminal.resize(columns, rows)
                self.size_arrives(columns, rows)
            terminal.send("stty size\n")
            terminal.expect(rb"25 81")
            terminal.send("exit\n")
            self.assertEqual(terminal.wait(), 0)
        session = self.session()
        if session:
            sizes = [event["size"] for event in session.play() if event["event"] == "resize"]
            for wanted in ("120:40", "1:1", "500:200", "81:25"):
                self.assertIn(wanted, sizes)

    @each_transport
    def test_what_was_shown_is_what_is_recorded(self, program):
        with self.terminal(program, "exec", "-it", "bb", "-c", "c", "--", "/bin/sh", "-c", "stty -opost; echo one; cat /etc/passwd; exit 0") as terminal:
            self.assertEqual(terminal.wait(), 0)
            shown = terminal.shown
        session = self.session()
        if session:
            self.assertEqual(session.bytes("stdout").replace(b"\r\n", b"\n"), shown.replace(b"\r\n", b"\n"))

    @each_transport
    def test_an_interrupt_key_reaches_the_program(self, program):
        with self.terminal(program, "exec", "-it", "bb", "--", "/bin/sh", "-c", "trap 'echo int; exit 3' INT; echo rea''dy; while :; do sleep 0.1; done") as terminal:
            terminal.expect(rb"ready")
            terminal.send(b"\x03")
            terminal.expect(rb"int")
            self.assertEqual(terminal.wait(), 3)

    @each_transport
    def test_many_keys_come_back_in_order(self, program):
        with self.terminal(program, "exec", "-it", "bb", "--", "/bin/sh", "-c", "stty raw -echo; echo rea''dy; head -c 600") as terminal:
            terminal.expect(rb"ready")
            keys = bytes(b"abcdefghijklmnopqrstuvwxyz"[i % 26] for i in range(600))
            for key in keys:
                terminal.send(bytes([key]))
            terminal.expect(keys)
            self.assertEqual(terminal.wait(), 0)
        session = self.session()
        if session:
            self.assertIn(keys, session.bytes("stdin"))
            self.assertIn(keys, session.bytes("stdout"))

    @each_transport
    def test_a_fast_command_ends_at_once(self, program):
        # Its resize stream may be made after it has ended.
        for _ in range(5):
            with self.terminal(program, "exec", "-it", "bb", "--", "echo", "quick") as terminal:
                self.assertEqual(terminal.wait(20 * tools.PATIENCE), 0)
                self.assertIn(b"quick", terminal.shown)

    @each_transport
    def test_a_terminal_without_input(self, program):
        with self.terminal(program, "exec", "-t", "bb", "--", "/bin/sh", "-c", "echo out; echo err >&2; exit 3") as terminal:
            self.assertEqual(terminal.wait(), 3)
            for word in (b"out", b"err"):  # kubectl asks for no terminal then: in any order
                self.assertIn(word, terminal.shown)

    @each_transport
    def test_a_hung_up_terminal_ends_the_session(self, program):
        terminal = self.terminal(program, "exec", "-it", "bb", "--", "/bin/sh")
        self.size_arrives(80, 24)
        terminal.process.kill()
        terminal.process.wait()
        self.kube.wait_line("gone", self.kube_mark)
        self.session()

    @each_transport
    def test_attach(self, program):
        with self.terminal(program, "attach", "-it", "web", "-c", "app") as terminal:
            self.size_arrives(80, 24)
            terminal.send("echo he''re\n")
            terminal.expect(rb"here")
            terminal.send("exit\n")
            terminal.wait()
        session = self.session()
        if session:
            session.assert_sound(self)
            self.assertIn(b"here", session.bytes("stdout"))

    @each_transport
    def test_run(self, program):
        name = f"tty-{program.transport}"
        with self.terminal(program, "run", name, "--image=fake", "--restart=Never", "-it") as terminal:
            self.size_arrives(80, 24)
            terminal.send("echo he''re\n")
            terminal.expect(rb"here")
            terminal.send("exit\n")
            self.assertEqual(terminal.wait(), 0)
        self.session()

    def test_debug(self):
        with self.terminal(kubectl.pair()[-1], "debug", "-it", "bb", "--image=fake", "-c", "debugger") as terminal:
            self.size_arrives(80, 24)
            terminal.send("echo $CONTAINER-he''re\n")
            terminal.expect(rb"debugger-here")
            terminal.send("exit\n")
            terminal.wait()
        session = self.session()
        if session:
            self.assertEqual(session.start["kubernetes_container_name"], "debugger")

    @needs_proxy
    def test_both_transports_record_the_same(self):
        told = []
        for program in kubectl.pair():
            self.mark_all()
            with self.terminal(program, "exec", "-it", "bb", "--", "/bin/sh", "-c", "stty raw -echo; echo begun; head -c 5; exit 2") as terminal:
                terminal.expect(rb"begun")
                terminal.send(b"typed")
                self.assertEqual(terminal.wait(), 2)
            session = self.session()
            told.append([session.bytes("stdin"), session.bytes("stdout"), session.bytes("stderr"),
                         session.start.get("size"), sorted(set(session.kinds())), sorted(session.start), sorted(session.end)])
        self.assertEqual(*told)
