#include "kube/http_chunks.hpp"

#include <verbatim/base/errc.hpp>

#include <algorithm>
#include <cstring>

namespace verbatim::kube {

namespace {

int hex_value(unsigned char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_line_text(unsigned char c) noexcept { return c == '\t' || (c >= 0x20 && c != 0x7f); }

} // namespace

result<chunk_decoder::step> chunk_decoder::decode(std::span<std::byte> input) noexcept
{
    std::size_t at = 0, data = 0;
    while (at != input.size() && state_ != state::done) {
        if (state_ != state::data) {
            if (!take_framing(static_cast<unsigned char>(input[at++]))) return errc::malformed;
            continue;
        }
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
        std::memmove(input.data() + data, input.data() + at, count);
        data += count;
        at += count;
        left_ -= count;
        if (left_ == 0) state_ = state::data_cr;
    }
    return step{at, data};
}

bool chunk_decoder::take_framing(unsigned char c) noexcept
{
    if (++line_ > max_chunk_line) return false;
    const auto go = [this](state next) {
        state_ = next;
        return true;
    };
    switch (state_) {
    case state::size:
    case state::more_size:
        if (const int digit = hex_value(c); digit >= 0) {
            if (left_ >> 59) return false; // Go's side counts in 63 bits
            left_ = left_ * 16 + static_cast<unsigned>(digit);
            return go(state::more_size);
        }
        if (state_ == state::size) return false;
        if (c == '\r') return go(state::size_lf);
        return (c == ';' || c == ' ' || c == '\t') && go(state::extension);
    case state::extension: return c == '\r' ? go(state::size_lf) : is_line_text(c);
    case state::size_lf:
        if (c != '\n') return false;
        if (left_ == 0) return go(state::trailer_start);
        line_ = 0;
        return go(state::data);
    case state::data_cr: return c == '\r' && go(state::data_lf);
    case state::data_lf: return c == '\n' && go(state::size);
    case state::trailer_start:
        if (c == '\r') return go(state::end_lf);
        // A folded line has nothing here that it could belong to.
        return c != ' ' && c != '\t' && is_line_text(c) && go(state::trailer);
    case state::trailer: return c == '\r' ? go(state::trailer_lf) : is_line_text(c);
    case state::trailer_lf: return c == '\n' && go(state::trailer_start);
    case state::end_lf: return c == '\n' && go(state::done);
    case state::data:
    case state::done: break;
    }
    return false;
}

} // namespace verbatim::kube
