#include "config/reader.hpp"

#include <verbatim/base/text.hpp>

#include <charconv>

namespace verbatim::config {
namespace {

// A number with a unit behind it; nothing when it is not one or does not fit.
std::optional<std::uint64_t> measure(
    std::string_view text, std::initializer_list<std::pair<std::string_view, std::uint64_t>> units)
{
    std::uint64_t count = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc{}) return std::nullopt;
    std::string_view unit(stop, static_cast<std::size_t>(end - stop));
    while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
    for (const auto& [name, factor] : units) {
        if (unit != name) continue;
        if (count > UINT64_MAX / factor) return std::nullopt;
        return count * factor;
    }
    return std::nullopt;
}

std::size_t distance(std::string_view a, std::string_view b)
{
    // Levenshtein's, one row at a time; both words are short.
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

} // namespace

std::string in_quotes(std::string_view text) { return '\'' + escape_for_log(text, 80) + '\''; }

void findings::complain(int line, std::string message)
{
    if (!is_full()) problems.push_back({file, line, std::move(message)});
}

void findings::note(int line, std::string message)
{
    if (notices.size() < 1000) notices.push_back({file, line, std::move(message)});
}

std::string nearest(std::string_view word, const std::vector<std::string>& known)
{
    if (word.size() > 64) return {};
    if (word.size() >= 4)
        for (const auto& candidate : known)
            if (candidate.starts_with(word)) return candidate;
    std::string best;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : known) {
        const auto steps = distance(word, candidate);
        if (steps >= least) continue;
        least = steps;
        best = candidate;
    }
    return best;
}

map_reader::map_reader(const yaml_value& map, std::string where, findings& found)
    : map_(map), where_(std::move(where)), found_(found)
{}

int map_reader::line_of(std::string_view key) const
{
    for (const auto& [name, line] : map_.keys)
        if (name == key) return line;
    return map_.line;
}

const yaml_value* map_reader::find(std::string_view key)
{
    known_.emplace_back(key);
    for (std::size_t i = 0; i < map_.keys.size() && i < map_.items.size(); ++i)
        if (map_.keys[i].first == key && map_.items[i].what != yaml_value::kind::null)
            return &map_.items[i];
    return nullptr;
}

void map_reader::complain(std::string_view key, const std::string& message)
{
    found_.complain(line_of(key), std::string(key) + " in " + where_ + ": " + message);
}

std::optional<placed_text> map_reader::scalar(const yaml_value& value, std::string_view key)
{
    if (value.what == yaml_value::kind::scalar) return placed_text{value.text, value.line};
    found_.complain(value.line, std::string(key) + " in " + where_ + ": a single value is needed");
    return std::nullopt;
}

std::optional<placed_text> map_reader::text(std::string_view key)
{
    const auto* value = find(key);
    if (value == nullptr) return std::nullopt;
    return scalar(*value, key);
}

bool map_reader::text(std::string_view key, std::string& to)
{
    auto value = text(key);
    if (value) to = std::move(value->text);
    return value.has_value();
}

void map_reader::choice(
    std::string_view key, std::string& to, std::initializer_list<std::string_view> of)
{
    const auto value = text(key);
    if (!value) return;
    std::string list;
    for (const auto word : of) {
        if (value->text == word) {
            to = value->text;
            return;
        }
        if (!list.empty()) list += ", ";
        list += word;
    }
    complain(key, in_quotes(value->text) + " is none of: " + list);
}

void map_reader::boolean(std::string_view key, bool& to)
{
    const auto value = text(key);
    if (!value) return;
    // YAML 1.1's words: what a person writes in a YAML file for yes and no.
    const auto& word = value->text;
    if (word == "true" || word == "yes" || word == "on") to = true;
    else if (word == "false" || word == "no" || word == "off") to = false;
    else complain(key, in_quotes(word) + " is neither true nor false");
}

void map_reader::number(
    std::string_view key, std::uint64_t& to, std::uint64_t least, std::uint64_t most)
{
    const auto value = text(key);
    if (!value) return;
    const auto read = measure(value->text, {{"", 1}});
    if (read && *read >= least && *read <= most) to = *read;
    else
        complain(key, in_quotes(value->text) + " is not a number from " + std::to_string(least) +
                          " to " + std::to_string(most));
}

void map_reader::number(
    std::string_view key, std::uint32_t& to, std::uint32_t least, std::uint32_t most)
{
    std::uint64_t wide = to;
    number(key, wide, std::uint64_t{least}, std::uint64_t{most});
    to = static_cast<std::uint32_t>(wide);
}

void map_reader::seconds(std::string_view key, std::chrono::seconds& to, std::chrono::seconds least,
    std::chrono::seconds most)
{
    const auto value = text(key);
    if (!value) return;
    const auto read = measure(value->text, {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}});
    const auto low = static_cast<std::uint64_t>(least.count());
    const auto high = static_cast<std::uint64_t>(most.count());
    if (read && *read >= low && *read <= high) {
        to = std::chrono::seconds(*read);
        return;
    }
    complain(key, in_quotes(value->text) + " is not a time from " + std::to_string(low) + "s to " +
                      std::to_string(high) + "s (such as 30s, 2m or 1h)");
}

