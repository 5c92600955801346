// Any bytes as frames of the control socket, however cut, and as a request.
#include <verbatim/wire/control.hpp>

#include <cstdlib>

using namespace verbatim;
using namespace verbatim::wire::control;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

// The sound frames, written anew; then a mark if the bytes broke the format.
std::string read(byte_view bytes, std::size_t at_a_time)
{
    frame_reader reader;
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += at_a_time) {
        reader.feed(bytes.subspan(at, std::min(at_a_time, bytes.size() - at)));
        for (;;) {
            const auto got = reader.next();
            if (!got) return out + "broken";
            if (!*got) break;
            require((*got)->payload.size() <= max_payload);
            append_frame(out, (*got)->what, (*got)->payload);
        }
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = as_bytes(data, size);
    const auto whole = read(bytes, std::max<std::size_t>(size, 1));
    require(whole == read(bytes, 1));
    require(whole == read(bytes, 7));
    require(as_text(bytes).starts_with(whole) || whole.ends_with("broken"));

    if (const auto asked = parse_request(as_text(bytes))) {
        require(!asked->words.empty() && asked->words.size() <= max_words);
        require(parse_request(to_text(*asked)).value() == *asked);
    }
    if (const auto size_of = parse_resize(as_text(bytes))) {
        std::string again;
        append_resize(again, *size_of);
        require(std::string_view(again).substr(5) == as_text(bytes));
    }
    return 0;
}
