#include "files/tar_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace verbatim::files {
namespace {

bool is_tar(std::string_view program)
{
    constexpr std::array<std::string_view, 3> names = {"tar", "/bin/tar", "/usr/bin/tar"};
    return std::ranges::find(names, program) != names.end();
}

bool is_harmless_option(std::string_view word)
{
    constexpr std::array<std::string_view, 6> names = {"--no-same-permissions", "--no-same-owner",
        "--same-permissions", "--same-owner", "--touch", "--verbose"};
    return std::ranges::find(names, word) != names.end();
}

/// The options of one tar command, word by word.
class tar_options {
public:
    explicit tar_options(std::span<const std::string> words) : rest_(words) {}

    std::optional<tar_command> read()
    {
        // The first word may be a bundle without a dash; its values follow as words.
        if (!rest_.empty() && !rest_.front().empty() && !rest_.front().starts_with('-'))
            old_bundle(next());
        while (ok_ && !rest_.empty()) {
            const std::string_view word = next();
            if (only_names_ || word.empty() || word.front() != '-') ++names_;
            else if (word == "--") only_names_ = true;
            else if (word.starts_with("--")) ok_ = is_harmless_option(word);
            else bundle(word.substr(1));
        }
        // Extracting by name, a program takes a part of what passes.
        if (!ok_ || creates_ == extracts_ || file_ != "-" || (extracts_ && names_ != 0))
            return std::nullopt;
        return tar_command{extracts_, compressed_, 1};
    }

private:
    std::string_view next()
    {
        if (rest_.empty()) {
            ok_ = false;
            return {};
        }
        const std::string_view word = rest_.front();
        rest_ = rest_.subspan(1);
        return word;
    }

    void old_bundle(std::string_view letters)
    {
        for (const char letter : letters) {
            if (letter == 'f') file(next());
            else if (letter == 'C') next();
            else flag(letter);
        }
    }

    void bundle(std::string_view letters)
    {
        if (letters.empty()) ok_ = false; // "-" alone
        while (!letters.empty()) {
            const char letter = letters.front();
            letters.remove_prefix(1);
            if (letter != 'f' && letter != 'C') {
                flag(letter);
                continue;
            }
            const auto value = letters.empty() ? next() : letters;
            if (letter == 'f') file(value);
            return;
        }
    }

    void file(std::string_view name)
    {
        if (!file_.empty() || name.empty()) ok_ = false;
        file_ = name;
    }

    void flag(char letter)
    {
        switch (letter) {
        case 'c': creates_ = true; return;
        case 'x': extracts_ = true; return;
        case 'z': compressed_ = true; return;
        case 'h': // follow links
        case 'm': // do not restore times
        case 'o': // own owner
        case 'p': // permissions
        case 'v': return;
        default: ok_ = false;
        }
    }

    std::span<const std::string> rest_;
    bool ok_ = true, creates_ = false, extracts_ = false, compressed_ = false, only_names_ = false;
    std::string_view file_;
    std::size_t names_ = 0;
};

/// "tar cf - SRC | tail -c+N", where SRC is one word that no shell would change.
/// Source: kubectl's pkg/cmd/cp; N counts from 1, and 0 means the same.
std::optional<tar_command> parse_pipe(std::string_view script)
{
    constexpr std::string_view head = "tar cf - ", middle = " | tail -c+";
    const auto at = script.find(middle);
    if (!script.starts_with(head) || at == script.npos || at < head.size()) return std::nullopt;
    const auto source = script.substr(head.size(), at - head.size());
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789_@%+:,./-";
    if (source.empty() || source.front() == '-' || source.find_first_not_of(plain) != source.npos)
        return std::nullopt;
    const auto digits = script.substr(at + middle.size());
    tar_command out;
    const auto* end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, out.first_byte);
    if (error != std::errc{} || rest != end) return std::nullopt;
    out.first_byte = std::max<std::uint64_t>(out.first_byte, 1);
    return out;
}

} // namespace

std::optional<tar_command> parse_tar_command(std::span<const std::string> arguments)
{
    if (arguments.size() == 3 && arguments[0] == "sh" && arguments[1] == "-c")
        return parse_pipe(arguments[2]);
    if (arguments.empty() || !is_tar(arguments.front())) return std::nullopt;
    return tar_options(arguments.subspan(1)).read();
}

} // namespace verbatim::files
