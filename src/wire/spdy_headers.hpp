#pragma once
// SPDY's header blocks: names and values, deflated with a dictionary that both sides know. All
// blocks of one direction are one deflate stream.
// Source: SPDY Protocol Draft 3.1, section 2.6.10.

#include <verbatim/wire/spdy.hpp>

#include <string_view>

namespace verbatim::wire::spdy {

/// Adler-32 0xe3c6a7c2.
std::string_view header_dictionary();

class header_inflater {
public:
    header_inflater();
    ~header_inflater();
    header_inflater(const header_inflater&) = delete;
    header_inflater& operator=(const header_inflater&) = delete;

    /// A frame's whole block. Errors: errc::malformed, errc::out_of_range; either leaves the stream
    /// unusable. Time and memory are bounded by the limits of the header block, not by what the
    /// input would grow to.
    [[nodiscard]] result<std::vector<header>> read(byte_view block);

private:
    struct stream;
    std::unique_ptr<stream> stream_;
};

class header_deflater {
public:
    header_deflater();
    ~header_deflater();
    header_deflater(const header_deflater&) = delete;
    header_deflater& operator=(const header_deflater&) = delete;

    /// Appends the block, flushed, so that the peer can read all of it at once.
    void append(byte_buffer& to, const std::vector<header>& headers);

private:
    struct stream;
    std::unique_ptr<stream> stream_;
};

} // namespace verbatim::wire::spdy
