// Any bytes as SPDY frames, whole and cut into small pieces: the same frames come out. The same
// bytes as plain header blocks, packed as a peer would: the inflater must not hide the parser.
#include <verbatim/wire/spdy.hpp>

#include "wire/spdy_headers.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace verbatim;
using namespace verbatim::wire::spdy;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

std::string describe(const std::vector<header>& headers)
{
    require(headers.size() <= max_headers);
    std::string out;
    for (const auto& each : headers) {
        require(each.name.size() <= max_header_bytes && each.value.size() <= max_header_bytes);
        out += each.name + '=' + each.value + ' ';
    }
    return out;
}

// Pieces of data without their borders.
std::string describe(const frame& what)
{
    std::string out = "<" + std::to_string(what.index());
    if (const auto* in = std::get_if<syn_stream>(&what))
        return out + std::to_string(in->id) + describe(in->headers);
    if (const auto* in = std::get_if<syn_reply>(&what))
        return out + std::to_string(in->id) + describe(in->headers);
    if (const auto* in = std::get_if<data>(&what)) {
        require(in->id != 0 && in->id >> 31 == 0 && (in->fin || !in->bytes.empty()));
        return std::string(as_text(in->bytes)) + (in->fin ? "</>" : "");
    }
    return out;
}

std::string read_all(byte_view bytes, std::size_t at_a_time)
{
    std::string out;
    frame_reader reader;
    while (!bytes.empty()) {
        auto input = bytes.first(std::min(at_a_time, bytes.size()));
        bytes = bytes.subspan(input.size());
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

byte_buffer pack(byte_view plain)
{
    const auto dictionary = header_dictionary();
    z_stream zlib{};
    require(deflateInit(&zlib, 1) == Z_OK);
    deflateSetDictionary(&zlib, reinterpret_cast<const Bytef*>(dictionary.data()),
        static_cast<uInt>(dictionary.size()));
    byte_buffer packed(plain.size() + 256);
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
    zlib.avail_in = static_cast<uInt>(plain.size());
    zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
    zlib.avail_out = static_cast<uInt>(packed.size());
    deflate(&zlib, Z_SYNC_FLUSH);
    packed.resize(packed.size() - zlib.avail_out);
    deflateEnd(&zlib);
    return packed;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size == 0) return 0;
    const auto view = as_bytes(bytes + 1, size - 1);
    const auto whole = read_all(view, view.size() + 1);
    require(whole == read_all(view, 1));
    require(whole == read_all(view, 1 + bytes[0] % 32));

    header_inflater inflater;
    if (const auto headers = inflater.read(pack(view))) {
        header_deflater deflater;
        byte_buffer again;
        deflater.append(again, *headers);
        header_inflater second;
        require(describe(*second.read(again)) == describe(*headers));
    }
    return 0;
}
