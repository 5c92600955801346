#pragma once
// Small recordings made by hand, with zlib's own compressor: not by the code under test.

#include <verbatim/wire/recording_codec.hpp>

#include <zlib.h>

#include <string>

namespace verbatim::wire::samples {

inline byte_buffer gzip(byte_view raw)
{
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    byte_buffer out(deflateBound(&stream, raw.size()) + 64);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(raw.data()));
    stream.avail_in = static_cast<uInt>(raw.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

inline byte_buffer part(byte_view records, std::size_t padding = 0, std::uint64_t version = 1)
{
    auto payload = gzip(records);
    auto out = encode(part_header{version, payload.size(), padding, false});
    append(out, payload);
    out.resize(out.size() + padding);
    return out;
}

inline void add_print(byte_buffer& records, std::int64_t index, std::string_view text,
    stream_tag stream = stream_tag::standard_output)
{
    print_fields fields;
    fields.index = index;
    fields.time = wall_time{std::chrono::seconds(1'764'000'000 + index)};
    fields.stream = stream;
    fields.delay_ms = index * 10;
    fields.at_us = index * 10'000;
    append_print(records, fields, as_bytes(text));
}

inline session_start start()
{
    session_start value;
    value.header.metadata = {0, "uid", wall_time{std::chrono::seconds(1'764'000'000)}, "example"};
    value.header.user = {"alice", "root", {"admin"}};
    value.header.session = *session_id::parse("7d0c3a52-6f0e-4c1b-9b61-2f6c1a9e8b10");
    value.header.server = {"id", "web1", "10.0.0.7:22", {{"env", "prod"}}};
    value.header.connection = {"127.0.0.1:3022", "192.0.2.1:4000", "ssh", 9};
    value.size = terminal_size{80, 24};
    value.initial_command = {"ls", "-l"};
    return value;
}

inline byte_buffer start_and_prints(std::int64_t first, std::int64_t last)
{
    byte_buffer records;
    if (first == 0 && !append_event(records, start(), 0)) std::abort();
    for (auto index = std::max<std::int64_t>(first, 1); index <= last; ++index)
        add_print(records, index, "print " + std::to_string(index) + "\r\n");
    return records;
}

inline byte_buffer several_parts()
{
    auto file = part(start_and_prints(0, 3));
    append(file, encode(part_header{1, 0, 5, false})); // empty, with padding
    file.resize(file.size() + 5);
    append(file, part(start_and_prints(4, 6), 100));
    append(file, part(start_and_prints(7, 9), 0, 2));
    return file;
}

} // namespace verbatim::wire::samples
