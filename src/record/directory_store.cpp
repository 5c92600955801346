#include "record/directory_store.hpp"

#include "record/directory_recorder.hpp"

#include <verbatim/wire/recording_codec.hpp>

namespace verbatim::record {
namespace {

result<void> make_directory(const std::filesystem::path& path, std::filesystem::perms mode)
{
    std::error_code failed;
    if (std::filesystem::create_directories(path, failed))
        std::filesystem::permissions(path, mode, failed);
    if (failed || !std::filesystem::is_directory(path, failed)) return errc::io_error;
    return {};
}

// The last print goes in before the size is looked at.
constexpr std::size_t large_buffer_bytes =
    batch_bytes + wire::max_record_bytes + wire::max_print_overhead;

} // namespace

directory_store::directory_store(const directory_store_settings& settings, const clock& time,
    logger& log, std::unique_ptr<file_system> files)
    : settings_(settings), files_(std::move(files)),
      buffers_(large_buffer_bytes), parts_{settings_, time, log, *files_, buffers_, pool_},
      pool_(settings.threads, time)
{}

boost::asio::awaitable<result<std::unique_ptr<recorder>>> directory_store::open(
    const wire::session_start& start)
{
    auto begun = directory_recorder::begin(parts_, start);
    if (!begun) co_return begun.error();
    auto syncing = (*begun)->sync();
    auto synced = co_await std::move(syncing);
    if (!synced) co_return synced.error();
    co_return std::unique_ptr<recorder>(std::move(*begun));
}

result<std::unique_ptr<recording_store>> make_directory_store(
    const directory_store_settings& settings, const clock& time, logger& log)
{
    using std::filesystem::perms;
    constexpr auto group_reads = perms::owner_all | perms::group_read | perms::group_exec;
    if (auto made = make_directory(settings.records_dir, group_reads); !made) return made.error();
    if (auto made = make_directory(settings.in_progress_dir, perms::owner_all); !made)
        return made.error();
    return std::unique_ptr<recording_store>(
        std::make_unique<directory_store>(settings, time, log, make_file_system()));
}

} // namespace verbatim::record
