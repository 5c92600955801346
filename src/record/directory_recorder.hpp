#pragma once
// One session's recorder: stamps what it is given and puts it into the queue.

#include "record/recording_queue.hpp"

namespace verbatim::record {

class directory_recorder final : public recorder {
public:
    /// Takes `start` as the first record at once. Errors: errc::out_of_range (too long).
    [[nodiscard]] static result<std::unique_ptr<directory_recorder>> begin(
        const store_parts& parts, const wire::session_start& start);
    ~directory_recorder() override;
    directory_recorder(const directory_recorder&) = delete;
    directory_recorder& operator=(const directory_recorder&) = delete;

    result<bool> try_print(
        wire::stream_tag stream, byte_view data, std::string_view party) override;
    result<bool> try_event(const wire::event& event) override;
    boost::asio::awaitable<result<void>> room() override;
    std::int64_t take_index() override;
    boost::asio::awaitable<result<void>> sync() override;
    boost::asio::awaitable<result<recording_summary>> finish(const wire::session_end& end) override;

private:
    directory_recorder(const store_parts& parts, const wire::session_start& start);
    std::int64_t elapsed_us() const;
    result<void> put(wire::event event);
    void put_print(wire::stream_tag stream, byte_view data, wall_time now, std::int64_t at_us,
        std::string_view party);

    const store_parts& parts_;
    const monotonic_time began_;
    const std::string cluster_name_;
    std::shared_ptr<recording_queue> queue_;        ///< shared with the pool while there is work
    std::int64_t next_index_ = 0, last_index_ = -1; ///< handed out next; written last
    std::int64_t chunk_index_ = 0, offset_ = 0;     ///< of the next shown print
    std::optional<std::int64_t> first_print_us_;
    bool finishing_ = false;
};

} // namespace verbatim::record
