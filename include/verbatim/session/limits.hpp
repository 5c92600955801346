#pragma once

#include <verbatim/base/clock.hpp>

#include <chrono>
#include <optional>

namespace verbatim::session {

/// When a session ends by itself.
struct limits {
    std::chrono::seconds client_idle{0}; ///< its client has sent nothing for so long; 0: never
    std::chrono::seconds lifetime{0};    ///< it is so old; 0: never
    std::optional<wall_time> expires;    ///< the user's certificate does

    bool any() const noexcept
    {
        return client_idle.count() != 0 || lifetime.count() != 0 || expires.has_value();
    }
};

} // namespace verbatim::session
