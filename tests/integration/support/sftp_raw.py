"""SFTP by hand (draft-ietf-secsh-filexfer-02), for clients that ask what no client asks."""

import struct

INIT, VERSION, OPEN, CLOSE, READ, WRITE, STAT = 1, 2, 3, 4, 5, 6, 17
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
FOR_READING, FOR_WRITING = 1, 2 | 8  # to write, made if missing


def u32(value):
    return struct.pack(">I", value)


def text(value):
    return u32(len(value)) + value


def packet(kind, *parts):
    body = bytes([kind]) + b"".join(parts)
    return u32(len(body)) + body


def init(version=3):
    return packet(INIT, u32(version))


def open_file(number, path, flags=FOR_READING):
    return packet(OPEN, u32(number), text(path), u32(flags), u32(0))


def write(number, handle, offset, data):
    return packet(WRITE, u32(number), text(handle), struct.pack(">Q", offset), text(data))


def read(number, handle, offset, size):
    return packet(READ, u32(number), text(handle), struct.pack(">Q", offset), u32(size))


def close(number, handle):
    return packet(CLOSE, u32(number), text(handle))


def read_exactly(stream, size):
    """All of it, or b"" where the stream ends before."""
    parts = []
    while size:
        part = stream.read(min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_packet(stream):
    """(type, body), or None at the end."""
    head = read_exactly(stream, 5)
    if not head:
        return None
    return head[4], read_exactly(stream, struct.unpack(">I", head[:4])[0] - 1)


def handle_of(answer):
    kind, body = answer
    if kind != HANDLE:
        raise AssertionError(f"answered by {kind}: {body!r}")
    return body[8:]
