"""A target's sftp that has no limit and no scruple: it grants every file, keeps silent, or says what a
client told it to. What it does is in the path of an OPEN: `mute...` has no answer, `say:HEX` those bytes."""

import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import sftp_raw as sftp  # noqa: E402

LONGEST = 1 << 20


def path_of(body):
    size, = struct.unpack_from(">I", body, 4)
    return body[8:8 + size]


def answer(kind, body, handles):
    number = body[:4]
    if kind == sftp.INIT:
        return sftp.packet(sftp.VERSION, sftp.u32(3))
    if kind == sftp.OPEN:
        path = path_of(body)
        if path.startswith(b"mute"):
            return b""
        if path.startswith(b"say:"):
            return bytes.fromhex(path[4:].decode())
        handles[0] += 1
        return sftp.packet(sftp.HANDLE, number, sftp.text(struct.pack(">Q", handles[0])))
    if kind == sftp.READ:
        size = struct.unpack_from(">I", body, len(body) - 4)[0]
        return sftp.packet(sftp.DATA, number, sftp.text(b"r" * min(size, 65536)))
    return sftp.packet(sftp.STATUS, number, sftp.u32(0), sftp.text(b""), sftp.text(b""))


def main():
    source, goal, handles = sys.stdin.buffer, sys.stdout.buffer, [0]
    while head := sftp.read_exactly(source, 4):
        size, = struct.unpack(">I", head)
        if not 5 <= size <= LONGEST:
            break
        packet = sftp.read_exactly(source, size)
        if not packet:
            break
        try:
            goal.write(answer(packet[0], packet[1:], handles))
        except (struct.error, ValueError):
            break
        goal.flush()
    # What makes no sense to it is swallowed, so that a client's whole stream passes.
    while source.read(1 << 16):
        pass


if __name__ == "__main__":
    main()
