"""kubectl exec -it and attach, watched and joined over ssh."""

from support.client import Client
from support.kube_case import KubeCase, each_transport, needs_proxy
from support.terminal import Terminal


@needs_proxy
class Join(KubeCase):
    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.hedy = Client(cls.folder / "hedy", "hedy")
        roles = ('  - {name: all, allow: {kubernetes_labels: {"*": "*"}, kubernetes_groups: [developers]}}\n'
            '  - {name: helper, allow: {join_sessions: [{kinds: [k8s], modes: [observer, peer, moderator]}]}}')
        return super().make_proxy(name, users={"alice": [], "hedy": [cls.hedy.key]}, roles=roles,
            user_roles={"hedy": "helper"}, **settings)

    def join(self, command, sid, *more):
        terminal = Terminal(self.hedy.ssh_command(self.proxy.port, command, "-t", "--", sid, *more),
            env=self.hedy.environment({"TERM": "xterm"}))
        self.addCleanup(terminal.close)
        return terminal

    @each_transport
    def test_a_peer_sees_and_types_and_a_moderator_ends(self, program):
        mark = self.proxy.mark()
        with self.terminal(program, "exec", "-it", "bb", "--", "/bin/sh") as owner:
            sid = self.proxy.wait_event("session.start", mark)["sid"]
            owner.send("PS1='$ '; echo rea''dy\n")
            owner.expect(rb"ready")
            peer = self.join("+join", sid, "peer")
            peer.expect(rb"ready")
            owner.expect(rb"hedy has joined as peer")
            peer.send("echo by-he''dy\n")
            owner.expect(rb"by-hedy")
            peer.expect(rb"by-hedy")
            boss = self.join("+moderate", sid)
            boss.expect(rb"by-hedy")
            boss.send("\x1dt")
            self.assertNotEqual(owner.wait(), 0)
            peer.expect(rb"session ended by hedy")
        end = self.proxy.wait_event("session.end", mark, sid=sid)
        self.assertEqual((end["participants"], end["reason"]), (["alice", "hedy"], "session ended by hedy"))

    @each_transport
    def test_a_peer_whose_paste_nobody_reads_does_not_hold_up_the_owner(self, program):
        mark = self.proxy.mark()
        with self.terminal(program, "exec", "-it", "bb", "--", "/bin/sh") as owner:
            sid = self.proxy.wait_event("session.start", mark)["sid"]
            owner.send("stty raw -echo; echo rea''dy; sleep 4; stty sane; echo awa''ke\n")
            owner.expect(rb"ready")
            peer = self.join("+join", sid, "peer")
            owner.expect(rb"hedy has joined as peer")
            for _ in range(20):
                peer.send("#" * 3000 + "\n")
            owner.expect(rb"awake")
            self.assertEqual(self.proxy.run("kill", sid).returncode, 0)
            self.assertNotEqual(owner.wait(), 0)
        self.proxy.wait_event("session.end", mark, sid=sid)
        self.assertEqual(len([e for e in self.proxy.events()[mark:] if e["event"] == "session.leave"]), 1)


@needs_proxy
class Moderated(KubeCase):
    """A user of kubectl whose sessions must be watched."""

    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.hedy = Client(cls.folder / "hedy", "hedy")
        roles = ('  - {name: all, allow: {kubernetes_labels: {"*": "*"}, kubernetes_groups: [developers], require_session_join: '
            '[{name: eyes, filter: \'contains(user.spec.roles, "helper")\', kinds: [k8s], modes: [moderator], on_leave: pause}]}}\n'
            '  - {name: helper, allow: {join_sessions: [{kinds: [k8s], modes: [observer, moderator]}]}}')
        return super().make_proxy(name, users={"alice": [], "hedy": [cls.hedy.key]}, roles=roles,
            user_roles={"hedy": "helper"}, **settings)

    join = Join.join

    def pending(self, program, *command, pod="bb"):
        owner = self.terminal(program, "exec", "-it", pod, "--", *command)
        return owner, owner.expect(rb"waits for 1 more with the role helper as moderator to join it: ([0-9a-f-]{36})")[1].decode()

    @each_transport
    def test_it_waits_starts_and_pauses(self, program):
        owner, sid = self.pending(program, "/bin/sh")
        self.assertEqual([e for e in self.proxy.events()[self.mark:] if e["event"] == "session.start"], [])
        boss = self.join("+moderate", sid)
        self.proxy.wait_event("session.start", self.mark, sid=sid)
        owner.send("echo sta''rted\n")
        owner.expect(rb"started")
        boss.expect(rb"started")
        boss.send("\x1dl")
        owner.expect(rb"paused: the session waits for 1 more")
        owner.send("echo wai''ted\n")
        owner._read(0.5)
        self.assertNotIn(b"waited", owner.shown)
        again = self.join("+moderate", sid)
        owner.expect(rb"waited")
        owner.send("exit 3\n")
        self.assertEqual(owner.wait(), 3)
        again.wait()
        end = self.proxy.wait_event("session.end", self.mark, sid=sid)
        self.assertEqual(end["participants"], ["alice", "hedy"])
        kinds = [e["event"] for e in self.proxy.events()[self.mark:] if e.get("sid") == sid]
        self.assertEqual((kinds.count("session.join"), kinds.count("session.leave")), (2, 2))

    @each_transport
    def test_what_the_cluster_refuses_is_told_when_it_starts(self, program):
        owner, sid = self.pending(program, "/bin/no-such-program")
        self.join("+moderate", sid)
        self.assertNotEqual(owner.wait(), 0)
        self.assertRegex(owner.shown, rb"no-such-program|no such file")
        self.proxy.wait_event("session.end", self.mark, sid=sid)

    @each_transport
    def test_the_owner_gives_up(self, program):
        owner, sid = self.pending(program, "/bin/sh")
        owner.send("\x03")
        self.assertNotEqual(owner.wait(), 0)
        self.proxy.wait_event("session.rejected", self.mark)
        self.assertEqual(self.proxy.run("kill", sid).returncode, 1)

    @each_transport
    def test_without_a_terminal_it_does_not_run(self, program):
        done = self.exec(program, "/bin/echo", "no")
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn(b"no\n", done.stdout)
        self.assertIn(b"require_session_join", done.stderr)
