#include <verbatim/audit/audit_sink.hpp>

#include <verbatim/base/text.hpp>

namespace verbatim::audit {
namespace {

constexpr std::string_view file_scheme = "file://";

bool takes_prefix(std::string_view& text, std::string_view prefix)
{
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

result<std::unique_ptr<audit_sink>> make_file_sink(
    std::string_view rest, const clock& clock, std::string& why)
{
    takes_prefix(rest, "localhost");
    if (!rest.starts_with('/') || rest.find_first_of("?#") != rest.npos) {
        why = "a file sink is file:///absolute/directory, without host, query or fragment";
        return errc::malformed;
    }
    auto sink = make_directory_sink(std::filesystem::path(rest), clock);
    if (!sink)
        why =
            "cannot open the audit log in " + escape_for_log(rest) + ": " + sink.error().message();
    return sink;
}

} // namespace

result<std::unique_ptr<audit_sink>> make_sink(
    std::string_view uri, const clock& clock, std::string& why)
{
    auto rest = uri;
    if (takes_prefix(rest, file_scheme)) return make_file_sink(rest, clock, why);
    if (uri == "stdout://") return make_stdout_sink();
    why = "unknown audit sink '" + escape_for_log(uri) + "': use file:///directory or stdout://";
    return errc::malformed;
}

} // namespace verbatim::audit
