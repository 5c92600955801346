#pragma once

#include <verbatim/wire/recording_reader.hpp>

#include <filesystem>
#include <fstream>

namespace verbatim::record {

/// A file, from its beginning. Errors: errc::io_error.
class file_source final : public wire::recording_source {
public:
    explicit file_source(const std::filesystem::path& path) : file_(path, std::ios::binary) {}

    result<std::size_t> read(std::span<std::byte> into) override
    {
        if (!file_.is_open()) return errc::io_error;
        file_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
        if (file_.bad()) return errc::io_error;
        return static_cast<std::size_t>(file_.gcount());
    }

private:
    std::ifstream file_;
};

} // namespace verbatim::record
