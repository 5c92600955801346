"""Holds every #include in include/, src/ and tests/ to the arrows of docs/architecture.md.

    check_layers.py [ROOT]      exit 0 clean, 1 with one line per violation (file:line: message)

CMake states the same arrows as link dependencies, but a static library that is linked for another
reason would hide a forbidden #include; this looks at the lines themselves.
"""

import pathlib
import re
import sys

# Layer -> the layers whose headers it may include (itself is always allowed). Arrows go down only.
ARROWS = {
    "base": set(),
    "wire": {"base"},
    "config": {"base"},
    "policy": {"base", "config"},
    "login": {"base", "config"},
    "record": {"base", "wire"},
    "audit": {"base", "wire"},
    "net": {"base"},
    "files": {"base", "wire"},
    "replay": {"base", "wire", "config", "screen"},
    "ssh": {"base", "wire", "net"},
    "kube": {"base", "wire", "net"},
    "screen": {"base"},
    "session": {"base", "wire", "net", "record", "audit", "policy", "files", "screen"},
    "server": {"base", "wire", "config", "policy", "login", "record", "audit", "net", "ssh", "kube",
               "session", "files", "screen"},
}
ARROWS["cli"] = set(ARROWS)

# What no header under include/ may name: its users would have to know it too.
FOREIGN_IN_INTERFACES = re.compile(
    r"libssh/|openssl/|boost/beast|spdlog/|fmt/|yaml-cpp/|zlib\.h|isa-l|igzip|CLI/|utf8proc\.h|google/protobuf|\.pb\.h")
# Foreign headers that one place alone may use.
CONFINED = [
    (re.compile(r"libssh/"), {"ssh"}, "libssh belongs to src/ssh alone"),
    (re.compile(r"yaml-cpp/"), {"config", "cli"}, "yaml-cpp belongs to src/config (and src/cli)"),
    (re.compile(r"utf8proc\.h"), {"screen"}, "utf8proc belongs to src/screen alone"),
    (re.compile(r"CLI/"), {"cli"}, "CLI11 belongs to src/cli alone"),
    (re.compile(r"boost/asio|sys/socket\.h|netinet/"), set(ARROWS) - {"wire", "config", "policy", "login", "files", "screen"},
     "wire, config, policy, login, files and screen are without I/O: no Asio, no sockets"),
]
BANNED_TEXT = [
    (re.compile(r"\basio::detached\b|\buse_detached\b"),
     "asio::detached is banned: every task has a parent that waits for it"),
]
HEADER_LINES, SOURCE_LINES = 250, 400
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCE_SUFFIXES = {".hpp", ".h", ".cpp", ".c"}


def layer_of(path):
    """("include"|"src", layer) for a path relative to the root; layer is None for src/main.cpp."""
    parts = path.parts
    if parts[:2] == ("include", "verbatim") and len(parts) > 3:
        return "include", parts[2]
    if parts[0] == "src":
        return "src", parts[1] if len(parts) > 2 else None
    return parts[0], None


def included_layer(root, path, style, name):
    """The layer that an #include leads to, or None for a foreign header."""
    parts = pathlib.PurePosixPath(name).parts
    if parts[0] == "verbatim" and len(parts) > 2:
        return parts[1]
    if style == '"' and not (root / path.parent / name).exists() and parts[0] in ARROWS:
        return parts[0]  # "layer/private.hpp", found by way of src/
    return None


def strip_comment(line):
    return line.split("//", 1)[0]


def check_file(root, path):
    where, layer = layer_of(path)
    if layer is not None and layer not in ARROWS:
        yield 1, f"unknown layer {layer}: add it to the arrows in tests/lint/check_layers.py"
        return
    for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
        for banned, why in BANNED_TEXT:
            if banned.search(strip_comment(line)):
                yield number, why
        match = INCLUDE.match(line)
        if not match:
            continue
        style, name = match.groups()
        target = included_layer(root, path, style, name)
        if layer and target and target != layer and target not in ARROWS[layer]:
            yield number, f"{layer} may not include {target} ({name})"
        if where in ("include", "src") and name.startswith("tests/"):
            yield number, f"nothing outside tests includes tests ({name})"
        if where == "include" and FOREIGN_IN_INTERFACES.search(name):
            yield number, f"an interface header names {name}: hide it behind a type of our own"
        if where == "include" and style == '"':
            yield number, f"interface headers include <verbatim/...> or <foreign>, not {name!r}"
        for foreign, allowed, why in CONFINED:
            if target is None and layer and layer not in allowed and foreign.search(name):
                yield number, f"{why} ({name})"


def sources(root):
    for top in ("include", "src", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCE_SUFFIXES and path.is_file():
                yield path.relative_to(root)


def size_warning(root, path):
    lines = (root / path).read_text(errors="replace").count("\n")
    limit = HEADER_LINES if path.suffix in {".hpp", ".h"} else SOURCE_LINES
    return f"{path}: {lines} lines, over {limit}" if lines > limit else None


def check(root):
    """All violations as lines of text, and the warnings."""
    violations, warnings, count = [], [], 0
    for path in sources(root):
        count += 1
        violations += [f"{path}:{line}: {message}" for line, message in check_file(root, path)]
        warning = size_warning(root, path)
        if warning:
            warnings.append(warning)
    return violations, warnings, count


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    violations, warnings, count = check(root)
    for line in warnings:
        print(f"warning: {line}")
    for line in violations:
        print(line)
    print(f"{count} files, {len(violations)} violations, {len(warnings)} warnings")
    return 1 if violations or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
