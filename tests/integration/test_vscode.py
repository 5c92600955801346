"""What VS Code's Remote-SSH does: a shell that reads a script from its input and starts a server, a
dynamic forward to that server, and many channels at once."""

import hashlib
import os
import select
import threading

from support.case import Case, tools
from support.listening import connect_by_socks, exchange

SERVER = r"""
import hashlib, socket, sys, threading
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(f"listeningOn=={listener.getsockname()[1]}==", flush=True)
def serve(connection):
    digest, count = hashlib.sha256(), 0
    while data := connection.recv(65536):
        digest.update(data)
        connection.sendall(data)
    connection.close()
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""

# As its installer: unknown output first, a lock, a server that outlives this shell's commands, its
# port taken from a log file, then results between markers.
SCRIPT = """
echo "some words of a profile"
id=%(id)s
cd %(folder)s
cat > server.py <<'PROGRAM'
%(server)s
PROGRAM
/usr/bin/python3 server.py > server.log 2>&1 < /dev/null &
echo $! > server.pid
for i in $(seq 200); do grep -q listeningOn server.log && break; sleep 0.1; done
echo "$id: start"
echo "exitCode==0=="
cat server.log
echo "osReleaseId==$(. /etc/os-release; echo $ID)=="
echo "$id: end"
"""


class VsCode(Case):
    proxy_settings = {"roles": '  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, '
                               'options: {ssh_port_forwarding: {local: true}}}'}

    def start(self):
        folder, socks = self.work_file("remote"), tools.free_port()
        folder.mkdir()
        process = self.popen("-T", "-D", f"127.0.0.1:{socks}", "--", "bash")
        process.stdin.write((SCRIPT % {"id": "a1b2c3", "folder": folder, "server": SERVER}).encode())
        answer = b""
        while b"a1b2c3: end\n" not in answer:
            self.assertTrue(select.select([process.stdout], [], [], tools.DEADLINE)[0], answer)
            data = os.read(process.stdout.fileno(), 65536)
            self.assertTrue(data, answer)
            answer += data
        self.addCleanup(self.stop_server, folder)
        self.assertIn(b"exitCode==0==\n", answer)
        return process, socks, int(answer.split(b"listeningOn==")[1].split(b"==")[0]), answer

    @staticmethod
    def stop_server(folder):
        try:
            os.kill(int((folder / "server.pid").read_text()), 9)
        except OSError:
            pass

    def test_a_server_reached_by_many_channels(self):
        process, socks, port, answer = self.start()
        sent = [os.urandom(300_000 if n == 0 else 10_000 + n) for n in range(30)]
        got = {}

        def one(n):
            connection = connect_by_socks(socks, "127.0.0.1", port)
            got[n] = exchange(connection, sent[n])
            connection.close()
        threads = [threading.Thread(target=one, args=(n,)) for n in range(len(sent))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([got.get(n) == data for n, data in enumerate(sent)], [True] * len(sent))
        # Its shell is still there, and its input is read.
        process.stdin.write(b"echo still-$((40+2))\n")
        self.assertEqual(process.stdout.readline(), b"still-42\n")
        process.stdin.write(b"exit 6\n")
        self.assertEqual(process.wait(tools.DEADLINE), 6)
        if self.proxy:
            self.check_recordings(sent, answer)

    def check_recordings(self, sent, answer):
        sessions = self.sessions(1 + len(sent))
        shell = next(session for session in sessions if session.bytes("stdin"))
        self.assertIn(b"listeningOn", shell.bytes("stdin"))
        self.assertEqual(shell.bytes("stdout"), answer + b"still-42\n")
        for stream in ("to-target", "to-client"):
            digests = {hashlib.sha256(session.bytes(stream)).digest() for session in sessions if session is not shell}
            self.assertEqual(digests, {hashlib.sha256(data).digest() for data in sent})
        self.assertEqual({session.start.get("connection_id") for session in sessions}, {shell.start.get("connection_id")})

    def test_channels_that_stay_open_for_long(self):
        # Its own protocol: a few connections that live as long as the window, quiet for most of it.
        process, socks, port, _ = self.start()
        connections = [connect_by_socks(socks, "127.0.0.1", port) for _ in range(8)]
        for turn in range(5):
            for n, connection in enumerate(connections):
                connection.sendall(b"%d/%d" % (turn, n))
            for n, connection in enumerate(connections):
                self.assertEqual(connection.recv(100), b"%d/%d" % (turn, n))
        process.kill()
        for connection in connections:
            connection.close()
        if self.proxy:
            for session in self.sessions(9):
                if session.bytes("stdin"):
                    continue
                self.assertEqual(session.bytes("to-target"), session.bytes("to-client"))
