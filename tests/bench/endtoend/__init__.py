"""The parts of tests/run bench: real ssh and sshd around the proxy, and what they are compared with."""
