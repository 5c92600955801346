#pragma once
// The recording seams under a test's control: full, stalled, failing, never finished.

#include "support/bell.hpp"
#include "support/fail_point.hpp"

#include <verbatim/record/recorder.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::test {

/// One recording, as the test sees it; it outlives its recorder.
struct fake_recording {
    struct print {
        wire::stream_tag stream;
        std::string bytes;
        std::string party;
    };
    wire::session_start start;
    std::vector<print> prints;
    std::vector<wire::event> events;
    std::optional<wire::session_end> end;
    std::vector<std::int64_t> indices; ///< those that take_index() gave

    std::string bytes_of(wire::stream_tag stream) const
    {
        std::string out;
        for (const auto& one : prints)
            if (one.stream == stream) out += one.bytes;
        return out;
    }
};

/// Thread: the test's one loop, and the test between its runs.
class fake_recording_store final : public record::recording_store {
public:
    fake_recording_store(boost::asio::any_io_executor loop, fail_point& failures)
        : failures_(failures), changed_(std::move(loop))
    {}

    std::vector<std::unique_ptr<fake_recording>> recordings;
    const fake_recording& only() const { return *recordings.at(0); }

    /// From now on nothing has room, until release().
    void stall() { stalled_ = true; }
    void release()
    {
        stalled_ = false;
        changed_.ring();
    }
    /// Every recorder fails now and stays failed; whoever waits for room learns it.
    void fail(errc with = errc::recording_failed)
    {
        failure_ = with;
        changed_.ring();
    }
    /// Opening fails.
    void refuse_to_open(errc with) { open_failure_ = with; }
    /// finish() does not complete until let_finish().
    void hold_finish() { finish_held_ = true; }
    void let_finish()
    {
        finish_held_ = false;
        changed_.ring();
    }
    std::size_t waiting_for_room = 0;

    boost::asio::awaitable<result<std::unique_ptr<record::recorder>>> open(
        const wire::session_start& start) override
    {
        if (failures_.is_due()) co_return errc::io_error;
        if (open_failure_) co_return *open_failure_;
        recordings.push_back(std::make_unique<fake_recording>());
        recordings.back()->start = start;
        co_return std::make_unique<writer>(*this, *recordings.back());
    }

private:
    class writer final : public record::recorder {
    public:
        writer(fake_recording_store& store, fake_recording& out) : store_(store), out_(out) {}

        result<bool> try_print(
            wire::stream_tag stream, byte_view data, std::string_view party) override
        {
            if (const auto sound = store_.check(); !sound) return refused(sound.error());
            if (store_.stalled_) return false;
            out_.prints.push_back({stream, std::string(as_text(data)), std::string(party)});
            return true;
        }
        result<bool> try_event(const wire::event& event) override
        {
            if (const auto sound = store_.check(); !sound) return refused(sound.error());
            if (store_.stalled_) return false;
            out_.events.push_back(event);
            return true;
        }
        boost::asio::awaitable<result<void>> room() override
        {
            ++store_.waiting_for_room;
            for (;;) {
                const auto sound = store_.check();
                if (!sound || !store_.stalled_) {
                    --store_.waiting_for_room;
                    co_return sound;
                }
                auto change = store_.changed_.wait();
                co_await std::move(change);
                ++wakes_; // a member, so that a recorder destroyed meanwhile shows in a sanitizer
            }
        }
        std::int64_t take_index() override
        {
            out_.indices.push_back(next_index_);
            return next_index_++;
        }
        boost::asio::awaitable<result<void>> sync() override { co_return store_.check(); }
        boost::asio::awaitable<result<record::recording_summary>> finish(
            const wire::session_end& end) override
        {
            const auto copy = end;
            if (const auto sound = store_.check(); !sound) co_return sound.error();
            while (store_.finish_held_) {
                auto change = store_.changed_.wait();
                co_await std::move(change);
            }
            out_.end = copy;
            co_return record::recording_summary{};
        }

    private:
        // result<bool> does not convert from an error: an error_code could mean a bool too.
        static result<bool> refused(error_code why) { return {boost::system::in_place_error, why}; }

        fake_recording_store& store_;
        fake_recording& out_;
        std::int64_t next_index_ = 1;
        std::size_t wakes_ = 0;
    };

    result<void> check()
    {
        if (failures_.is_due()) fail();
        if (failure_) return *failure_;
        return {};
    }

    fail_point& failures_;
    bell changed_;
    std::optional<errc> failure_, open_failure_;
    bool stalled_ = false, finish_held_ = false;
};

} // namespace verbatim::test
