#pragma once
// One error value per decision a caller can take. Foreign errors (libssh, OpenSSL, zlib, errno)
// are translated at the layer that knows them.

#include <boost/system/error_code.hpp>

namespace verbatim {

enum class errc {
    // --- wire: what arrived cannot be understood ---
    /// The bytes end before the value does.
    truncated = 1,
    /// A length, count or number lies outside what the format allows.
    out_of_range,
    /// The bytes break the format's grammar.
    malformed,
    /// A version this program does not read.
    unsupported_version,
    /// The recording is encrypted and there is no key here.
    encrypted,
    /// A checksum does not match its bytes.
    checksum_mismatch,

    // --- ssh ---
    /// A message that its sender may not send in this state. The connection is closed.
    not_allowed_now,
    /// The peer broke the transport or ended it with an error.
    ssh_transport,
    /// The target's host key is not the one the configuration names.
    host_key_mismatch,
    /// The target does not accept our login.
    target_login_refused,

    // --- waiting ---
    /// The peer did not answer within its deadline.
    timed_out,
    /// The other side closed the stream.
    closed,
    /// The operation was given up because its owner is going away.
    cancelled,
    /// No route to the target: refused, unreachable or name unknown.
    target_unreachable,

    // --- record and audit ---
    /// The recorder did not take an event. The session ends unless its policy says otherwise.
    recording_failed,
    /// The bounded queue has no room now.
    queue_full,
    /// A required audit sink does not take events.
    audit_failed,
    /// Free space is below the configured floor.
    disk_full,

    // --- policy ---
    /// Roles do not permit it.
    access_denied,
    /// A limit on connections, sessions or tries is reached.
    limit_reached,

    // --- files ---
    not_found,
    already_exists,
    io_error,
};

const boost::system::error_category& verbatim_category() noexcept;

inline boost::system::error_code make_error_code(errc value) noexcept
{
    return {static_cast<int>(value), verbatim_category()};
}

} // namespace verbatim

template <>
struct boost::system::is_error_code_enum<verbatim::errc> : std::true_type {};
