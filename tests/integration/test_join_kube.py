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
