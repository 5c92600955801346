#pragma once
// The targets' host keys that `target_host_keys: accept-new` has learned.

#include <verbatim/ssh/public_key.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace verbatim::ssh {

/// data_dir/known_hosts: one line "[host]:port type base64" per key, which OpenSSH reads too.
/// Nothing is kept in memory: several processes may share the file, and an operator may edit it.
/// Thread: any; every call blocks on the file, so not on an event loop.
class learned_hosts {
public:
    /// A larger file is refused (errc::out_of_range): about 80,000 keys.
    static constexpr std::size_t max_file_bytes = 16u << 20;

    explicit learned_hosts(std::filesystem::path file);

    /// The keys learned for this host; empty if there are none, or no file. The connection must ask
    /// for these keys' types: a host shows only one of its keys.
    /// Errors: errc::io_error, errc::out_of_range, errc::malformed (no host name).
    [[nodiscard]] result<std::vector<public_key>> keys_of(
        std::string_view host, std::uint16_t port) const;

    enum class verdict {
        known,   ///< learned before
        learned, ///< the first key of this host: now on disk, synced
        changed, ///< other keys are known for this host; nothing was written
    };
    /// Looks the key up and learns it if it is the host's first, in one step under the file's lock.
    /// Errors: as keys_of().
    [[nodiscard]] result<verdict> check_or_learn(
        std::string_view host, std::uint16_t port, const public_key& key);

private:
    std::filesystem::path file_;
};

} // namespace verbatim::ssh
