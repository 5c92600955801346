#pragma once
// Tar streams made by hand.

#include <verbatim/base/bytes.hpp>
#include <verbatim/files/observer.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::test {

struct tar_header {
    std::string name;
    char type = '0';
    std::uint64_t size = 0;
    unsigned mode = 0644;
    std::string link = {};
    std::string prefix = {};
    std::string magic = std::string("ustar\0"
                                    "00",
        8);
    std::string raw_size = {}; ///< instead of the octal one
};

inline std::string octal_text(std::uint64_t value, int digits)
{
    std::array<char, 32> text{};
    std::snprintf(
        text.data(), text.size(), "%0*llo", digits, static_cast<unsigned long long>(value));
    return text.data();
}

inline void set_checksum(std::string& block)
{
    block.replace(148, 8, 8, ' ');
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    block.replace(148, 7, octal_text(sum, 6) + '\0');
}

inline std::string to_block(const tar_header& header)
{
    std::string block(512, '\0');
    const auto put = [&](std::size_t at, std::string_view text) {
        block.replace(at, text.size(), text);
    };
    put(0, header.name);
    put(100, octal_text(header.mode, 7));
    put(124, header.raw_size.empty() ? octal_text(header.size, 11) : header.raw_size);
    block[156] = header.type;
    put(157, header.link);
    put(257, header.magic);
    put(345, header.prefix);
    set_checksum(block);
    return block;
}

inline std::string padded(std::string content)
{
    content.resize((content.size() + 511) / 512 * 512);
    return content;
}

inline std::string member(tar_header header, const std::string& content = {})
{
    header.size = content.size();
    return to_block(header) + padded(content);
}

inline std::string file(const std::string& name, const std::string& content)
{
    return member({name}, content);
}

inline std::string pax_record(const std::string& key, const std::string& value)
{
    const auto rest = ' ' + key + '=' + value + '\n';
    auto length = rest.size();
    while (std::to_string(length).size() + rest.size() != length)
        length = std::to_string(length).size() + rest.size();
    return std::to_string(length) + rest;
}

inline std::string pax(const std::string& records, char type = 'x')
{
    return member({"PaxHeaders/x", type}, records);
}

inline const std::string end_of_tar(1024, '\0');

/// What an upload by `tar -xmf -` amounts to, in pieces of `step` bytes.
inline std::vector<files::file_passed> observed(
    std::string_view stream, std::size_t step = std::string_view::npos)
{
    const std::vector<std::string> arguments = {"tar", "-xmf", "-"};
    const auto observer = files::observe_arguments(arguments);
    std::vector<files::file_passed> passed;
    while (!stream.empty()) {
        const auto piece = stream.substr(0, step);
        observer->feed(files::direction::upload, as_bytes(piece), passed);
        stream.remove_prefix(piece.size());
    }
    observer->end(passed);
    return passed;
}

/// One line for each file, for comparing.
inline std::vector<std::string> told(const std::vector<files::file_passed>& passed)
{
    std::vector<std::string> out;
    for (const auto& one : passed)
        out.push_back(one.kind + ' ' + one.path + (one.link_target.empty() ? "" : " -> ") +
                      one.link_target + ' ' + std::to_string(one.size) + ' ' +
                      octal_text(one.mode, 1) + ' ' + one.sha256.substr(0, 8) +
                      (one.complete ? "" : " incomplete") + (one.error.empty() ? "" : " ! ") +
                      one.error);
    return out;
}

} // namespace verbatim::test
