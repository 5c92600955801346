#pragma once
// File operations that fail where the test says, over the real ones.

#include <verbatim/audit/file_operations.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace verbatim::test {

/// The n-th call (1 is the next) of any operation fails with `error`; 0: none. A failing append
/// first writes `bytes_before_failure`.
struct file_failure {
    std::size_t at_call = 0;
    int error = 0;
    std::size_t bytes_before_failure = 0;
    std::size_t longest_append = static_cast<std::size_t>(-1); ///< short writes
    bool truncate_fails = false;
    std::size_t calls = 0;
    std::vector<std::string> seen; ///< names of the calls

    std::optional<error_code> next(std::string name)
    {
        seen.push_back(std::move(name));
        if (++calls != at_call) return std::nullopt;
        return error_code(error, boost::system::system_category());
    }
};

class failing_file final : public audit::appendable_file {
public:
    failing_file(std::unique_ptr<audit::appendable_file> real, file_failure& failure)
        : real_(std::move(real)), failure_(failure)
    {}
    result<audit::file_state> state() override
    {
        if (auto failed = failure_.next("state")) return *failed;
        return real_->state();
    }
    result<std::size_t> append(std::string_view bytes) override
    {
        if (auto failed = failure_.next("append")) {
            std::ignore = real_->append(bytes.substr(0, failure_.bytes_before_failure));
            return *failed;
        }
        return real_->append(bytes.substr(0, failure_.longest_append));
    }
    result<void> synchronise() override
    {
        if (auto failed = failure_.next("synchronise")) return *failed;
        return real_->synchronise();
    }
    result<void> truncate(std::uint64_t size) override
    {
        if (failure_.truncate_fails) return error_code(EIO, boost::system::system_category());
        if (auto failed = failure_.next("truncate")) return *failed;
        return real_->truncate(size);
    }
    result<std::string> read(std::uint64_t offset, std::size_t size) override
    {
        if (auto failed = failure_.next("read")) return *failed;
        return real_->read(offset, size);
    }

private:
    std::unique_ptr<audit::appendable_file> real_;
    file_failure& failure_;
};

class failing_file_operations final : public audit::file_operations {
public:
    /// `failure` outlives this and every file opened.
    explicit failing_file_operations(file_failure& failure)
        : real_(audit::make_posix_file_operations()), failure_(failure)
    {}
    result<void> make_directory(const std::filesystem::path& directory) override
    {
        if (auto failed = failure_.next("make_directory")) return *failed;
        return real_->make_directory(directory);
    }
    result<std::unique_ptr<audit::appendable_file>> open(const std::filesystem::path& file) override
    {
        if (auto failed = failure_.next("open")) return *failed;
        auto opened = real_->open(file);
        if (!opened) return opened.error();
        return std::make_unique<failing_file>(std::move(*opened), failure_);
    }
    result<void> replace_link(
        const std::filesystem::path& target, const std::filesystem::path& link) override
    {
        if (auto failed = failure_.next("replace_link")) return *failed;
        return real_->replace_link(target, link);
    }
    result<void> synchronise_directory(const std::filesystem::path& directory) override
    {
        if (auto failed = failure_.next("synchronise_directory")) return *failed;
        return real_->synchronise_directory(directory);
    }

private:
    std::unique_ptr<audit::file_operations> real_;
    file_failure& failure_;
};

} // namespace verbatim::test
