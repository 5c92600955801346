#pragma once
// A store without threads, on a real directory, behind a disk that does what the test says.

#include "record/directory_store.hpp"
#include "record/file_source.hpp"
#include "record/repair.hpp"

#include <verbatim/base/text.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace verbatim::record::test {

namespace asio = boost::asio;
namespace fs = std::filesystem;

class manual_clock final : public clock {
public:
    wall_time wall_now() const override
    {
        return wall_time{std::chrono::seconds(1'764'000'000)} + passed_;
    }
    monotonic_time monotonic_now() const override
    {
        return monotonic_time{} + std::chrono::hours(1) + passed_;
    }
    void advance(std::chrono::nanoseconds by) { passed_ += by; }

private:
    std::chrono::nanoseconds passed_{};
};

class scratch_directory {
public:
    scratch_directory()
    {
        auto pattern = (fs::temp_directory_path() / "verbatim-record-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
        path_ = pattern;
        fs::create_directory(parts());
        fs::create_directory(records());
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    ~scratch_directory()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    fs::path parts() const { return path_ / "parts"; }
    fs::path records() const { return path_ / "records"; }

private:
    fs::path path_;
};

inline std::string contents(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const fs::path& path, std::string_view bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Counts the calls that change the disk; one of them, or all from one on, can fail.
struct disk_fault {
    std::size_t calls = 0, syncs = 0;
    std::size_t fail_at = 0;      ///< 1 is the first call; 0: none
    bool dead_from_there = false; ///< the process was killed: nothing works any more
    errc error = errc::io_error;
    std::size_t longest_write = SIZE_MAX; ///< short writes
    std::uint64_t free_bytes = UINT64_MAX;

    bool fails()
    {
        ++calls;
        return fail_at != 0 && (dead_from_there ? calls >= fail_at : calls == fail_at);
    }
};

class faulty_file final : public output_file {
public:
    faulty_file(std::unique_ptr<output_file> real, disk_fault& fault)
        : real_(std::move(real)), fault_(fault)
    {}
    result<std::size_t> write_some(std::uint64_t offset, byte_view bytes) override
    {
        auto last_before_death = fault_.dead_from_there && fault_.calls + 1 == fault_.fail_at;
        if (fault_.fails()) {
            if (last_before_death) // killed in the middle of the write
                std::ignore = real_->write_some(offset, bytes.first((bytes.size() + 1) / 2));
            return fault_.error;
        }
        return real_->write_some(offset, bytes.first(std::min(bytes.size(), fault_.longest_write)));
    }
    result<void> truncate(std::uint64_t size) override
    {
        if (fault_.fails()) return fault_.error;
        return real_->truncate(size);
    }
    result<void> sync() override
    {
        ++fault_.syncs;
        if (fault_.fails()) return fault_.error;
        return {};
    }
    void start_writeback(std::uint64_t, std::uint64_t) override {}

private:
    std::unique_ptr<output_file> real_;
    disk_fault& fault_;
};

class faulty_file_system final : public file_system {
public:
    explicit faulty_file_system(disk_fault& fault) : fault_(fault) {}
    result<std::unique_ptr<output_file>> create(const fs::path& path) override
    {
        if (fault_.fails()) return fault_.error;
        return wrap(real_->create(path));
    }
    result<std::unique_ptr<output_file>> open(const fs::path& path) override
    {
        if (fault_.fails()) return fault_.error;
        return wrap(real_->open(path));
    }
    result<void> rename(const fs::path& from, const fs::path& to) override
    {
        if (fault_.fails()) return fault_.error;
        return real_->rename(from, to);
    }
    result<void> sync_directory(const fs::path&) override
    {
        if (fault_.fails()) return fault_.error;
        return {};
    }
    result<void> remove(const fs::path& path) override
    {
        if (fault_.fails()) return fault_.error;
        return real_->remove(path);
    }
    result<std::uint64_t> free_bytes(const fs::path&) override { return fault_.free_bytes; }

private:
    result<std::unique_ptr<output_file>> wrap(result<std::unique_ptr<output_file>> opened)
    {
        if (!opened) return opened.error();
        return std::unique_ptr<output_file>(
            std::make_unique<faulty_file>(std::move(*opened), fault_));
    }
    std::unique_ptr<file_system> real_ = make_file_system();
    disk_fault& fault_;
};

inline wire::session_start a_start()
{
    wire::session_start start;
    start.header.session = *session_id::parse("7d0c3a52-6f0e-4c1b-9b61-2f6c1a9e8b10");
    start.header.metadata.cluster_name = "example";
    start.header.metadata.time = wall_time{std::chrono::seconds(1'764'000'000)};
    start.header.user = {"alice", "root", {}};
    start.size = wire::terminal_size{80, 24};
    return start;
}

inline wire::session_end an_end()
{
    wire::session_end end;
    end.header = a_start().header;
    end.header.metadata.time = {};
    end.interactive = true;
    return end;
}

struct read_back {
    std::string shown, typed;
    std::vector<std::string> types;
    std::vector<std::int64_t> delays, at_us, chunks;
    std::vector<std::size_t> sizes; ///< of the prints
    std::optional<wire::session_end> end;
    wire::recording_verdict verdict;
};

inline read_back read_recording(const fs::path& path)
{
    file_source source(path);
    wire::recording_reader reader(source);
    read_back all;
    for (;;) {
        auto next = reader.next();
        if (!next || !*next) break;
        all.types.push_back((*next)->type);
        if (auto* print = std::get_if<wire::recorded_print>(&(*next)->body)) {
            if (is_shown(print->stream))
                BOOST_TEST(print->offset == static_cast<std::int64_t>(all.shown.size()));
            all.shown += as_text(print->data);
            all.typed += as_text(print->input);
            all.delays.push_back(print->delay_ms);
            all.at_us.push_back((*next)->at_us);
            all.chunks.push_back(print->chunk_index);
            all.sizes.push_back(print->data.size() + print->input.size());
        } else if (auto* event = std::get_if<wire::event>(&(*next)->body)) {
            if (auto* end = std::get_if<wire::session_end>(event)) all.end = *end;
        }
    }
    all.verdict = reader.verdict();
    return all;
}

struct record_fixture {
    scratch_directory directory;
    manual_clock time;
    std::unique_ptr<logger> log = make_null_logger();
    disk_fault fault;
    asio::io_context loop{1};
    std::unique_ptr<directory_store> store;

    void build(std::size_t queue_limit = 1024 * 1024)
    {
        directory_store_settings settings;
        settings.records_dir = directory.records();
        settings.in_progress_dir = directory.parts();
        settings.queue_limit_bytes = queue_limit;
        settings.threads = 0;
        store = std::make_unique<directory_store>(
            settings, time, *log, std::make_unique<faulty_file_system>(fault));
    }
    /// The disk threads and the loop, in turns, until neither has anything to do.
    void run_until_idle()
    {
        loop.restart();
        while (loop.poll() + (store->pump() ? 1 : 0) > 0) {
        }
    }
    template <class T>
    std::shared_ptr<std::optional<T>> begin(asio::awaitable<T> what)
    {
        auto answer = std::make_shared<std::optional<T>>();
        asio::co_spawn(loop, std::move(what), [answer](std::exception_ptr thrown, T value) {
            if (thrown) std::rethrow_exception(thrown);
            answer->emplace(std::move(value));
        });
        loop.restart();
        loop.poll();
        return answer;
    }
    template <class T>
    T run(asio::awaitable<T> what)
    {
        auto answer = begin(std::move(what));
        run_until_idle();
        BOOST_TEST_REQUIRE(answer->has_value());
        return std::move(**answer);
    }
    result<std::unique_ptr<recorder>> open()
    {
        if (!store) build();
        return run(store->open(start_));
    }
    fs::path part() const
    {
        return directory.parts() / (a_start().header.session.to_string() + ".part");
    }
    fs::path finished() const
    {
        return directory.records() / (a_start().header.session.to_string() + ".tar");
    }

    wire::session_start start_ = a_start();
};

inline bool print(recorder& to, std::string_view text,
    wire::stream_tag stream = wire::stream_tag::standard_output)
{
    auto taken = to.try_print(stream, as_bytes(text), {});
    return taken && *taken;
}

} // namespace verbatim::record::test
