#pragma once

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/net/leg.hpp>

#include <span>

namespace verbatim::ssh {

class transport;

/// Who holds the packet of a channel's event: the transport that it came by, or its keeper.
class packet_source : public net::packet_carrier {
public:
    /// From the message number on; numbers in it may be changed before it goes on.
    virtual std::span<std::byte> message() = 0;
    /// Sends what message() shows; it may be gone then.
    [[nodiscard]] virtual result<void> forward_to(transport& to) = 0;

protected:
    ~packet_source() = default;
};

} // namespace verbatim::ssh
