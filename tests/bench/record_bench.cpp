// What recording costs: CPU-seconds per GiB and the file's size, for one listing, for 1 GiB of such
// text and of random bytes, and file bytes per keystroke. `bench_record_bench [TEXT_FILE]`; without
// one `ls -lR /` is taken.

#include <verbatim/base/text.hpp>
#include <verbatim/record/directory_store.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace verbatim;
using namespace verbatim::record;

double cpu_seconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string text_sample(const char* path)
{
    std::string text;
    if (path != nullptr) {
        std::ifstream file(path, std::ios::binary);
        text.assign(std::istreambuf_iterator<char>(file), {});
        return text;
    }
    auto* listing = ::popen("ls -lR / 2>/dev/null", "r");
    std::string piece(65536, '\0');
    while (auto got = std::fread(piece.data(), 1, piece.size(), listing))
        text.append(piece, 0, got);
    ::pclose(listing);
    return text;
}

std::string random_sample(std::size_t size)
{
    std::mt19937_64 source(1);
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i + 8 <= size; i += 8) {
        auto value = source();
        std::copy_n(reinterpret_cast<const char*>(&value), 8,
            bytes.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return bytes;
}

wire::session_start a_start()
{
    wire::session_start start;
    start.header.session = session_id::random();
    start.header.metadata.cluster_name = "bench";
    start.header.user = {"alice", "root", {}};
    return start;
}

asio::awaitable<void> record_bulk(
    recording_store& store, const std::string& sample, std::uint64_t total, const char* name)
{
    auto start = a_start();
    auto opening = store.open(start);
    auto recorder = co_await std::move(opening);
    auto before = cpu_seconds();
    auto began = std::chrono::steady_clock::now();
    constexpr std::size_t piece = 32 * 1024;
    std::uint64_t done = 0;
    for (std::size_t at = 0; done<total; at = at + 2 * piece> sample.size() ? 0 : at + piece) {
        auto bytes = as_bytes(std::string_view(sample).substr(at, piece));
        for (;;) {
            auto taken = (*recorder)->try_print(wire::stream_tag::standard_output, bytes, {});
            if (taken && *taken) break;
            auto waiting = (*recorder)->room();
            std::ignore = co_await std::move(waiting);
        }
        done += bytes.size();
    }
    wire::session_end end;
    end.header = start.header;
    auto finishing = (*recorder)->finish(end);
    auto summary = co_await std::move(finishing);
    auto gib = static_cast<double>(done) / (1 << 30);
    std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
    std::printf("%-8s %6.3f CPU-s/GiB  %6.0f MiB/s  size %.4f of raw\n", name,
        (cpu_seconds() - before) / gib, 1024 * gib / wall.count(),
        static_cast<double>(summary->file_bytes) / static_cast<double>(done));
    fs::remove(summary->path);
}

/// As a pty gives it: in small pieces. The CPU time includes waiting for the next one.
asio::awaitable<void> record_shell(
    recording_store& store, const std::string& sample, std::chrono::microseconds pace)
{
    auto start = a_start();
    auto opening = store.open(start);
    auto recorder = co_await std::move(opening);
    auto before = cpu_seconds();
    auto next = std::chrono::steady_clock::now();
    constexpr std::size_t piece = 2 * 1024;
    for (std::size_t at = 0; at < sample.size(); at += piece) {
        auto bytes = as_bytes(std::string_view(sample).substr(at, piece));
        for (next += pace; std::chrono::steady_clock::now() < next;) {
        }
        for (;;) {
            auto taken = (*recorder)->try_print(wire::stream_tag::standard_output, bytes, {});
            if (taken && *taken) break;
            auto waiting = (*recorder)->room();
            std::ignore = co_await std::move(waiting);
        }
    }
    wire::session_end end;
    end.header = start.header;
    auto finishing = (*recorder)->finish(end);
    auto summary = co_await std::move(finishing);
    std::printf("shell    %zu bytes in 2 KiB pieces, %lld us apart: %.3f CPU-s, size %.4f of raw\n",
        sample.size(), static_cast<long long>(pace.count()), cpu_seconds() - before,
        static_cast<double>(summary->file_bytes) / static_cast<double>(sample.size()));
    fs::remove(summary->path);
}

asio::awaitable<void> record_keys(recording_store& store)
{
    auto start = a_start();
    auto opening = store.open(start);
    auto recorder = co_await std::move(opening);
    constexpr int keys = 100;
    constexpr std::string_view line = "ls -l /var/log; grep -c error syslog\r";
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (int i = 0; i < keys; ++i) {
        auto key = as_bytes(line.substr(static_cast<std::size_t>(i) % line.size(), 1));
        std::ignore = (*recorder)->try_print(wire::stream_tag::standard_input, key, {});
        std::ignore = (*recorder)->try_print(wire::stream_tag::standard_output, key, {});
        pause.expires_after(std::chrono::milliseconds(150 + 20 * (i * 7 % 6)));
        auto sleeping = pause.async_wait(asio::use_awaitable);
        co_await std::move(sleeping);
    }
    wire::session_end end;
    end.header = start.header;
    auto finishing = (*recorder)->finish(end);
    auto summary = co_await std::move(finishing);
    std::printf("keys     %.1f file bytes each (%d at about 5/s, start and end included)\n",
        static_cast<double>(summary->file_bytes) / keys, keys);
    fs::remove(summary->path);
}

} // namespace

int main(int count, char** arguments)
{
    auto directory = fs::temp_directory_path() / ("record_bench." + random_uuid());
    system_clock time;
    auto log = make_stderr_logger(log_level::warning);
    record::directory_store_settings settings;
    settings.records_dir = directory / "records";
    settings.in_progress_dir = directory / "parts";
    auto store = record::make_directory_store(settings, time, *log);
    asio::io_context loop;
    auto text = text_sample(count > 1 ? arguments[1] : nullptr);
    auto noise = random_sample(64 << 20);
    constexpr std::uint64_t total = 1ULL << 30;
    auto run = [&](asio::awaitable<void> what) {
        asio::co_spawn(loop, std::move(what), [](std::exception_ptr thrown) {
            if (thrown) std::rethrow_exception(thrown);
        });
        loop.run();
        loop.restart();
    };
    auto shell = text.substr(0, 8'000'000);
    run(record_shell(**store, shell, std::chrono::microseconds(20)));
    run(record_shell(**store, shell, std::chrono::microseconds(200)));
    run(record_bulk(**store, text, text.size() / (32 * 1024) * (32 * 1024), "listing"));
    run(record_bulk(**store, text, total, "text"));
    run(record_bulk(**store, noise, total, "random"));
    run(record_keys(**store));
    fs::remove_all(directory);
    return 0;
}
