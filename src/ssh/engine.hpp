#pragma once
// C++ hands on the shim: ownership, and the algorithms we offer.

#include "ssh/libssh_shim.h"

#include <memory>
#include <string>

namespace verbatim::ssh {

struct free_engine {
    void operator()(verbatim_engine* engine) const noexcept { ::verbatim_engine_free(engine); }
};
using engine_handle = std::unique_ptr<verbatim_engine, free_engine>;

struct free_host_key {
    void operator()(verbatim_host_key* key) const noexcept { ::verbatim_host_key_free(key); }
};
using host_key_handle = std::unique_ptr<verbatim_host_key, free_host_key>;

/// Comma lists as they stand in SSH_MSG_KEXINIT.
struct algorithms {
    // Post-quantum first. No finite-field groups: they run inline for tens of milliseconds, and
    // other sessions' keystrokes would wait for them. Towards clients none of the NIST curves and
    // of the encrypt-and-MAC modes that auditors warn of; targets are what they are (docs/decisions
    // 0011).
    std::string kex =
        "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,"
        "curve25519-sha256,curve25519-sha256@libssh.org";
    // Towards targets our order decides. sntrup761 makes its maker of keys, which is us here, work
    // for 20 ms on the loop (measured; docs/decisions): it is kept for targets that have nothing
    // else.
    std::string target_kex =
        "mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
        "ecdh-sha2-nistp384,ecdh-sha2-nistp521,sntrup761x25519-sha512,"
        "sntrup761x25519-sha512@openssh.com";
    // Towards clients the client's order decides; towards targets ours does. AES-128-GCM costs the
    // least.
    std::string ciphers =
        "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,"
        "aes192-ctr,aes128-ctr";
    std::string macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com";
    std::string target_macs =
        "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
    std::string user_keys =
        "ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
        "ecdsa-sha2-nistp521,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256";
};

} // namespace verbatim::ssh
