#pragma once
// What stands between a session's loop and the worker threads: the batch being filled, the batches
// waiting to be written, and those who wait for either.

#include "record/buffer_pool.hpp"
#include "record/file_system.hpp"
#include "record/recording_file.hpp"
#include "record/work_pool.hpp"

#include <verbatim/base/log.hpp>
#include <verbatim/record/directory_store.hpp>
#include <verbatim/wire/recording_codec.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace verbatim::record {

/// A batch is handed over at this size, or when the sync interval is nearly over.
constexpr std::size_t batch_bytes = 256 * 1024;

/// Output comes in many small pieces. Those of one stream that follow each other within this time
/// become one print, with the time of its first byte.
constexpr std::chrono::microseconds joining_time = std::chrono::milliseconds(5);
/// From here on a piece is worth a print of its own.
constexpr std::size_t large_piece_bytes = 8 * 1024;

/// A print whose bytes stand at the end of the batch and that has no header yet.
struct open_print {
    wire::print_fields fields;
    std::size_t begin; ///< of its bytes, in the batch
};

/// What all recordings of a store share; outlives them.
struct store_parts {
    const directory_store_settings& settings;
    const clock& time;
    logger& log;
    file_system& files;
    buffer_pool& buffers;
    work_pool& pool;
};

/// Owned by its recorder and, while it has work or is working, by the pool.
/// Thread: any; the functions of the feeding side are for the session's loop alone.
class recording_queue final : public worker, public std::enable_shared_from_this<recording_queue> {
public:
    /// `thorough_bytes`: see recording_file_settings.
    recording_queue(const store_parts& parts, session_id session, std::uint64_t thorough_bytes);

    // --- the feeding side ---

    /// Whether `bytes` more may be taken now; an empty queue takes any amount.
    [[nodiscard]] result<void> admit(std::size_t bytes);
    /// Whole framed records.
    void put(byte_view records);
    /// A print that stands by itself, or, if `open`, one that join() may lengthen for a while.
    /// `fields` and the text they point to must last until the next call that puts or waits.
    void put_print(const wire::print_fields& fields, byte_view data, bool open);
    /// Adds `data` to the open print if that is of the same stream, young enough and has room.
    [[nodiscard]] bool join(wire::stream_tag stream, byte_view data, std::int64_t at_us);

    [[nodiscard]] boost::asio::awaitable<result<void>> wait_for_room();
    /// Until all that was put is on stable storage.
    [[nodiscard]] boost::asio::awaitable<result<void>> wait_for_sync();
    /// As wait_for_sync, then until the file is closed and has its finished name.
    [[nodiscard]] boost::asio::awaitable<result<recording_summary>> wait_for_finish();
    /// Nobody will put more: what there is gets written, the file stays unfinished.
    void abandon();

    // --- worker ---
    void run(batch_compressor& compressor) override;
    void on_deadline() override;

private:
    struct waiter;
    enum class wait_for { room, sync, finish };

    void make_room(std::size_t room);
    void close_print();
    void account(std::size_t before);
    boost::asio::awaitable<result<void>> wait(wait_for what);
    bool satisfied(wait_for what) const;
    void wake_all();
    void hand_over();
    void schedule();
    void schedule_at(monotonic_time when);
    void arm();
    void fail(error_code why, std::string_view doing);
    bool has_work(monotonic_time now) const;

    std::vector<byte_buffer> take_pending();
    result<void> open_file();
    result<void> write_batch(byte_buffer batch, batch_compressor& compressor, bool hurried);
    result<void> sync_file(bool at_once);
    result<void> finish_file();
    void forget_unborn_file();
    bool work_once(batch_compressor& compressor);

    const store_parts& parts_;
    const session_id session_;
    const std::uint64_t thorough_bytes_;
    std::unique_ptr<recording_file> file_; ///< the running worker's alone

    mutable std::mutex mutex_; ///< guards what follows
    byte_buffer filling_;      ///< whole records, then the bytes of the open print
    std::optional<open_print> open_;
    std::vector<byte_buffer> pending_;
    std::size_t queued_bytes_ = 0;                                       ///< in both
    std::uint64_t put_bytes_ = 0, written_bytes_ = 0, synced_bytes_ = 0; ///< since the start
    std::uint64_t sync_wanted_ = 0; ///< synced_bytes_ shall reach this
    bool finish_wanted_ = false, finished_ = false, scheduled_ = false;
    error_code failed_;
    std::optional<monotonic_time> flush_due_, sync_due_, armed_for_;
    monotonic_time last_sync_{};
    std::vector<waiter*> waiters_; ///< each lives in a coroutine of the feeding side
    recording_summary summary_;
};

} // namespace verbatim::record
