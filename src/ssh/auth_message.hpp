#pragma once
// What a client sends to log in (RFC 4252, RFC 4256), and what it is answered: bytes, no decisions.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>
#include <verbatim/ssh/connection.hpp>

#include <string>
#include <vector>

namespace verbatim::ssh {

/// One SSH_MSG_USERAUTH_REQUEST or SSH_MSG_USERAUTH_INFO_RESPONSE.
struct auth_message {
    enum class kind {
        publickey,
        password,
        interactive,
        answers, ///< to the prompts of keyboard-interactive; has no user name
        other    ///< "none" and every method we do not have
    };
    static constexpr std::size_t longest_user = 1024, longest_password = 1024,
                                 longest_key = 16 * 1024, longest_signature = 4 * 1024,
                                 most_answers = 8;

    kind what = kind::other;
    std::string user, method; ///< method: cut to 64 bytes

    // publickey
    std::string algorithm;
    byte_buffer key; ///< a key's or certificate's blob
    byte_buffer
        host_key; ///< of publickey-hostbound-v00@openssh.com: what we are said to have shown
    byte_buffer signature; ///< empty: the client asks whether the key would do
    /// With the session's id as a string before it: what `signature` signs.
    byte_buffer signed_part;

    secret password;
    std::vector<secret> answers;
};

/// Reads a payload from the message number on.
/// Errors: errc::truncated, errc::malformed (bytes left over, another service or message),
/// errc::out_of_range (a field is longer than above). `user` and `method` of `to` are set as far as
/// they were read. Thread: any.
[[nodiscard]] result<void> read_auth_message(byte_view payload, auth_message& to);

/// SSH_MSG_USERAUTH_FAILURE.
byte_buffer make_auth_failure(const std::vector<std::string>& methods, bool partly);
/// SSH_MSG_USERAUTH_PK_OK.
byte_buffer make_key_would_do(std::string_view algorithm, byte_view key);
/// SSH_MSG_USERAUTH_INFO_REQUEST.
byte_buffer make_prompts(const std::vector<login_answer::prompt>& prompts);

} // namespace verbatim::ssh
