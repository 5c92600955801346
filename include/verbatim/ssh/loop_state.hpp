#pragma once

#include <memory>

namespace verbatim::ssh {

/// Buffers that the connections of one event loop share. One per loop; outlives its connections.
class loop_state {
public:
    virtual ~loop_state() = default;
};

std::unique_ptr<loop_state> make_loop_state();

} // namespace verbatim::ssh
