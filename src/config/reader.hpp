#pragma once
// Reads typed values out of a YAML tree and collects what is wrong with them.

#include "config/yaml_tree.hpp"

#include <chrono>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <map>

namespace verbatim::config {

/// What one load gathers, over all its files.
struct findings {
    std::filesystem::path file; ///< the one that is being read
    std::vector<problem>& problems;
    std::vector<problem>& notices;

    /// A file that is wrong a thousand times over is not listed to its end.
    bool is_full() const noexcept { return problems.size() >= 1000; }
    void complain(int line, std::string message);
    void note(int line, std::string message);
};

/// One text of the configuration with its line, for checks that need both.
struct placed_text {
    std::string text;
    int line = 0;
};

/// The keys of one map. Each reader names a key it knows; finish() reports the others. An absent
/// key leaves the value as it was. The tree outlives this object.
class map_reader {
public:
    /// `where` names the map in messages: "ssh", "user 'alice'".
    map_reader(const yaml_value& map, std::string where, findings& found);

    const std::string& where() const noexcept { return where_; }
    int line() const noexcept { return map_.line; }
    /// The line of that key, or of the map.
    int line_of(std::string_view key) const;

    /// The value of a key; null when it is absent or has nothing behind it.
    const yaml_value* find(std::string_view key);

    std::optional<placed_text> text(std::string_view key);
    bool text(std::string_view key, std::string& to);
    void choice(std::string_view key, std::string& to, std::initializer_list<std::string_view> of);
    void boolean(std::string_view key, bool& to);
    void number(std::string_view key, std::uint64_t& to, std::uint64_t least, std::uint64_t most);
    void number(std::string_view key, std::uint32_t& to, std::uint32_t least, std::uint32_t most);
    /// "90s", "2m", "1h", or a number of seconds.
    void seconds(std::string_view key, std::chrono::seconds& to, std::chrono::seconds least,
        std::chrono::seconds most);
    /// "256MiB", "1GiB", or a number of bytes.
    void byte_count(std::string_view key, std::uint64_t& to);
    /// A list, or a single value standing for a list of one.
    std::vector<placed_text> texts(std::string_view key);
    void texts(std::string_view key, std::vector<std::string>& to);
    void labels(std::string_view key, std::map<std::string, std::string>& to);
    void selector(std::string_view key, label_selector& to);
    void section(std::string_view key, const std::function<void(map_reader&)>& read);
    /// A list of maps; `what` names one in messages: "user".
    void each(
        std::string_view key, std::string_view what, const std::function<void(map_reader&)>& read);

    void complain(std::string_view key, const std::string& message);
    /// Reports keys that no reader asked for. Call last.
    void finish();

private:
    /// For maps whose keys are the user's own words.
    void each_pair(const std::function<void(const std::string&, int, const yaml_value&)>& read);
    std::optional<placed_text> scalar(const yaml_value& value, std::string_view key);
    std::vector<placed_text> texts_of(const yaml_value& value, std::string_view key);

    const yaml_value& map_;
    std::string where_;
    findings& found_;
    std::vector<std::string> known_;
    bool any_key_ = false;
};

/// A value for a message: escaped and bounded.
std::string in_quotes(std::string_view text);

/// The known word that `word` was probably meant to be; empty: none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

} // namespace verbatim::config
