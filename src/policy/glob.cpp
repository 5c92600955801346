#include "policy/glob.hpp"

namespace verbatim::policy {

bool glob_matches(std::string_view pattern, std::string_view text) noexcept
{
    std::size_t p = 0, t = 0;
    // Where to go on when what follows the last star did not fit: only the last star ever needs
    // to take one byte more.
    std::size_t after_star = std::string_view::npos, star_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            star_text = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (after_star != std::string_view::npos) {
            p = after_star;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

} // namespace verbatim::policy
