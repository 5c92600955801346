#include "session/file_watch.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace verbatim::session {
namespace {

// It is repeated in every file's event; the exec event has the whole.
constexpr std::size_t command_limit = 1024;

wire::sftp_action to_wire(files::action what)
{
    using files::action;
    using wire::sftp_action;
    switch (what) {
    case action::open: return sftp_action::open;
    case action::setstat: return sftp_action::setstat;
    case action::fsetstat: return sftp_action::fsetstat;
    case action::opendir: return sftp_action::opendir;
    case action::remove: return sftp_action::remove;
    case action::mkdir: return sftp_action::mkdir;
    case action::rmdir: return sftp_action::rmdir;
    case action::rename: return sftp_action::rename;
    case action::symlink: return sftp_action::symlink;
    case action::link: return sftp_action::link;
    case action::transfer:
    case action::unknown: return sftp_action::none;
    }
    return sftp_action::none;
}

wire::sftp_attributes to_wire(const files::attributes& from)
{
    wire::sftp_attributes out{from.size, from.uid, from.gid, from.permissions, {}, {}};
    const auto time = [](std::uint32_t seconds) {
        return wall_time(std::chrono::seconds(seconds));
    };
    if (from.access_time) out.access_time = time(*from.access_time);
    if (from.modification_time) out.modification_time = time(*from.modification_time);
    return out;
}

wire::event to_sftp(files::file_passed&& from)
{
    wire::sftp out;
    out.working_directory = std::move(from.folder);
    out.path = std::move(from.path);
    out.target_path = std::move(from.link_target);
    out.flags = from.flags;
    out.attributes = to_wire(from.attrs);
    out.action = to_wire(from.what);
    out.error = std::move(from.error);
    out.upload = from.way == files::direction::upload;
    out.len = from.size;
    out.mode = from.mode;
    out.sha256 = std::move(from.sha256);
    out.read_len = from.read_size;
    out.read_sha256 = std::move(from.read_sha256);
    out.complete = from.complete;
    out.note = std::move(from.note);
    out.refused = from.refused;
    return out;
}

wire::event to_event(files::file_passed&& from, const std::string& command)
{
    if (from.of_sftp) return to_sftp(std::move(from));
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
    out.note = std::move(from.note);
    out.refused = from.refused;
    return out;
}

} // namespace

file_watch::file_watch(std::unique_ptr<files::observer> observer, std::string command,
    files::permitted may, logger& log)
    : observer_(std::move(observer)), command_(std::move(command)), refusal_(observer_->refusal()),
      may_(may), log_(&log)
{
    if (command_.size() > command_limit) command_.replace(command_limit, command_.npos, "...");
}

template <class Ask>
std::vector<wire::event> file_watch::ask(Ask ask)
{
    std::vector<wire::event> out;
    if (!observer_) return out;
    try {
        std::vector<files::file_passed> passed;
        ask(*observer_, passed);
        out.reserve(passed.size());
        for (auto& file : passed) {
            if (file.refused && !std::exchange(warned_, true)) warning_ = file.error;
            out.push_back(to_event(std::move(file), command_));
        }
        if (refusal_.empty()) refusal_ = observer_->refusal();
    } catch (const std::exception& e) {
        log_->error("the files of a session are not followed further", {{"what", e.what()}});
        observer_.reset();
        if (!may_.everything())
            refusal_ = "its files cannot be followed, and not all may be copied";
    }
    return out;
}

std::vector<wire::event> file_watch::feed(files::direction way, byte_view bytes)
{
    return ask([&](files::observer& observer, auto& passed) { observer.feed(way, bytes, passed); });
}

std::vector<wire::event> file_watch::end()
{
    auto out = ask([](files::observer& observer, auto& passed) { observer.end(passed); });
    observer_.reset();
    return out;
}

} // namespace verbatim::session
