#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace verbatim::replay {

/// Makes UTF-8 of bytes that come in pieces: characters split between pieces are joined, what is no
/// UTF-8 becomes U+FFFD (one for each maximal bad part, as Unicode 3.9 advises).
/// Limits: holds at most three bytes. Thread: any; one stream per object.
class utf8_joiner {
public:
    /// Appends the whole characters of what was held and `bytes`.
    void join(std::string_view bytes, std::string& out);
    /// The stream ends: an unfinished character becomes U+FFFD.
    void finish(std::string& out);

private:
    std::string held_;
};

} // namespace verbatim::replay
