"""What the ciphers alone cost on this machine: nothing that ends SSH on both sides can be cheaper."""

import subprocess

GIB = 1 << 30


def seconds_per_gib(decrypt, seconds):
    """Processor seconds to en- or decrypt 1 GiB by AES-128-GCM in blocks of 16 KiB, by `openssl speed`,
    which counts user time."""
    words = ["openssl", "speed", "-mr", "-seconds", str(seconds), "-bytes", "16384", *(["-decrypt"] if decrypt else []),
             "-evp", "aes-128-gcm"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    rate = next(line for line in done.stdout.splitlines() if line.startswith("+F"))
    return GIB / float(rate.rpartition(":")[2])


def measure(seconds):
    """One decryption and one encryption of each byte."""
    return seconds_per_gib(True, seconds) + seconds_per_gib(False, seconds)
