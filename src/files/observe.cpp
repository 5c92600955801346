#include <verbatim/files/observer.hpp>

#include "files/plain_observers.hpp"
#include "files/refusal.hpp"
#include "files/scp_observer.hpp"
#include "files/sftp_observer.hpp"
#include "files/tar_command.hpp"
#include "files/tar_observer.hpp"
#include "files/transfer_command.hpp"

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace verbatim::files {
namespace {

std::unique_ptr<observer> observe_tar(std::span<const std::string> arguments, permitted may)
{
    const auto command = parse_tar_command(arguments);
    if (!command) return nullptr;
    const auto way = command->extracts ? direction::upload : direction::download;
    if (!(way == direction::upload ? may.upload : may.download)) {
        file_passed told;
        told.way = way;
        told.kind = "other";
        return std::make_unique<refused_observer>(std::move(told), std::string(refusal_line(way)));
    }
    if (command->compressed)
        return std::make_unique<unread_observer>(
            way, "compressed with gzip; its files are not read");
    if (command->first_byte != 1)
        return std::make_unique<unread_observer>(
            way, "the stream begins at byte " + std::to_string(command->first_byte) +
                     " of a tar stream; its files are not read");
    return std::make_unique<tar_observer>(way);
}

file_passed told_of(const transfer_command& command)
{
    file_passed told;
    told.way = command.way.value_or(direction::upload);
    told.kind = "other";
    told.path = command.paths.size() == 1 ? command.paths.front() : shell_joined(command.paths);
    if (command.what == transfer_command::program::rsync)
        told.note = "rsync: its content is not read";
    return told;
}

std::unique_ptr<observer> refuse_unread(permitted may, bool of_sftp)
{
    file_passed told;
    told.way = may.upload ? direction::download : direction::upload;
    told.kind = "other";
    told.of_sftp = of_sftp;
    if (of_sftp) told.what = action::unknown;
    return std::make_unique<refused_observer>(std::move(told), not_understood_line(may));
}

std::unique_ptr<observer> observe_sftp(permitted may)
{
    if (may.over_terminal && !may.everything()) return refuse_unread(may, true);
    return std::make_unique<sftp_observer>(may);
}

std::unique_ptr<observer> observe_transfer(const transfer_command& command, permitted may)
{
    using program = transfer_command::program;
    if (command.what == program::sftp_server) return observe_sftp(may);
    if (!command.way) {
        if (may.everything())
            return std::make_unique<unread_observer>(
                direction::upload, "options that are not understood");
        return std::make_unique<refused_observer>(told_of(command), not_understood_line(may));
    }
    const bool up = *command.way == direction::upload;
    const auto refused = [&](direction way) {
        return std::make_unique<refused_observer>(told_of(command), std::string(refusal_line(way)));
    };
    if ((up || command.removes) && !may.upload) return refused(direction::upload);
    if (!up && !may.download) return refused(direction::download);
    if (command.what == program::scp) return std::make_unique<scp_observer>(command, may);
    return std::make_unique<counting_observer>(told_of(command));
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// May these words, among others, start a program for copying files? Where not all may be copied
/// and the line is not understood, it is not let through then.
bool may_copy(std::string_view line)
{
    const auto is_end = [](char c) {
        return std::string_view(" \t\n;&|()<>`'\"\\").find(c) != std::string_view::npos;
    };
    bool scp = false, rsync = false;
    while (!line.empty()) {
        const auto* const end = std::find_if(line.begin(), line.end(), is_end);
        const auto word = line.substr(0, static_cast<std::size_t>(end - line.begin()));
        line.remove_prefix(std::min(line.size(), word.size() + 1));
        const auto name = name_of(word);
        if (name == "sftp-server" || name == "internal-sftp") return true;
        const bool option = word.starts_with('-');
        if (scp && option && word.find_first_of("tf") != word.npos) return true;
        if (rsync && word == "--server") return true;
        scp = scp || name == "scp";
        rsync = rsync || name == "rsync";
    }
    return false;
}

/// What a role's forced command is wrapped in, so that it finds what was asked for: its own line.
std::optional<std::string> forced_line(std::span<const shell_word> words)
{
    const auto is = [&](std::size_t at, std::string_view text) {
        return words[at].text == text && !words[at].pattern;
    };
    if (words.size() != 6 || !is(0, "exec") || !is(1, "env") || !is(3, "/bin/sh") || !is(4, "-c"))
        return std::nullopt;
    if (!words[2].text.starts_with("SSH_ORIGINAL_COMMAND=") || words[2].pattern || words[5].pattern)
        return std::nullopt;
    return words[5].text;
}

} // namespace

std::unique_ptr<observer> observe_arguments(std::span<const std::string> arguments, permitted may)
{
    if (auto tar = observe_tar(arguments, may)) return tar;
    std::vector<shell_word> words;
    words.reserve(arguments.size());
    for (const auto& argument : arguments) words.push_back({argument});
    const auto command = parse_transfer_command(words);
    return command ? observe_transfer(*command, may) : nullptr;
}

std::unique_ptr<observer> observe_command(std::string_view command_line, permitted may)
{
    std::string line(command_line);
    auto words = split_shell_words(line);
    if (words) {
        if (auto forced = forced_line(*words)) {
            line = std::move(*forced);
            words = split_shell_words(line);
        }
    }
    const auto unread = [&] {
        return !may.everything() && may_copy(line) ? refuse_unread(may, false) : nullptr;
    };
    if (!words) return unread();
    if (words->size() > 1 && words->front().text == "exec" && !words->front().pattern)
        words->erase(words->begin());
    if (const auto command = parse_transfer_command(*words)) return observe_transfer(*command, may);
    if (std::ranges::any_of(*words, &shell_word::pattern)) return unread();
    std::vector<std::string> arguments;
    for (const auto& word : *words) arguments.push_back(word.text);
    if (auto tar = observe_tar(arguments, may)) return tar;
    return unread();
}

std::unique_ptr<observer> observe_subsystem(std::string_view name, permitted may)
{
    if (name != "sftp") return nullptr;
    return observe_sftp(may);
}

} // namespace verbatim::files
