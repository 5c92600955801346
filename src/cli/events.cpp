#include <verbatim/cli/commands.hpp>

#include "cli/log_scan.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/base/text_table.hpp>
#include <verbatim/replay/session_table.hpp>

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <ostream>

namespace verbatim::cli {
namespace {

constexpr std::size_t time_columns = 24, type_columns = 19, user_columns = 12, sid_columns = 8,
                      target_columns = 20;

/// Code letters say how grave an event is: T2000I, T3007W, T3002E.
std::string_view colour_of(std::string_view code) noexcept
{
    if (code.ends_with('E')) return "\x1b[31m";
    if (code.ends_with('W')) return "\x1b[33m";
    return "";
}

/// What is worth a look beside the columns, by the members a line has.
std::string details_of(const wire::parsed_line& line)
{
    std::string details;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        if (!details.empty()) details.push_back(' ');
        details.append(name).append("=").append(escape_for_log(value));
    };
    add("from", line.remote_addr);
    add("command", replay::command_text(line.list("initial_command")));
    for (const std::string_view key : {"verb", "request_path", "response_code", "action", "path",
             "kind", "link_target", "len", "sha256", "command", "exitCode", "exitError", "name",
             "size", "method", "addr", "tx", "rx", "mode", "error", "message", "reason", "refused",
             "max", "repeated", "sink", "first", "last", "bytes_dropped"})
        add(key, line.text(key));
    if (line.text("complete") == "false") add("complete", "false");
    return details;
}

/// "root@web1"; for Kubernetes "shop/cart-0@prod".
std::string target_of(const wire::parsed_line& line)
{
    if (const std::string cluster(line.text("kubernetes_cluster")); !cluster.empty()) {
        const auto pod = replay::pod_text(
            line.text("kubernetes_pod_namespace"), line.text("kubernetes_pod_name"));
        return pod.empty() ? cluster : pod + '@' + cluster;
    }
    const auto& host = line.server_hostname.empty() ? line.server_addr : line.server_hostname;
    return host.empty() ? line.login : line.login + '@' + host;
}

class events final : public command {
public:
    std::string_view name() const override { return "events"; }
    std::string_view summary() const override { return "Search the audit log"; }
    std::string_view examples() const override
    {
        return "  verbatim events --from -1h                      the last hour\n"
               "  verbatim events --from 2026-11-23 --to 2026-11-24 --user alice\n"
               "  verbatim events --type auth,session.rejected    what was refused\n"
               "  verbatim events --type scp,kube.request         files that passed, API requests\n"
               "  verbatim events --sid 7d0c3a52 --format json    one session, as it was logged\n"
               "  verbatim events --follow                        and what comes from now on\n"
               "\n"
               "Times: RFC 3339, a day (UTC), or a duration back from now (-1h, 30m).\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_option("--from", from_, "Not before this time")->type_name("T");
        app.add_option("--to", to_, "Before this time")->type_name("T");
        app.add_option("--type", types_, "These types only")->delimiter(',')->type_name("TYPE,...");
        app.add_option("--user", scan_.filter.user, "This proxy user only");
        app.add_option(
            "--sid", scan_.filter.sid, "This session only; its first characters will do");
        app.add_flag("-f,--follow", scan_.follow, "Go on with what happens from now on");
        app.add_option("--format", format_, "How to show them")
            ->check(CLI::IsMember({"table", "json"}));
    }
    int run(const context& context) override;

private:
    static void write_row(std::ostream& out, const wire::parsed_line& line, bool coloured);

    log_scan scan_;
    std::string from_, to_, format_ = "table";
    std::vector<std::string> types_;
};

void events::write_row(std::ostream& out, const wire::parsed_line& line, bool coloured)
{
    std::string row;
    append_padded(row, to_rfc3339(line.time), time_columns + 2);
    const auto colour = coloured ? colour_of(line.code) : std::string_view{};
    row.append(colour);
    append_padded(row, escape_for_log(line.type), type_columns + 2);
    if (!colour.empty()) row.append("\x1b[0m");
    append_padded(row, line.user.empty() ? "-" : escape_for_log(line.user), user_columns + 2);
    append_padded(row, line.sid.empty() ? "-" : escape_for_log(line.sid.substr(0, sid_columns)),
        sid_columns + 2);
    const auto target = target_of(line);
    append_padded(row, target.empty() ? "-" : escape_for_log(target), target_columns + 2);
    row.append(details_of(line));
    row.erase(row.find_last_not_of(' ') + 1);
    row.push_back('\n');
    out << row;
}

int events::run(const context& context)
{
    int code = done;
    if (!read_times(context, from_, to_, scan_.filter, code)) return code;
    const auto settings = load_settings(context);
    if (!settings) return usage;
    scan_.filter.types = {types_.begin(), types_.end()};
    scan_.directory = replay::log_directory_of(settings->data_dir, settings->audit_events_uri);
    const bool coloured = ::isatty(STDOUT_FILENO) == 1;
    const bool table = format_ == "table";
    if (table) {
        std::string head;
        append_padded(head, "TIME", time_columns + 2);
        append_padded(head, "EVENT", type_columns + 2);
        append_padded(head, "USER", user_columns + 2);
        append_padded(head, "SESSION", sid_columns + 2);
        append_padded(head, "LOGIN@TARGET", target_columns + 2);
        context.out << head << "DETAILS\n";
    }
    code = scan_log(context, scan_, [&](std::string_view raw, const wire::parsed_line& line) {
        if (table) write_row(context.out, line, coloured);
        // Logged JSON holds no control characters, but another writer's might.
        else if (coloured) context.out << escape_for_log(raw, raw.size()) << '\n';
        else context.out << raw << '\n';
        return static_cast<bool>(context.out);
    });
    context.out.flush();
    return context.out ? code : fail(context, "the output cannot be written");
}

} // namespace

std::unique_ptr<command> make_events() { return std::make_unique<events>(); }

} // namespace verbatim::cli
