#include <verbatim/cli/commands.hpp>

#include "cli/log_scan.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/base/text_table.hpp>
#include <verbatim/replay/recording_file.hpp>
#include <verbatim/replay/session_table.hpp>
#include <verbatim/replay/time_spec.hpp>

#include <CLI/CLI.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <ostream>

namespace verbatim::cli {
namespace {

using replay::session_row;

/// "1.2 MB"; whole bytes below 1000.
std::string human_size(std::uint64_t bytes)
{
    if (bytes < 1000) return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes);
    std::string_view units = "kMGTPE";
    for (value /= 1000; value >= 999.95 && units.size() > 1; value /= 1000) units.remove_prefix(1);
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %cB", value, units.front());
    return text;
}

class ls final : public command {
public:
    std::string_view name() const override { return "ls"; }
    std::string_view summary() const override { return "List finished and running sessions"; }
    std::string_view examples() const override
    {
        return "  verbatim ls                               all, the newest last\n"
               "  verbatim ls --from -1d --user alice       hers since yesterday\n"
               "  verbatim ls --kind exec --target web1 --json\n"
               "\n"
               "Kinds: ssh, kube, shell, exec, subsystem, attach, port-forward. Times: as for\n"
               "`verbatim events`. The target of a kube session is its cluster; its pod is taken\n"
               "too.\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_option("--from", from_, "Begun not before this time")->type_name("T");
        app.add_option("--to", to_, "Begun before this time")->type_name("T");
        app.add_option("--user", user_, "This proxy user's");
        app.add_option("--target", target_, "At this target, cluster or pod");
        app.add_option("--kind", kinds_, "Of these kinds")
            ->delimiter(',')
            ->check(CLI::IsMember(
                {"ssh", "kube", "shell", "exec", "subsystem", "attach", "port-forward"}));
        app.add_flag("--json", json_, "One JSON object a line");
    }
    int run(const context& context) override;

private:
    bool wanted(const session_row& row) const;
    void write_json(std::ostream& out, const std::vector<session_row>& rows) const;
    void write_table(std::ostream& out, const std::vector<session_row>& rows) const;

    replay::event_filter times_;
    std::string from_, to_, user_, target_;
    std::vector<std::string> kinds_;
    bool json_ = false;
};

bool ls::wanted(const session_row& row) const
{
    if (times_.from && row.start < *times_.from) return false;
    if (times_.to && row.start >= *times_.to) return false;
    if (!user_.empty() && row.user != user_) return false;
    if (!target_.empty() && row.target != target_ && row.pod != target_) return false;
    if (kinds_.empty()) return true;
    return std::ranges::any_of(
        kinds_, [&](const auto& kind) { return kind == row.kind || kind == row.protocol; });
}

std::optional<std::chrono::microseconds> duration_of(const session_row& row)
{
    auto end = row.end;
    if (row.what == session_row::state::running) end = system_clock().wall_now();
    if (!end || row.start == wall_time{} || *end < row.start) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::microseconds>(*end - row.start);
}

void ls::write_json(std::ostream& out, const std::vector<session_row>& rows) const
{
    for (const auto& row : rows) {
        boost::json::object object;
        object["sid"] = row.sid;
        object["state"] = to_string(row.what);
        if (row.start != wall_time{}) object["start"] = to_rfc3339(row.start);
        if (row.end) object["stop"] = to_rfc3339(*row.end);
        if (const auto duration = duration_of(row)) object["duration_us"] = duration->count();
        object["user"] = row.user;
        object["login"] = row.login;
        object["target"] = row.target;
        object["proto"] = row.protocol;
        object["kind"] = row.kind;
        if (!row.pod.empty()) object["kubernetes_pod_name"] = row.pod;
        if (!row.pod_namespace.empty()) object["kubernetes_pod_namespace"] = row.pod_namespace;
        if (!row.container.empty()) object["kubernetes_container_name"] = row.container;
        if (!row.command.empty()) object["command"] = row.command;
        if (!row.reason.empty()) object["reason"] = row.reason;
        object["addr.remote"] = row.remote_addr;
        object["tx"] = row.tx;
        object["rx"] = row.rx;
        object["recording_bytes"] = row.recording_bytes;
        out << boost::json::serialize(object) << '\n';
    }
}

void ls::write_table(std::ostream& out, const std::vector<session_row>& rows) const
{
    std::vector<std::vector<std::string>> cells = {
        {"SESSION", "START", "DURATION", "USER", "LOGIN@TARGET", "KIND", "BYTES", "STATE", ""}};
    for (const auto& row : rows) {
        const auto duration = duration_of(row);
        const auto start = row.start == wall_time{}
                               ? "-"
                               : to_rfc3339(std::chrono::floor<std::chrono::seconds>(row.start));
        cells.push_back(
            {escape_for_log(row.sid), start, duration ? replay::to_clock_text(*duration) : "-",
                row.user.empty() ? "-" : escape_for_log(row.user), escape_for_log(place_text(row)),
                row.kind, human_size(row.tx + row.rx), std::string(to_string(row.what)),
                escape_for_log(row.command, 60)});
    }
    out << aligned(cells);
}

/// The recordings of a directory by session id, with their sizes.
std::map<std::string, std::uint64_t> files_of(
    const std::filesystem::path& directory, std::string_view extension)
{
    std::map<std::string, std::uint64_t> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto& path = entry->path();
        std::error_code gone; // it may have been finished just now
        const auto size = entry->file_size(gone);
        if (!gone && path.extension() == extension && session_id::parse(path.stem().string()))
            found.emplace(path.stem().string(), size);
    }
    return found;
}

int ls::run(const context& context)
{
    int code = done;
    if (!read_times(context, from_, to_, times_, code)) return code;
    const auto settings = load_settings(context);
    if (!settings) return usage;
    const auto places = replay::places_of(settings->data_dir, settings->audit_sessions_uri);
    // Running ones first: what ends while the log is read must not look unfinished.
    const auto running = files_of(places.running, ".part");

    log_scan scan;
    scan.directory = replay::log_directory_of(settings->data_dir, settings->audit_events_uri);
    scan.filter.from = times_.from;
    scan.filter.types = {
        "session.start", "session.end", "session.data", "exec", "subsystem", "port"};
    replay::session_table table;
    code = scan_log(context, scan, [&](std::string_view, const wire::parsed_line& line) {
        table.add(line);
        return true;
    });
    auto rows = table.rows(files_of(places.finished, ".tar"), running);
    std::erase_if(rows, [&](const session_row& row) { return !wanted(row); });
    if (json_) write_json(context.out, rows);
    else write_table(context.out, rows);
    context.out.flush();
    return context.out ? code : fail(context, "the output cannot be written");
}

} // namespace

std::unique_ptr<command> make_ls() { return std::make_unique<ls>(); }

} // namespace verbatim::cli
