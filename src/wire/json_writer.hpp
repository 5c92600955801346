#pragma once
// Writes one JSON object, member after member, with text of any bytes kept valid and bounded.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::wire {

/// Twins of a member (`_raw`, `_len`, `_sha256`) are kept aside and follow with finish(), so that
/// the members proper keep their places.
class json_writer {
public:
    /// A text, or the elements of one list or map together, is cut to `text_limit` bytes.
    explicit json_writer(std::size_t text_limit);

    void text(std::string_view key, std::string_view value);
    void text_if(std::string_view key, std::string_view value); ///< left out when empty
    void number(std::string_view key, std::int64_t value);
    void number(std::string_view key, std::uint64_t value);
    void boolean(std::string_view key, bool value);
    void list(std::string_view key, const std::vector<std::string>& values); ///< empty: null
    void list_if(std::string_view key, const std::vector<std::string>& values);
    void map_if(std::string_view key, const std::map<std::string, std::string>& values);

    /// What is written in between are members of an object; not of another one, and no texts that
    /// may have twins.
    void begin_object(std::string_view key);
    void end_object();

    /// Ends the object and hands it out; the writer is spent.
    std::string finish();

private:
    void begin_member(std::string_view key);
    void append_quoted(std::string_view utf8);
    std::string_view append_text(std::string_view value, std::size_t limit, bool& not_utf8);
    void note_raw(std::string_view key, std::string_view bytes);
    void note_raw_list(std::string_view key, const std::vector<std::string_view>& pieces);
    void note_cut(std::string_view key, std::string_view whole);

    std::string out_;
    std::string twins_; // members with a leading comma each
    std::size_t text_limit_;
};

} // namespace verbatim::wire
