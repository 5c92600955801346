#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

namespace verbatim::server {

/// What the proxy counts about itself. Thread: any.
struct metrics {
    std::atomic<std::uint64_t> connections{0};        ///< accepted
    std::atomic<std::uint64_t> refused_in_all{0};     ///< by ssh.max_unauthenticated
    std::atomic<std::uint64_t> refused_per_source{0}; ///< by ssh.max_unauthenticated_per_source
    std::atomic<std::uint64_t> logins{0};
    std::atomic<std::uint64_t> login_tries_refused{0};
    std::atomic<std::uint64_t> grace_expired{0};       ///< by ssh.login_grace_time
    std::atomic<std::uint64_t> tries_exhausted{0};     ///< by ssh.max_auth_tries
    std::atomic<std::uint64_t> broken_before_login{0}; ///< not SSH, or not sound SSH
    std::atomic<std::uint64_t> sessions{0};
    std::atomic<std::uint64_t> sessions_rejected{0};
    std::atomic<std::int64_t> connections_now{0};
    std::atomic<std::int64_t> unauthenticated_now{0};
    std::atomic<std::int64_t> sessions_now{0};
};

/// In Prometheus' text format, as a node exporter's textfile collector reads it.
std::string to_prometheus(const metrics& counted);

/// Replaces `file` by that text in one step. A failure is not an error: the next one may succeed.
void write_metrics(const metrics& counted, const std::filesystem::path& file);

} // namespace verbatim::server
