#include <verbatim/login/progress.hpp>

#include <algorithm>

namespace verbatim::login {
namespace {

bool is_next(const std::vector<std::string>& list, std::string_view method)
{
    return !list.empty() && list.front() == method;
}

} // namespace

progress::progress(std::vector<config::method_lists> requirements) : open_(std::move(requirements))
{}

bool progress::expects(std::string_view method) const
{
    return std::any_of(open_.begin(), open_.end(), [&](const auto& lists) {
        return std::any_of(
            lists.begin(), lists.end(), [&](const auto& list) { return is_next(list, method); });
    });
}

void progress::passed(std::string_view method)
{
    for (auto& lists : open_)
        for (auto& list : lists)
            if (is_next(list, method)) list.erase(list.begin());
    std::erase_if(open_, [](const auto& lists) {
        return std::any_of(
            lists.begin(), lists.end(), [](const auto& list) { return list.empty(); });
    });
}

bool progress::is_complete() const noexcept { return open_.empty(); }

std::vector<std::string> progress::next() const
{
    std::vector<std::string> out;
    for (const auto* method : {"publickey", "keyboard-interactive", "password"})
        if (expects(method)) out.emplace_back(method);
    return out;
}

} // namespace verbatim::login
