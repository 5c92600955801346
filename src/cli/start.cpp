#include <verbatim/cli/commands.hpp>

#include "cli/data_directory.hpp"

#include <verbatim/audit/audit_log.hpp>
#include <verbatim/record/directory_store.hpp>
#include <verbatim/record/repair.hpp>
#include <verbatim/server/server.hpp>

#include <CLI/CLI.hpp>

#include <csignal>
#include <ostream>

namespace verbatim::cli {
namespace {

// Events that nobody waits for are kept for company by the audit log's thread and by each sink's:
// a crash may cost those of twice as long.
constexpr std::chrono::milliseconds audit_linger{10};

/// The directory that `file://` names; empty: another kind of store.
std::filesystem::path directory_of(std::string_view uri)
{
    constexpr std::string_view scheme = "file://";
    if (!uri.starts_with(scheme)) return {};
    return std::filesystem::path(uri.substr(scheme.size()));
}

class start final : public command {
public:
    std::string_view name() const override { return "start"; }
    std::string_view summary() const override { return "Run the proxy in the foreground"; }
    std::string_view examples() const override
    {
        return "  verbatim start                          the default configuration\n"
               "  verbatim start -c ./verbatim.yaml       another one\n"
               "\n"
               "Prints `ready` with its listeners once it serves. SIGHUP reads users, roles and\n"
               "targets again; SIGTERM lets sessions drain, then ends. Exit codes: 0 ended as "
               "asked,\n"
               "1 could not start, 2 the configuration has problems.\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_flag("--debug", debug_, "Log more, to standard error");
    }
    int run(const context& context) override;

private:
    bool debug_ = false;
};

/// Every audit_events_uri as a sink; directories and what else holds events durably are required.
std::optional<std::vector<audit::sink_entry>> open_sinks(
    const context& context, const config::settings& settings, const clock& time)
{
    auto uris = settings.audit_events_uri;
    if (uris.empty()) uris.push_back("file://" + (settings.data_dir / "log").string());
    std::vector<audit::sink_entry> sinks;
    for (const auto& uri : uris) {
        std::string why;
        auto sink = audit::make_sink(uri, time, why);
        if (!sink) {
            std::ignore = fail(context,
                "audit_events_uri " + uri + ": " + (why.empty() ? sink.error().message() : why));
            return {};
        }
        const bool is_stdout = uri.starts_with("stdout:");
        sinks.push_back({std::move(*sink),
            is_stdout ? audit::sink_role::best_effort : audit::sink_role::required});
    }
    return sinks;
}

record::directory_store_settings store_settings(const config::settings& settings)
{
    record::directory_store_settings out;
    const auto given = directory_of(settings.audit_sessions_uri);
    out.records_dir = given.empty() ? settings.data_dir / "log/records" : given;
    out.in_progress_dir = settings.data_dir / "log/upload/streaming/default";
    out.free_space_floor = settings.free_space_floor_bytes;
    return out;
}

void report_repaired(const record::directory_store_settings& store, audit::audit_log& audit,
    const config::settings& settings, logger& log)
{
    for (auto& found : record::repair_unfinished(store.in_progress_dir, store.records_dir, log)) {
        log.warning("finished a recording that a crash had left",
            {{"session", found.session.to_string()}, {"file", found.path.string()},
                {"dropped_bytes", found.bytes_dropped}});
        wire::recording_repaired event;
        if (found.end) event.header = found.end->header;
        event.header.session = found.session;
        event.header.metadata = {};
        event.header.metadata.cluster_name = settings.cluster_name;
        event.bytes_dropped = found.bytes_dropped;
        const bool accepted =
            (!found.end || audit.post(std::move(*found.end))) && audit.post(std::move(event));
        if (!accepted)
            log.error("an audit event was not accepted", {{"session", found.session.to_string()}});
    }
}

int start::run(const context& context)
{
    auto settings = load_settings_and_tell(context);
    if (!settings) return usage;
    // A reader of our standard output that goes away must not end the proxy.
    std::signal(SIGPIPE, SIG_IGN);
    server::hold_signals();

    const system_clock time;
    const auto log = make_stderr_logger(debug_ ? log_level::debug : log_level::info);
    std::string why;
    auto data = data_directory::open(settings->data_dir, why);
    if (!data) return fail(context, why);
    settings->server_id = data->server_id();
    const auto keys = ssh::key_store::load(settings->data_dir, settings->ssh.host_key_types, why);
    if (!keys) return fail(context, why);
    auto sinks = open_sinks(context, *settings, time);
    if (!sinks) return failed;

    audit::audit_log_settings audit_settings;
    audit_settings.cluster_name = settings->cluster_name;
    audit_settings.server_id = settings->server_id;
    audit_settings.linger = audit_linger;
    const auto audit = audit::make_audit_log(audit_settings, std::move(*sinks), time, *log);
    const auto store_paths = store_settings(*settings);
    const auto store = record::make_directory_store(store_paths, time, *log);
    if (!store)
        return fail(context, store_paths.records_dir.string() + " or " +
                                 store_paths.in_progress_dir.string() +
                                 " cannot be made: " + store.error().message());
    report_repaired(store_paths, *audit, *settings, *log);

    const server::server_parts parts{*keys, **store, *audit, time, *log,
        [&context] { return load_settings(context); },
        [&context](const std::string& line) { context.out << line << std::endl; }};
    try {
        server::make_server(std::move(*settings), parts)->run();
    } catch (const std::runtime_error& e) {
        return fail(context, e.what());
    }
    return done;
}

} // namespace

std::unique_ptr<command> make_start() { return std::make_unique<start>(); }

} // namespace verbatim::cli
