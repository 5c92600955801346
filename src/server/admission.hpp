#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace verbatim::server {

/// What one address counts as: an IPv4 address, an IPv6 /64.
std::string source_of(const boost::asio::ip::address& address);

/// Counts connections that have not logged in yet, in all and per source. No I/O.
/// Thread: one, the accepting loop.
class admission {
public:
    struct limits {
        std::uint32_t in_all, per_source;
    };
    enum class verdict { admitted, too_many, too_many_from_source };

    explicit admission(limits l) : limits_(l) {}

    /// Admitted ones must leave() once: at their login or at their end.
    [[nodiscard]] verdict enter(const std::string& source);
    void leave(const std::string& source);
    std::uint32_t waiting() const noexcept { return in_all_; }

private:
    limits limits_;
    std::uint32_t in_all_ = 0;
    std::unordered_map<std::string, std::uint32_t> by_source_; // at most in_all_ entries
};

} // namespace verbatim::server
