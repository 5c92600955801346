// What audit events cost: durable commits per second with 1 and with 64 coroutines committing at a
// time, CPU time for each, and serialising alone. `bench_audit_bench [DIRECTORY]` (default: a new
// one below the current directory, removed afterwards).

#include <verbatim/audit/audit_log.hpp>
#include <verbatim/wire/event_json.hpp>
#include <verbatim/wire/event_line.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>

namespace {

namespace asio = boost::asio;
using namespace verbatim;
using seconds = std::chrono::duration<double>;

wire::event sample()
{
    wire::session_start start;
    start.header.user = {"alice", "root", {"admin"}};
    start.header.session = session_id::random();
    start.header.server = {"f1a0c9d2-3a49-4f6f-9d0e-6f1d2b7c8e90", "web1", "10.0.4.17:22",
        {{"env", "prod"}, {"team", "web"}}};
    start.header.connection = {"10.0.1.5:3022", "198.51.100.7:51514", "ssh", 7};
    start.size = wire::terminal_size{120, 40};
    return start;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

asio::awaitable<void> commit_many(audit::audit_log& log, wire::event event, int count)
{
    for (int i = 0; i < count; ++i) {
        auto committed = log.commit(event);
        if (!co_await std::move(committed)) std::abort();
    }
}

void measure_commits(const std::filesystem::path& directory, int concurrent, int each)
{
    const system_clock time;
    const auto log = make_stderr_logger(log_level::warning);
    std::vector<audit::sink_entry> sinks;
    sinks.push_back({audit::make_directory_sink(directory, time).value()});
    audit::audit_log_settings settings;
    settings.cluster_name = "example";
    auto audit = audit::make_audit_log(std::move(settings), std::move(sinks), time, *log);
    asio::io_context loop(1);
    for (int i = 0; i < concurrent; ++i)
        asio::co_spawn(loop, commit_many(*audit, sample(), each), [](std::exception_ptr failed) {
            if (failed) std::rethrow_exception(failed);
        });
    const auto began = std::chrono::steady_clock::now();
    const auto cpu = cpu_seconds();
    loop.run();
    const double took = seconds(std::chrono::steady_clock::now() - began).count();
    const int events = concurrent * each;
    std::printf("durable commits, %2d at a time: %8.0f events/s, %5.1f us CPU each\n", concurrent,
        events / took, (cpu_seconds() - cpu) * 1e6 / events);
}

void measure_lines()
{
    constexpr int count = 200'000;
    auto event = sample();
    wire::header_of(event).metadata.time = to_milliseconds(system_clock().wall_now());
    std::size_t bytes = 0;
    auto cpu = cpu_seconds();
    for (int i = 0; i < count; ++i) bytes += wire::to_json_line(event, 1).size();
    std::printf("serialising: %8.0f events/s (%zu bytes each)\n", count / (cpu_seconds() - cpu),
        bytes / count);
    const auto line = wire::to_json_line(event, 1);
    cpu = cpu_seconds();
    for (int i = 0; i < count; ++i)
        if (!wire::parse_event_line(line)) std::abort();
    std::printf("reading:     %8.0f events/s\n", count / (cpu_seconds() - cpu));
}

} // namespace

int main(int argc, char** argv)
{
    const std::filesystem::path directory = argc > 1 ? argv[1] : "audit-bench.tmp";
    measure_lines();
    measure_commits(directory, 1, 500);
    measure_commits(directory, 64, 500);
    measure_commits(directory, 512, 100);
    if (argc < 2) std::filesystem::remove_all(directory);
}
