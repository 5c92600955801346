#include <verbatim/replay/utf8_joiner.hpp>

namespace verbatim::replay {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

struct character {
    std::size_t length; ///< bytes to take
    bool valid;
    bool unfinished; ///< `text` ends inside a character that is sound so far
};

/// Unicode 15, table 3-7.
character first_character(std::string_view text) noexcept
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return {1, true, false};
    const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                               : lead >= 0xe0 && lead <= 0xef ? 3
                               : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                              : 0;
    if (length == 0) return {1, false, false};
    unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (std::size_t i = 1; i < length; ++i) {
        if (i == text.size()) return {i, false, true};
        if (at(i) < low || at(i) > high) return {i, false, false};
        low = 0x80;
        high = 0xbf;
    }
    return {length, true, false};
}

} // namespace

void utf8_joiner::join(std::string_view bytes, std::string& out)
{
    std::string joined;
    if (!held_.empty()) {
        joined = std::move(held_);
        held_.clear();
        joined.append(bytes);
        bytes = joined;
    }
    while (!bytes.empty()) {
        std::size_t plain = 0;
        while (plain < bytes.size() && static_cast<unsigned char>(bytes[plain]) < 0x80) ++plain;
        out.append(bytes.substr(0, plain));
        bytes.remove_prefix(plain);
        if (bytes.empty()) return;
        const auto next = first_character(bytes);
        if (next.unfinished) {
            held_.assign(bytes);
            return;
        }
        out.append(next.valid ? bytes.substr(0, next.length) : replacement);
        bytes.remove_prefix(next.length);
    }
}

void utf8_joiner::finish(std::string& out)
{
    if (!held_.empty()) out.append(replacement);
    held_.clear();
}

} // namespace verbatim::replay
