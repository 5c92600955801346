#pragma once
// The directory sink over a given set of file operations; make_directory_sink() is the usual way.

#include <verbatim/audit/audit_sink.hpp>
#include <verbatim/audit/file_operations.hpp>

#include <chrono>
#include <optional>

namespace verbatim::audit {

/// Guarantees, given one writer per directory:
/// - write() that succeeds: every line is whole and on stable storage, file name included;
/// - write() that fails: the file ends where it ended before (or, when even cutting it back fails,
///   after whole lines and one torn one, which the next opening moves to `<file>.torn`; lines that
///   then stand twice have the same `uid`);
/// - a file that somebody deleted is made anew before the next batch.
/// Thread: one at a time.
class directory_sink final : public audit_sink {
public:
    directory_sink(std::filesystem::path directory, const clock& clock,
        std::unique_ptr<file_operations> files);

    /// Opens today's file now, so that a start can be refused.
    [[nodiscard]] result<void> open();

    std::string name() const override;
    [[nodiscard]] result<void> write(std::span<const serialised_event> batch) override;

private:
    using day = std::chrono::sys_days;

    result<void> open_day(day today);
    result<std::uint64_t> ready_file();
    result<void> append_all(std::string_view bytes);
    result<void> move_torn_line_aside(appendable_file& file, const std::filesystem::path& path);
    void undo(std::uint64_t size);

    std::filesystem::path directory_;
    const clock& clock_; // outlives every sink
    std::unique_ptr<file_operations> files_;
    std::unique_ptr<appendable_file> file_; // none: open before the next batch
    std::optional<day> open_day_;
    std::string buffer_; // kept between batches for its capacity
};

} // namespace verbatim::audit
