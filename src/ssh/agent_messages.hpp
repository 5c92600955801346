#pragma once
// What a client of an SSH agent sends, and what the agent answers: bytes, no I/O.
// Source: draft-ietf-sshm-ssh-agent, sections 3 (the length before each message) and 4 to 6.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace verbatim::ssh {

/// The longest message without its length; OpenSSH's agent has the same limit.
constexpr std::size_t longest_agent_message = 256 * 1024;

enum class agent_sign_flags : std::uint32_t { none = 0, rsa_sha2_256 = 2, rsa_sha2_512 = 4 };

/// Whole, with the length: SSH_AGENTC_REQUEST_IDENTITIES.
byte_buffer make_agent_key_request();
/// Whole, with the length: SSH_AGENTC_SIGN_REQUEST for `data` by the key (or certificate) `key`.
byte_buffer make_agent_sign_request(byte_view key, byte_view data, agent_sign_flags flags);

/// The keys and certificates of an SSH_AGENT_IDENTITIES_ANSWER, as blobs that nobody has looked
/// into, the first `most` of them. `message`: without the length.
/// Errors: errc::truncated, errc::malformed (bytes left over), errc::not_found (the agent refuses,
/// or answers something else).
[[nodiscard]] result<std::vector<byte_buffer>> read_agent_keys(byte_view message, std::size_t most);
/// The signature of an SSH_AGENT_SIGN_RESPONSE. Errors: as above.
[[nodiscard]] result<byte_buffer> read_agent_signature(byte_view message);

/// Puts an agent's answers together from the pieces in which they come.
class agent_answer_reader {
public:
    /// Errors: errc::out_of_range (a message is empty or longer than longest_agent_message),
    /// errc::malformed (bytes after a message that nobody has taken: agents speak when asked).
    /// After an error nothing more may be fed.
    [[nodiscard]] result<void> feed(byte_view bytes);
    /// The message, without its length, once it is whole.
    std::optional<byte_buffer> take();
    bool is_empty() const noexcept { return bytes_.empty(); }

private:
    std::size_t whole_size() const noexcept; // with the length; 0: not known yet
    byte_buffer bytes_;
};

} // namespace verbatim::ssh
