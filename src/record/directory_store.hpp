#pragma once

#include "record/recording_queue.hpp"

namespace verbatim::record {

class directory_store final : public recording_store {
public:
    directory_store(const directory_store_settings& settings, const clock& time, logger& log,
        std::unique_ptr<file_system> files);

    boost::asio::awaitable<result<std::unique_ptr<recorder>>> open(
        const wire::session_start& start) override;

    /// For tests with settings.threads == 0: does what the threads would do by now.
    bool pump() { return pool_.pump(); }

private:
    const directory_store_settings settings_;
    std::unique_ptr<file_system> files_;
    buffer_pool buffers_;
    store_parts parts_;
    work_pool pool_; ///< last: its threads use all the others until they are joined
};

} // namespace verbatim::record
