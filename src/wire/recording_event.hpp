#pragma once
// Events as protobuf messages. The generated classes are known to these files alone.

#include <verbatim/wire/events.hpp>

#include <recording.pb.h>

namespace verbatim::wire {

/// False for an event that does not stand in recordings; `out` is then unspecified.
bool to_message(const event& value, std::int64_t at_us, ::events::OneOf& out);

/// For any case but session_print and EVENT_NOT_SET.
event from_message(const ::events::OneOf& message);

wall_time from_message(const ::events::Timestamp& time);

} // namespace verbatim::wire
