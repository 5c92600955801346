// A command line that has words is one simple command: written again with every word quoted it has
// the same words; and what is no transfer after a list operator never becomes one.

#include "files/shell_words.hpp"
#include "files/transfer_command.hpp"

#include <verbatim/files/observer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace verbatim;

void require(bool holds)
{
    if (!holds) std::abort();
}

std::vector<std::string> texts(const std::vector<files::shell_word>& words)
{
    std::vector<std::string> out;
    for (const auto& word : words) out.push_back(word.text);
    return out;
}

std::string quoted(const std::vector<std::string>& words)
{
    std::string out;
    for (const auto& word : words) {
        out += " '";
        for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
        out += '\'';
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    const auto words = files::split_shell_words(line);
    if (words) {
        require(!words->empty());
        const auto once = texts(*words);
        const auto again = files::split_shell_words(quoted(once));
        require(again && texts(*again) == once);
        const auto command = files::parse_transfer_command(*words);
        require(!command || command->what == files::transfer_command::program::sftp_server ||
                !command->way || words->size() > 1);
    }
    // Quotes may swallow what is appended, but nothing makes a list of one.
    for (const std::string_view tail : {"; sh", "\nsh", " && sh", " | sh", " $(sh)", " > x"})
        if (words) require(!files::split_shell_words(std::string(line) + std::string(tail)));
    for (const auto may : {files::permitted{}, files::permitted{true, false},
             files::permitted{false, true}, files::permitted{false, false}}) {
        const auto observer = files::observe_command(line, may);
        require(words || !observer || !observer->refusal().empty());
        if (observer && may.everything()) require(observer->refusal().empty());
    }
    return 0;
}
