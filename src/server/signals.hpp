#pragma once

#include <string>

namespace verbatim::server {

/// Tells systemd (or whoever set NOTIFY_SOCKET), e.g. "READY=1". Nothing happens without one.
/// Source: sd_notify(3)
void notify_service_manager(const std::string& state);

/// The counterpart of hold_signals() (verbatim/server/server.hpp): for the calling thread and those
/// it starts.
void let_signals_in();

/// As many descriptors as the system lets this process have.
void raise_descriptor_limit();

/// The calling thread takes what the others leave.
void lower_priority();

} // namespace verbatim::server
