#pragma once
// SFTP conversations made by hand.

#include <verbatim/files/observer.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verbatim::test {

inline std::string number32(std::uint32_t value)
{
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
    return out;
}

inline std::string number64(std::uint64_t value)
{
    return number32(static_cast<std::uint32_t>(value >> 32)) +
           number32(static_cast<std::uint32_t>(value));
}

inline std::string text32(std::string_view text)
{
    return number32(static_cast<std::uint32_t>(text.size())) + std::string(text);
}

inline std::string packet(int type, const std::string& body)
{
    return number32(static_cast<std::uint32_t>(body.size() + 1)) + static_cast<char>(type) + body;
}

/// Both directions, in the order in which they pass.
struct conversation {
    std::vector<std::pair<files::direction, std::string>> steps;

    conversation& ask(int type, std::uint32_t id, const std::string& rest = {})
    {
        steps.emplace_back(files::direction::upload, packet(type, number32(id) + rest));
        return *this;
    }
    conversation& answer(int type, std::uint32_t id, const std::string& rest = {})
    {
        steps.emplace_back(files::direction::download, packet(type, number32(id) + rest));
        return *this;
    }
    conversation& status(std::uint32_t id, std::uint32_t code = 0)
    {
        return answer(101, id, number32(code) + text32("words") + text32("en"));
    }
    conversation& raw(files::direction way, const std::string& bytes)
    {
        steps.emplace_back(way, bytes);
        return *this;
    }
    conversation& begin(std::uint32_t version = 3)
    {
        raw(files::direction::upload, packet(1, number32(version)));
        return raw(files::direction::download,
            packet(2, number32(version) + text32("posix-rename@openssh.com") + text32("1")));
    }
    conversation& open(std::uint32_t id, std::string_view path, std::uint32_t flags,
        std::string_view handle, const std::string& attrs = number32(0))
    {
        ask(3, id, text32(path) + number32(flags) + attrs);
        return answer(102, id, text32(handle));
    }
    conversation& write(std::uint32_t id, std::string_view handle, std::uint64_t offset,
        std::string_view content, std::uint32_t code = 0)
    {
        ask(6, id, text32(handle) + number64(offset) + text32(content));
        return status(id, code);
    }
    conversation& ask_read(
        std::uint32_t id, std::string_view handle, std::uint64_t offset, std::uint32_t size)
    {
        return ask(5, id, text32(handle) + number64(offset) + number32(size));
    }
    conversation& content(std::uint32_t id, std::string_view bytes)
    {
        return answer(103, id, text32(bytes));
    }
    conversation& close(std::uint32_t id, std::string_view handle)
    {
        return ask(4, id, text32(handle)).status(id);
    }
};

inline const std::string mode_0640 = number32(4) + number32(0100640);

/// Feeds pieces of at most `step` bytes; stops where the observer refuses.
inline std::vector<files::file_passed> followed(
    files::observer& observer, const conversation& all, std::size_t step = std::string_view::npos)
{
    std::vector<files::file_passed> passed;
    for (const auto& [way, bytes] : all.steps)
        for (std::string_view rest = bytes; !rest.empty() && observer.refusal().empty();) {
            const auto piece = rest.substr(0, step);
            observer.feed(way, as_bytes(piece), passed);
            rest.remove_prefix(piece.size());
        }
    observer.end(passed);
    return passed;
}

inline std::vector<files::file_passed> followed(
    const conversation& all, std::size_t step = std::string_view::npos, files::permitted may = {})
{
    const auto observer = files::observe_subsystem("sftp", may);
    return followed(*observer, all, step);
}

/// One line for each, for comparing.
inline std::vector<std::string> told_of(const std::vector<files::file_passed>& passed)
{
    using files::action;
    const auto verb = [](const files::file_passed& one) -> std::string {
        switch (one.what) {
        case action::transfer: return one.of_sftp ? "content" : one.kind;
        case action::open: return one.way == files::direction::upload ? "put" : "get";
        case action::setstat: return "setstat";
        case action::fsetstat: return "fsetstat";
        case action::opendir: return "opendir";
        case action::remove: return "remove";
        case action::mkdir: return "mkdir";
        case action::rmdir: return "rmdir";
        case action::rename: return "rename";
        case action::symlink: return "symlink";
        case action::link: return "link";
        case action::unknown: return "unknown";
        }
        return {};
    };
    std::vector<std::string> out;
    for (const auto& one : passed) {
        auto line = verb(one) + ' ' + one.path;
        if (!one.link_target.empty()) line += " -> " + one.link_target;
        if (one.size != 0) line += ' ' + std::to_string(one.size);
        if (!one.sha256.empty()) line += ' ' + one.sha256.substr(0, 8);
        if (one.read_size != 0)
            line += " read " + std::to_string(one.read_size) + ' ' + one.read_sha256.substr(0, 8);
        if (!one.complete) line += " incomplete";
        if (one.refused) line += " refused";
        if (!one.note.empty()) line += " (" + one.note + ')';
        if (!one.error.empty()) line += " ! " + one.error;
        out.push_back(std::move(line));
    }
    return out;
}

} // namespace verbatim::test
