#include "kube/http.hpp"
#include "kube/http_text.hpp"

namespace verbatim::kube {

void http_fields::add(std::string name, std::string value)
{
    fields_.emplace_back(std::move(name), std::move(value));
}

void http_fields::remove(std::string_view name)
{
    remove_if([name](const std::string& other) { return same_name(name, other); });
}

void http_fields::set(std::string name, std::string value)
{
    remove(name);
    add(std::move(name), std::move(value));
}

bool http_fields::has(std::string_view name) const
{
    for (const auto& field : fields_)
        if (same_name(field.first, name)) return true;
    return false;
}

std::string_view http_fields::first(std::string_view name) const
{
    for (const auto& field : fields_)
        if (same_name(field.first, name)) return field.second;
    return {};
}

std::vector<std::string> http_fields::all(std::string_view name) const
{
    std::vector<std::string> out;
    for (const auto& field : fields_)
        if (same_name(field.first, name)) out.push_back(field.second);
    return out;
}

std::vector<std::string> http_fields::list(std::string_view name) const
{
    std::vector<std::string> out;
    for (const auto& field : fields_) {
        if (!same_name(field.first, name)) continue;
        std::string_view rest = field.second;
        for (bool more = true; more;) {
            const auto comma = rest.find(',');
            more = comma != rest.npos;
            if (const auto element = trimmed(rest.substr(0, comma)); !element.empty())
                out.emplace_back(element);
            if (more) rest.remove_prefix(comma + 1);
        }
    }
    return out;
}

} // namespace verbatim::kube
