#include "session/file_watch.hpp"

#include <exception>
#include <utility>

namespace verbatim::session {
namespace {

// It is repeated in every file's event; the exec event has the whole.
constexpr std::size_t command_limit = 1024;

wire::file_transfer to_event(files::file_passed&& from, const std::string& command)
{
    wire::file_transfer out;
    out.upload = from.way == files::direction::upload;
    out.command = command;
    out.path = std::move(from.path);
    out.error = std::move(from.error);
    out.len = from.size;
    out.mode = from.mode;
    out.sha256 = std::move(from.sha256);
    out.kind = std::move(from.kind);
    out.link_target = std::move(from.link_target);
    out.complete = from.complete;
    return out;
}

} // namespace

file_watch::file_watch(std::unique_ptr<files::observer> observer, std::string command, logger& log)
    : observer_(std::move(observer)), command_(std::move(command)), log_(&log)
{
    if (command_.size() > command_limit) command_.replace(command_limit, command_.npos, "...");
}

template <class Ask>
std::vector<wire::file_transfer> file_watch::ask(Ask ask)
{
    std::vector<wire::file_transfer> out;
    if (!observer_) return out;
    try {
        std::vector<files::file_passed> passed;
        ask(*observer_, passed);
        out.reserve(passed.size());
        for (auto& file : passed) out.push_back(to_event(std::move(file), command_));
    } catch (const std::exception& e) {
        log_->error("the files of a session are not followed further", {{"what", e.what()}});
        observer_.reset();
    }
    return out;
}

std::vector<wire::file_transfer> file_watch::feed(files::direction way, byte_view bytes)
{
    return ask([&](files::observer& observer, auto& passed) { observer.feed(way, bytes, passed); });
}

std::vector<wire::file_transfer> file_watch::end()
{
    auto out = ask([](files::observer& observer, auto& passed) { observer.end(passed); });
    observer_.reset();
    return out;
}

} // namespace verbatim::session
