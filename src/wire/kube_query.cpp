#include <verbatim/wire/kube_request.hpp>

#include "wire/percent_encoding.hpp"

#include <algorithm>

namespace verbatim::wire {
namespace {

constexpr std::size_t max_pairs = 1024;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

} // namespace

result<kube_query> kube_query::parse(std::string_view query)
{
    kube_query parsed;
    // A `;` was once a separator, too: who reads it so would see other pairs than the server.
    if (query.find_first_of(";#") != query.npos) return errc::malformed;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.empty()) continue;
        if (parsed.pairs_.size() == max_pairs) return errc::out_of_range;
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = decode_percent(pair.substr(0, equals), true);
        auto value = decode_percent(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value) return errc::malformed;
        parsed.pairs_.emplace_back(std::move(*name), std::move(*value));
    }
    return parsed;
}

std::string_view kube_query::first(std::string_view name) const
{
    for (const auto& [key, value] : pairs_)
        if (key == name) return value;
    return {};
}

bool kube_query::has(std::string_view name) const
{
    return std::ranges::any_of(pairs_, [&](const auto& pair) { return pair.first == name; });
}

result<bool> kube_query::flag(std::string_view name) const
{
    if (!has(name)) return false;
    const auto value = first(name);
    if (value == "0" || same_letters(value, "false")) return false;
    if (value == "1" || same_letters(value, "t") || same_letters(value, "true")) return true;
    return errc::malformed;
}

std::vector<std::string> kube_query::all(std::string_view name) const
{
    std::vector<std::string> values;
    for (const auto& [key, value] : pairs_)
        if (key == name) values.push_back(value);
    return values;
}

void kube_query::set(std::string name, std::string value)
{
    std::erase_if(pairs_, [&](const auto& pair) { return pair.first == name; });
    add(std::move(name), std::move(value));
}

void kube_query::add(std::string name, std::string value)
{
    pairs_.emplace_back(std::move(name), std::move(value));
}

std::string kube_query::to_string() const
{
    std::string text;
    for (const auto& [name, value] : pairs_) {
        if (!text.empty()) text += '&';
        append_percent(text, name, "");
        text += '=';
        append_percent(text, value, "");
    }
    return text;
}

bool list_has(std::string_view list, std::string_view token)
{
    constexpr std::string_view blanks = " \t";
    for (bool more = true; more;) {
        const auto comma = list.find(',');
        auto element = list.substr(0, comma);
        more = comma != list.npos;
        list.remove_prefix(more ? comma + 1 : list.size());
        element.remove_prefix(std::min(element.find_first_not_of(blanks), element.size()));
        element = element.substr(0, element.find_last_not_of(blanks) + 1);
        if (!element.empty() && same_letters(element, token)) return true;
    }
    return false;
}

bool mentions(std::string_view value, std::string_view lower_case)
{
    const auto at = std::search(value.begin(), value.end(), lower_case.begin(), lower_case.end(),
        [](char c, char wanted) { return lower(c) == wanted; });
    return at != value.end() || lower_case.empty();
}

} // namespace verbatim::wire
