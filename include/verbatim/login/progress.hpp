#pragma once
// Several factors in their order, as OpenSSH's AuthenticationMethods means it.

#include <verbatim/config/settings.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace verbatim::login {

/// How far one login has come. Each of the requirements must be met by one of its lists; a method
/// counts for every list that it is next in. A value.
class progress {
public:
    explicit progress(std::vector<config::method_lists> requirements);

    bool expects(std::string_view method) const;
    /// The method was passed; it was expected.
    void passed(std::string_view method);
    bool is_complete() const noexcept;
    /// Those that are next in some list, in the order publickey, keyboard-interactive, password.
    std::vector<std::string> next() const;

private:
    std::vector<config::method_lists> open_; // requirements that are not met yet
};

} // namespace verbatim::login
