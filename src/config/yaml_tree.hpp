#pragma once
// A YAML document as a tree that knows its lines. yaml-cpp's own tree shares aliased nodes and
// keeps the first of duplicate keys without a word; both matter for a file that grants access.

#include <verbatim/config/settings.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verbatim::config {

struct yaml_value {
    enum class kind { null, scalar, list, map };

    kind what = kind::null;
    int line = 0;                  ///< 1-based
    bool plain = false;            ///< a scalar written without quotes
    std::string text;              ///< of a scalar
    std::vector<yaml_value> items; ///< of a list; of a map: the values, beside `keys`
    std::vector<std::pair<std::string, int>> keys; ///< of a map, with their lines

    std::size_t size() const noexcept; ///< values in this tree, itself included
};

/// Reads one document. Aliases are expanded within max_values; deeper than 32 levels, a second
/// document, duplicate keys, text that is not UTF-8 and control characters are problems. With
/// problems the tree may be incomplete.
yaml_value read_yaml(
    std::string_view text, const std::filesystem::path& file, std::vector<problem>& problems);

} // namespace verbatim::config
