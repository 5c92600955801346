#pragma once
// The seam below the directory sink: each call can be made to fail by a test.

#include <verbatim/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace verbatim::audit {

struct file_state {
    std::uint64_t size = 0;
    bool linked = true; ///< false: nobody can open it by a name any more
};

/// One file open for appending; destroying it closes it.
/// Errors, here and below: what the system said (boost::system::system_category).
class appendable_file {
public:
    virtual ~appendable_file() = default;
    [[nodiscard]] virtual result<file_state> state() = 0;
    /// May take fewer bytes than given, as write(2).
    [[nodiscard]] virtual result<std::size_t> append(std::string_view bytes) = 0;
    [[nodiscard]] virtual result<void> synchronise() = 0;
    [[nodiscard]] virtual result<void> truncate(std::uint64_t size) = 0;
    /// Exactly `size` bytes from `offset`; fewer only at the end of the file.
    [[nodiscard]] virtual result<std::string> read(std::uint64_t offset, std::size_t size) = 0;
};

/// Thread: any; no state.
class file_operations {
public:
    virtual ~file_operations() = default;
    /// With its parents, 0750; one that is there already is no error.
    [[nodiscard]] virtual result<void> make_directory(const std::filesystem::path& directory) = 0;
    /// Creates it 0640 whatever the umask; follows no symbolic link.
    [[nodiscard]] virtual result<std::unique_ptr<appendable_file>> open(
        const std::filesystem::path& file) = 0;
    /// Makes `link` a symbolic link to `target` in one step. Errors: EEXIST when `link` is there
    /// and is not a link.
    [[nodiscard]] virtual result<void> replace_link(
        const std::filesystem::path& target, const std::filesystem::path& link) = 0;
    [[nodiscard]] virtual result<void> synchronise_directory(
        const std::filesystem::path& directory) = 0;
};

std::unique_ptr<file_operations> make_posix_file_operations();

} // namespace verbatim::audit
