#include "wire/spdy_headers.hpp"

#include "wire/big_endian.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace verbatim::wire::spdy {
namespace {

// A count, and two lengths per header: all 32 bits.
constexpr std::size_t number_bytes = 4;
constexpr std::size_t max_block_bytes =
    number_bytes + max_headers * (2 * number_bytes + 2 * max_header_bytes);

// Each with its length before it.
constexpr std::array<std::string_view, 65> dictionary_words{"options", "head", "post", "put",
    "delete", "trace", "accept", "accept-charset", "accept-encoding", "accept-language",
    "accept-ranges", "age", "allow", "authorization", "cache-control", "connection", "content-base",
    "content-encoding", "content-language", "content-length", "content-location", "content-md5",
    "content-range", "content-type", "date", "etag", "expect", "expires", "from", "host",
    "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
    "last-modified", "location", "max-forwards", "pragma", "proxy-authenticate",
    "proxy-authorization", "range", "referer", "retry-after", "server", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent", "vary", "via", "warning", "www-authenticate",
    "method", "get", "status", "200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie",
    "keep-alive", "origin"};
constexpr std::string_view dictionary_tail =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request"
    "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
    "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 "
    "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
    "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age="
    "gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

std::string make_dictionary()
{
    byte_buffer bytes;
    for (const auto word : dictionary_words) {
        append_u32(bytes, static_cast<std::uint32_t>(word.size()));
        append(bytes, as_bytes(word));
    }
    append(bytes, as_bytes(dictionary_tail));
    return std::string(as_text(bytes));
}

const Bytef* input_of(const void* bytes) { return static_cast<const Bytef*>(bytes); }

// Names that HTTP connections keep to themselves; Kubernetes' library ends a connection for them.
bool may_be_name(std::string_view name)
{
    constexpr std::array<std::string_view, 5> of_connections{
        "connection", "host", "keep-alive", "proxy-connection", "transfer-encoding"};
    const auto fits = [](char c) { return c > ' ' && c < '\x7f' && !(c >= 'A' && c <= 'Z'); };
    return !name.empty() && std::ranges::all_of(name, fits) &&
           std::ranges::find(of_connections, name) == of_connections.end();
}

result<std::string_view> take_text(byte_view& rest)
{
    if (rest.size() < number_bytes) return errc::malformed;
    const auto size = load_u32(rest.data());
    if (size > max_header_bytes) return errc::out_of_range;
    rest = rest.subspan(number_bytes);
    if (rest.size() < size) return errc::malformed;
    const auto text = as_text(rest.first(size));
    rest = rest.subspan(size);
    return text;
}

result<std::vector<header>> parse_headers(byte_view rest)
{
    if (rest.size() < number_bytes) return errc::malformed;
    const auto count = load_u32(rest.data());
    if (count > max_headers) return errc::out_of_range;
    rest = rest.subspan(number_bytes);
    std::vector<header> headers;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto name = take_text(rest);
        if (!name) return name.error();
        const auto value = take_text(rest);
        if (!value) return value.error();
        const bool twice = std::ranges::find(headers, *name, &header::name) != headers.end();
        if (twice || !may_be_name(*name)) return errc::malformed;
        headers.push_back({std::string(*name), std::string(*value)});
    }
    if (!rest.empty()) return errc::malformed;
    return headers;
}

} // namespace

std::string_view header_dictionary()
{
    static const std::string dictionary = make_dictionary();
    return dictionary;
}

struct header_inflater::stream {
    z_stream zlib{};
};

header_inflater::header_inflater() : stream_(std::make_unique<stream>())
{
    if (inflateInit(&stream_->zlib) != Z_OK) throw std::bad_alloc();
}

header_inflater::~header_inflater() { inflateEnd(&stream_->zlib); }

result<std::vector<header>> header_inflater::read(byte_view block)
{
    auto& zlib = stream_->zlib;
    // One byte more than may come out, so that too much shows.
    byte_buffer plain(max_block_bytes + 1);
    zlib.next_in = const_cast<Bytef*>(input_of(block.data()));
    zlib.avail_in = static_cast<uInt>(block.size());
    zlib.next_out = reinterpret_cast<Bytef*>(plain.data());
    zlib.avail_out = static_cast<uInt>(plain.size());
    int code = ::inflate(&zlib, Z_SYNC_FLUSH);
    if (code == Z_NEED_DICT) {
        const auto dictionary = header_dictionary();
        if (inflateSetDictionary(
                &zlib, input_of(dictionary.data()), static_cast<uInt>(dictionary.size())) != Z_OK)
            return errc::malformed;
        code = ::inflate(&zlib, Z_SYNC_FLUSH);
    }
    if (zlib.avail_out == 0) return errc::out_of_range;
    // Z_BUF_ERROR: there was nothing to do. An end of the stream would leave the next block
    // without.
    if ((code != Z_OK && code != Z_BUF_ERROR) || zlib.avail_in != 0) return errc::malformed;
    return parse_headers(byte_view(plain).first(plain.size() - zlib.avail_out));
}

struct header_deflater::stream {
    z_stream zlib{};
};

header_deflater::header_deflater() : stream_(std::make_unique<stream>())
{
    // The dictionary and a few short headers need no large window: 15 KiB instead of 256.
    constexpr int window_bits = 11, memory_level = 1;
    auto& zlib = stream_->zlib;
    const auto dictionary = header_dictionary();
    if (deflateInit2(&zlib, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, memory_level,
            Z_DEFAULT_STRATEGY) != Z_OK ||
        deflateSetDictionary(
            &zlib, input_of(dictionary.data()), static_cast<uInt>(dictionary.size())) != Z_OK)
        throw std::bad_alloc();
}

header_deflater::~header_deflater() { deflateEnd(&stream_->zlib); }

void header_deflater::append(byte_buffer& to, const std::vector<header>& headers)
{
    byte_buffer plain;
    append_u32(plain, static_cast<std::uint32_t>(headers.size()));
    for (const auto& each : headers)
        for (const auto* text : {&each.name, &each.value}) {
            append_u32(plain, static_cast<std::uint32_t>(text->size()));
            verbatim::append(plain, as_bytes(*text));
        }
    auto& zlib = stream_->zlib;
    zlib.next_in = const_cast<Bytef*>(input_of(plain.data()));
    zlib.avail_in = static_cast<uInt>(plain.size());
    // A flush is over when there is room left behind it.
    do {
        std::array<std::byte, 512> packed;
        zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
        zlib.avail_out = static_cast<uInt>(packed.size());
        ::deflate(&zlib, Z_SYNC_FLUSH);
        verbatim::append(to, std::span(packed).first(packed.size() - zlib.avail_out));
    } while (zlib.avail_out == 0);
}

} // namespace verbatim::wire::spdy