void map_reader::byte_count(std::string_view key, std::uint64_t& to)
{
    const auto value = text(key);
    if (!value) return;
    const auto read =
        measure(value->text, {{"", 1}, {"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20},
                                 {"GiB", 1ull << 30}, {"TiB", 1ull << 40}});
    if (read) to = *read;
    else complain(key, in_quotes(value->text) + " is not a size such as 256MiB or 1GiB");
}

std::vector<placed_text> map_reader::texts_of(const yaml_value& value, std::string_view key)
{
    std::vector<placed_text> all;
    if (value.what == yaml_value::kind::list) {
        for (const auto& item : value.items)
            if (auto one = scalar(item, key)) all.push_back(std::move(*one));
    } else if (auto one = scalar(value, key)) {
        all.push_back(std::move(*one));
    }
    return all;
}

std::vector<placed_text> map_reader::texts(std::string_view key)
{
    const auto* value = find(key);
    return value == nullptr ? std::vector<placed_text>{} : texts_of(*value, key);
}

void map_reader::texts(std::string_view key, std::vector<std::string>& to)
{
    for (auto& one : texts(key)) {
        if (one.text.empty())
            found_.complain(one.line, std::string(key) + " in " + where_ + ": empty");
        else to.push_back(std::move(one.text));
    }
}

void map_reader::labels(std::string_view key, std::map<std::string, std::string>& to)
{
    section(key, [&](map_reader& map) {
        map.each_pair([&](const std::string& name, int, const yaml_value& value) {
            if (auto text = map.scalar(value, name)) to[name] = std::move(text->text);
        });
    });
}

void map_reader::selector(std::string_view key, label_selector& to)
{
    section(key, [&](map_reader& map) {
        map.each_pair([&](const std::string& name, int line, const yaml_value& value) {
            const auto label = "label " + in_quotes(name) + " in " + map.where();
            const bool nothing = value.what == yaml_value::kind::null;
            const auto given = nothing ? std::vector<placed_text>{} : map.texts_of(value, name);
            if (given.empty())
                found_.complain(line, label + ": no value; write a value, a list or \"*\"");
            if (name == "*" && (given.size() != 1 || given.front().text != "*"))
                found_.complain(
                    line, label + " may only stand as {\"*\": \"*\"}, every configured target");
            for (const auto& pattern : given) {
                // Teleport's regular expressions would silently match nothing here.
                if (pattern.text.starts_with('^'))
                    found_.complain(pattern.line,
                        label + ": regular expressions are not supported; use * and ?");
                else to[name].push_back(pattern.text);
            }
        });
    });
}

void map_reader::each_pair(
    const std::function<void(const std::string&, int, const yaml_value&)>& read)
{
    any_key_ = true;
    for (std::size_t i = 0; i < map_.keys.size() && i < map_.items.size(); ++i)
        read(map_.keys[i].first, map_.keys[i].second, map_.items[i]);
}

void map_reader::section(std::string_view key, const std::function<void(map_reader&)>& read)
{
    const auto* value = find(key);
    if (value == nullptr) return;
    if (value->what != yaml_value::kind::map) {
        complain(key, "keys with values are needed");
        return;
    }
    map_reader inner(*value,
        where_ == "the file" ? std::string(key) : std::string(key) + " of " + where_, found_);
    read(inner);
    inner.finish();
}

void map_reader::each(
    std::string_view key, std::string_view what, const std::function<void(map_reader&)>& read)
{
    const auto* value = find(key);
    if (value == nullptr) return;
    if (value->what != yaml_value::kind::list) {
        complain(key, "a list is needed");
        return;
    }
    for (const auto& item : value->items) {
        if (item.what != yaml_value::kind::map) {
            found_.complain(item.line, "a " + std::string(what) + " in " + std::string(key) +
                                           " needs keys with values, such as {name: ...}");
            continue;
        }
        std::string where(what);
        for (std::size_t i = 0; i < item.keys.size() && i < item.items.size(); ++i)
            if (item.keys[i].first == "name") where += ' ' + in_quotes(item.items[i].text);
        map_reader inner(item, where, found_);
        read(inner);
        inner.finish();
    }
}

void map_reader::finish()
{
    if (any_key_) return;
    for (const auto& [name, line] : map_.keys) {
        if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
        if (found_.is_full()) return; // looking for a near word takes time
        auto message = "unknown key " + in_quotes(name) + " in " + where_;
        if (const auto near = nearest(name, known_); !near.empty())
            message += "; did you mean '" + near + "'?";
        found_.complain(line, std::move(message));
    }
}

} // namespace verbatim::config
