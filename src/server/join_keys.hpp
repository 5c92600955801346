#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace verbatim::server {

/// What somebody types who has joined a session: the escape key and one key more is for the proxy,
/// everything else is for the session. Thread: one.
class join_keys {
public:
    static constexpr char usual_escape = 0x1d; // Ctrl-]

    explicit join_keys(char escape = usual_escape) : escape_(escape) {}

    struct action {
        enum class kind { text, help, leave, terminate, pause, go_on, unknown } what;
        std::string text{};
    };
    /// In the order of the keys; a piece of text is as long as it can be.
    std::vector<action> feed(std::string_view typed);

private:
    const char escape_;
    bool escaped_ = false; // the escape key was the last
};

/// "Ctrl-]", for people.
std::string name_of_key(char escape);

} // namespace verbatim::server
