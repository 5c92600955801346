#include "files/sftp_request.hpp"

#include "files/sftp_fields.hpp"
#include "files/sftp_packets.hpp"

#include <algorithm>
#include <array>

namespace verbatim::files {
namespace {

using role = sftp_request::role;

constexpr std::uint32_t flag_read = 1, flag_write = 2, flag_append = 4, flag_create = 8,
                        flag_truncate = 16;

void read_open(sftp_request& out, sftp_fields& fields)
{
    out.does = role::open;
    out.what = action::open;
    out.path = fields.text();
    out.flags = fields.u32();
    out.attrs = fields.attrs();
    out.changes = (out.flags & (flag_write | flag_append | flag_create | flag_truncate)) != 0;
    // Some servers set them on a file that was there before.
    out.changes = out.changes || out.attrs.access_time || out.attrs.uid;
    // To OpenSSH's server, what is not opened to write alone is opened to read.
    out.reveals = (out.flags & flag_read) != 0 || (out.flags & flag_write) == 0;
}

void act(sftp_request& out, action what)
{
    out.does = role::act;
    out.what = what;
    out.changes = what != action::opendir;
}

void one_path(sftp_request& out, sftp_fields& fields, action what)
{
    act(out, what);
    out.path = fields.text();
}

void two_paths(sftp_request& out, sftp_fields& fields, action what)
{
    one_path(out, fields, what);
    out.target = fields.text();
}

bool is_harmless_extension(std::string_view name)
{
    constexpr std::array<std::string_view, 9> names = {"statvfs@openssh.com",
        "fstatvfs@openssh.com", "fsync@openssh.com", "limits@openssh.com",
        "expand-path@openssh.com", "users-groups-by-id@openssh.com", "home-directory", "vendor-id",
        "space-available"};
    return std::ranges::find(names, name) != names.end();
}

void read_copy(sftp_request& out, sftp_fields& fields)
{
    out.does = role::copy;
    out.changes = true;
    out.handle = fields.text();
    fields.u64(); // from
    fields.u64(); // length
    out.target = fields.text();
    fields.u64(); // to
}

void read_extended(sftp_request& out, sftp_fields& fields)
{
    const auto name = fields.text();
    if (name == "posix-rename@openssh.com") return two_paths(out, fields, action::rename);
    if (name == "hardlink@openssh.com") {
        two_paths(out, fields, action::link);
        std::swap(out.path, out.target); // the new name comes second
        return;
    }
    if (name == "lsetstat@openssh.com") {
        one_path(out, fields, action::setstat);
        out.attrs = fields.attrs();
        return;
    }
    if (name == "copy-data") return read_copy(out, fields);
    if (is_harmless_extension(name)) return;
    act(out, action::unknown);
    out.path = name;
    out.guessed = out.reveals = true;
}

bool is_question(std::uint8_t type)
{
    constexpr std::array<std::uint8_t, 6> types = {
        sftp::lstat, sftp::fstat, sftp::readdir, sftp::realpath, sftp::stat, sftp::readlink};
    return std::ranges::find(types, type) != types.end();
}

} // namespace

std::optional<sftp_request> read_sftp_request(std::uint8_t type, std::string_view body)
{
    sftp_fields fields(body);
    sftp_request out;
    out.id = fields.u32();
    switch (type) {
    case sftp::open: read_open(out, fields); break;
    case sftp::close:
        out.does = role::close;
        out.handle = fields.text();
        break;
    case sftp::read:
    case sftp::write:
        out.does = type == sftp::read ? role::read : role::write;
        (type == sftp::read ? out.reveals : out.changes) = true;
        out.handle = fields.text();
        out.offset = fields.u64();
        fields.u32(); // length
        break;
    case sftp::setstat:
        one_path(out, fields, action::setstat);
        out.attrs = fields.attrs();
        break;
    case sftp::fsetstat:
        act(out, action::fsetstat);
        out.handle = fields.text();
        out.attrs = fields.attrs();
        break;
    case sftp::opendir: one_path(out, fields, action::opendir); break;
    case sftp::remove: one_path(out, fields, action::remove); break;
    case sftp::mkdir:
        one_path(out, fields, action::mkdir);
        out.attrs = fields.attrs();
        break;
    case sftp::rmdir: one_path(out, fields, action::rmdir); break;
    case sftp::rename: two_paths(out, fields, action::rename); break;
    case sftp::symlink:
        // OpenSSH's order, which its clients keep to: where it points to, then its own name.
        two_paths(out, fields, action::symlink);
        std::swap(out.path, out.target);
        break;
    case sftp::extended: read_extended(out, fields); break;
    default:
        if (!is_question(type)) return std::nullopt;
        (type == sftp::fstat || type == sftp::readdir ? out.handle : out.path) = fields.text();
    }
    if (!fields.ok()) return std::nullopt;
    return out;
}

std::string_view sftp_status(std::uint32_t code)
{
    constexpr std::array<std::string_view, 9> words = {"", "end of file", "no such file",
        "permission denied", "failure", "bad message", "no connection", "connection lost",
        "operation unsupported"};
    return code < words.size() ? words[code] : "unknown status";
}

} // namespace verbatim::files
