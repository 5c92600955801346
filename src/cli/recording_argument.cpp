#include "cli/recording_argument.hpp"

#include <verbatim/base/text.hpp>

#include <ostream>

namespace verbatim::cli {

namespace {

std::string explain(const error_code& error, const std::string& name)
{
    const auto shown = "`" + escape_for_log(name) + "`";
    if (error == errc::limit_reached)
        return shown + " begins several session ids; give more characters of it";
    if (error == errc::malformed)
        return shown + " is neither a file nor a session id (at least its first 8 characters); see "
                       "`verbatim ls`";
    if (error == errc::access_denied)
        return "recording " + shown + " may not be read by you; try as root";
    if (error == errc::io_error) return "recording " + shown + " cannot be read";
    return "there is no recording " + shown + "; see `verbatim ls`";
}

} // namespace

std::optional<replay::located_recording> find_recording(
    const context& context, const std::string& name, int& code)
{
    replay::recording_places places;
    const auto nowhere = replay::locate_recording(places, name);
    const bool understood = nowhere || nowhere.error() != errc::malformed;
    if (understood && !replay::names_a_file(name)) {
        const auto settings = load_settings(context);
        if (!settings) {
            code = usage;
            return std::nullopt;
        }
        places = replay::places_of(settings->data_dir, settings->audit_sessions_uri);
    }
    const auto found = replay::locate_recording(places, name);
    auto error = found ? error_code{} : found.error();
    if (found) {
        if (const auto opened = replay::file_source::open(found->path); !opened)
            error = opened.error();
    }
    if (error) {
        code = fail(context, explain(error, found ? found->path.string() : name));
        return std::nullopt;
    }
    if (!found->finished)
        context.err << "verbatim: this session is still running (or was cut by a crash); this is "
                       "its recording so far\n"
                    << std::flush;
    return *found;
}

int report_fault(const context& context, const replay::located_recording& recording,
    const error_code& fault, const wire::recording_verdict* verdict)
{
    std::string message = escape_for_log(recording.path.string());
    if (fault == errc::closed) return fail(context, "the output cannot be written");
    // A running one ends in the middle of a part, as it must; that was said at its start.
    if (!recording.finished && fault == errc::truncated) return done;
    if (fault == errc::encrypted)
        return fail(context, message + " is encrypted; there is no key here");
    message += fault == errc::truncated ? " is cut" : " is damaged";
    message += ": " + fault.message();
    if (verdict)
        message += "; sound were " + std::to_string(verdict->records) +
                   " records, and whole parts up to byte " + std::to_string(verdict->sound_bytes);
    return fail(context, message);
}

} // namespace verbatim::cli
