#pragma once
// A login by public key as its client has it (RFC 4252, sections 5 to 7): bytes, no decisions.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <string>
#include <string_view>

namespace verbatim::ssh {

/// Which login by which key. The views are the maker's.
struct publickey_login {
    std::string_view user;
    std::string_view algorithm; ///< of the signature: "rsa-sha2-512-cert-v01@openssh.com"
    byte_view key;              ///< a key's or certificate's blob
};

/// SSH_MSG_USERAUTH_REQUEST that asks whether the key would do.
byte_buffer make_key_query(const publickey_login& login);
/// The request that logs in, as far as it is signed (after the session's id as a string).
byte_buffer make_signed_request(const publickey_login& login);
/// `request` of make_signed_request(), whole.
byte_buffer with_signature(byte_view request, byte_view signature);

/// What the server says to a request, but for the success.
struct login_reply {
    enum class kind { failure, key_would_do, banner };
    kind what = kind::failure;
    // failure
    bool publickey_may_go_on = false;
    bool partly = false; ///< the key was good, and more is wanted
    // key_would_do: refer into the payload
    std::string_view algorithm;
    byte_view key;
};

/// Reads a payload from the message number on. A banner's text is not looked at.
/// Errors: errc::truncated, errc::malformed. Thread: any.
[[nodiscard]] result<login_reply> read_login_reply(byte_view payload);

} // namespace verbatim::ssh
