#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace verbatim::cli {

/// data_dir held by one running proxy: made if need be, locked, with its server id.
class data_directory {
public:
    /// None: `why` is a line that says what to do.
    static std::optional<data_directory> open(const std::filesystem::path& path, std::string& why);

    data_directory(data_directory&& other) noexcept;
    data_directory& operator=(data_directory&&) = delete;
    ~data_directory();

    /// A UUID made at the first start: `server_id` of every event.
    const std::string& server_id() const noexcept { return server_id_; }

private:
    data_directory(int lock, std::string server_id) : lock_(lock), server_id_(std::move(server_id))
    {}

    int lock_; // a descriptor: the lock lives as long as it is open, so a crash leaves none behind
    std::string server_id_;
};

} // namespace verbatim::cli
