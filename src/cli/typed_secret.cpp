#include "cli/typed_secret.hpp"

#include <openssl/crypto.h>

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <string>

namespace verbatim::cli {
namespace {

constexpr std::size_t longest_line = 1024; // of what is typed: far above any password

/// The terminal does not show what is typed while this lives.
class without_echo {
public:
    without_echo()
    {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        quiet.c_lflag |= ECHONL;
        works_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    without_echo(const without_echo&) = delete;
    without_echo& operator=(const without_echo&) = delete;
    ~without_echo()
    {
        if (works_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    bool works() const noexcept { return works_; }

private:
    termios before_{};
    bool works_ = false;
};

// Nothing: no line, or an absurd one.
std::optional<secret> read_line(std::istream& in)
{
    std::string line;
    line.reserve(longest_line); // so that growing leaves no copies behind
    char c = 0;
    while (line.size() < longest_line && in.get(c) && c != '\n') line += c;
    const bool whole = !line.empty() && line.size() < longest_line;
    if (whole && line.back() == '\r') line.pop_back();
    if (whole) return secret(std::move(line));
    ::OPENSSL_cleanse(line.data(), line.size());
    return std::nullopt;
}

} // namespace

std::optional<secret> ask_for_secret(const context& context, std::string_view prompt)
{
    const bool asks = &context.in == &std::cin && ::isatty(STDIN_FILENO) == 1;
    const auto ask = [&](std::string_view what) {
        if (asks) context.err << what << ": " << std::flush;
        return read_line(context.in);
    };
    std::optional<without_echo> hidden;
    if (asks && !hidden.emplace().works()) {
        static_cast<void>(fail(context, "the terminal would show what you type; pipe it in"));
        return std::nullopt;
    }
    auto first = ask(prompt);
    if (!first) {
        static_cast<void>(fail(context, "nothing was given, or more than a line can hold"));
        return std::nullopt;
    }
    if (!asks) return first;
    const auto second = ask("Again");
    if (second && second->reveal() == first->reveal()) return first;
    static_cast<void>(fail(context, "the two are not the same; nothing was changed"));
    return std::nullopt;
}

} // namespace verbatim::cli
