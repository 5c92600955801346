#pragma once
// data_dir/users.yaml: the users that `verbatim users` adds.

#include <verbatim/base/result.hpp>
#include <verbatim/config/settings.hpp>

#include <filesystem>
#include <span>
#include <string>

namespace verbatim::config {

std::filesystem::path users_file(const settings& settings);

/// The users of that file alone. With problems the list is incomplete.
struct loaded_users {
    std::vector<user_settings> users;
    std::vector<problem> problems;
};
loaded_users load_users_file(const std::filesystem::path& file);

/// The file's text. Every value is quoted, so that no name can become YAML.
std::string to_yaml(std::span<const user_settings> users);

/// Replaces the file as a whole, 0600: a reader sees the old text or the new, also after a power
/// cut. Makes the directory (0700) if there is none. The file keeps its owner, or gets the
/// directory's if it is new, so that root may add users to another user's proxy.
/// Errors: errc::io_error; `why` names the step.
[[nodiscard]] result<void> write_users_file(
    const std::filesystem::path& file, std::span<const user_settings> users, std::string& why);

/// Held while the file is read, changed and written, so that two changes do not lose one.
/// Errors (in `why`): the directory cannot be made or the lock file not opened. Waits for another
/// holder.
class users_file_lock {
public:
    static result<users_file_lock> take(const std::filesystem::path& file, std::string& why);
    users_file_lock(users_file_lock&& other) noexcept;
    users_file_lock& operator=(users_file_lock&&) = delete;
    ~users_file_lock();

private:
    explicit users_file_lock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

} // namespace verbatim::config
