// Any bytes as a WebSocket, whole and cut into small pieces: the same messages come out, pieces lie
// where the input lies, and a message keeps to its limit.
#include <verbatim/wire/websocket.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace verbatim;
using namespace verbatim::wire::websocket;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

std::string describe(const incoming& what)
{
    if (const auto* asked = std::get_if<ping>(&what))
        return "<ping " + std::string(as_text(asked->payload)) + ">";
    if (const auto* answered = std::get_if<pong>(&what))
        return "<pong " + std::string(as_text(answered->payload)) + ">";
    if (const auto* end = std::get_if<verbatim::wire::websocket::close>(&what))
        return "<close " + std::to_string(end->code.value_or(0)) + std::string(end->reason) + ">";
    const auto& piece = std::get<message_piece>(what);
    require(!piece.bytes.empty() || piece.last);
    return (piece.first ? piece.text ? "<text>" : "<binary>" : "") +
           std::string(as_text(piece.bytes)) + (piece.last ? "</>" : "");
}

std::string read_all(byte_buffer bytes, role ours, std::size_t at_a_time)
{
    std::string out;
    frame_reader reader(ours);
    for (std::size_t at = 0; at < bytes.size(); at += at_a_time) {
        auto input = std::span(bytes).subspan(at).first(std::min(at_a_time, bytes.size() - at));
        for (;;) {
            const auto got = reader.next(input);
            if (!got) return out + got.error().message();
            if (!*got) break;
            out += describe(**got);
        }
        require(input.empty());
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const auto ours = (data[0] & 1) != 0 ? role::server : role::client;
    const auto view = as_bytes(data + 1, size - 1);
    const byte_buffer bytes(view.begin(), view.end());
    const auto whole = read_all(bytes, ours, bytes.size() + 1);
    require(whole == read_all(bytes, ours, 1));
    require(whole == read_all(bytes, ours, 1 + (data[0] >> 1) % 16));
    if (is_key(as_text(view))) require(view.size() == 24);
    return 0;
}
