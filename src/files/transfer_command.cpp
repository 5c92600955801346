#include "files/transfer_command.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace verbatim::files {
namespace {

using program = transfer_command::program;

bool is_program(const shell_word& word, std::string_view name)
{
    if (word.pattern) return false;
    const std::string_view text = word.text;
    const auto slash = text.rfind('/');
    // A relative path may be any program.
    if (slash == text.npos) return text == name;
    return text.starts_with('/') && text.substr(slash + 1) == name;
}

/// Options are letters; none of those that the target's end gets takes a value.
class scp_options {
public:
    std::optional<transfer_command> read(std::span<const shell_word> words)
    {
        bool only_names = false;
        for (const auto& word : words) {
            if (only_names || !word.text.starts_with('-') || word.text == "-") name(word);
            else if (word.text == "--") only_names = true;
            else letters(word);
        }
        // Without either it is a copy by the target itself.
        if (!to_ && !from_) return std::nullopt;
        transfer_command out{program::scp, {}, false, std::move(paths_), exact_};
        const bool one_way = to_ != from_ && (to_ ? out.paths.size() == 1 : !out.paths.empty());
        if (ok_ && one_way) out.way = to_ ? direction::upload : direction::download;
        return out;
    }

private:
    void letters(const shell_word& word)
    {
        if (word.pattern) ok_ = false;
        for (const char letter : std::string_view(word.text).substr(1)) {
            if (letter == 't') to_ = true;
            else if (letter == 'f') from_ = true;
            else if (std::string_view("rpdvqCBOT1246").find(letter) == std::string_view::npos)
                ok_ = false;
        }
    }

    void name(const shell_word& word)
    {
        // What is replaced by names of files could become an option.
        if (word.leading_pattern && to_) ok_ = false;
        if (word.pattern || word.text.starts_with('~')) exact_ = false;
        paths_.push_back(word.text);
    }

    bool ok_ = true, to_ = false, from_ = false, exact_ = true;
    std::vector<std::string> paths_;
};

bool is_one_of(std::string_view text, std::span<const std::string_view> begins)
{
    return std::ranges::any_of(begins, [&](auto begin) { return text.starts_with(begin); });
}

/// Letters in one word; what follows an `e` is its value.
bool hides_arguments(std::string_view option)
{
    if (option.starts_with("--")) return false;
    const auto letters = option.substr(0, option.find('e'));
    return letters.starts_with('-') && letters.find('s') != letters.npos;
}

std::optional<transfer_command> parse_rsync(std::span<const shell_word> words)
{
    // With these the target's files change whichever way the content goes.
    constexpr std::array<std::string_view, 6> changing = {"--remove-", "--log-file",
        "--write-batch", "--only-write-batch", "--read-batch", "--write-devices"};
    // With these the true arguments come over its standard input.
    constexpr std::array<std::string_view, 4> opaque = {
        "--daemon", "--config", "--protect-args", "--secluded-args"};
    if (words.empty() || words.front().text != "--server" || words.front().pattern)
        return std::nullopt;
    words = words.subspan(1);
    transfer_command out{program::rsync, direction::upload, false, {}, true};
    // rsync puts it there; anywhere else it may be another option's value.
    if (!words.empty() && words.front().text == "--sender") {
        out.way = direction::download;
        words = words.subspan(1);
    }
    bool in_paths = false;
    for (const auto& word : words) {
        if (word.text == "--sender" || word.text == "--server" || is_one_of(word.text, opaque) ||
            hides_arguments(word.text))
            out.way.reset();
        if (is_one_of(word.text, changing)) out.removes = true;
        if (in_paths) {
            if (word.pattern || word.text.starts_with('~')) out.exact_paths = false;
            out.paths.push_back(word.text);
        } else if (word.text == ".") {
            in_paths = true;
        } else if (word.pattern) {
            out.way.reset();
        }
    }
    if (!in_paths) out.way.reset();
    return out;
}

} // namespace

std::optional<transfer_command> parse_transfer_command(std::span<const shell_word> words)
{
    if (words.empty()) return std::nullopt;
    if (is_program(words.front(), "sftp-server"))
        return transfer_command{program::sftp_server, {}, false, {}, true};
    if (is_program(words.front(), "scp")) return scp_options().read(words.subspan(1));
    if (is_program(words.front(), "rsync")) return parse_rsync(words.subspan(1));
    return std::nullopt;
}

} // namespace verbatim::files
