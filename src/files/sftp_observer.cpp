#include "files/sftp_observer.hpp"

#include "files/refusal.hpp"
#include "files/sftp_fields.hpp"

#include <algorithm>
#include <utility>

namespace verbatim::files {
namespace {

using role = sftp_request::role;

constexpr std::uint32_t flag_append = 4;
constexpr std::uint32_t status_end_of_file = 1;
constexpr std::uint32_t newest_version = 3;
constexpr std::size_t longest_path_kept = 4096; // of a question

std::size_t names_of(const file_passed& told) { return told.path.size() + told.link_target.size(); }

std::string_view kind_of(action what)
{
    switch (what) {
    case action::open: return "file";
    case action::opendir:
    case action::mkdir:
    case action::rmdir: return "directory";
    case action::symlink: return "symlink";
    case action::link: return "hardlink";
    default: return {};
    }
}

void merge(attributes& into, const attributes& from)
{
    if (from.size) into.size = from.size;
    if (from.uid) into.uid = from.uid;
    if (from.gid) into.gid = from.gid;
    if (from.permissions) into.permissions = from.permissions;
    if (from.access_time) into.access_time = from.access_time;
    if (from.modification_time) into.modification_time = from.modification_time;
}

constexpr std::uint32_t permission_bits = 07777;

} // namespace

void sftp_observer::feed(direction way, byte_view bytes, std::vector<file_passed>& passed)
{
    passed_ = &passed;
    const bool to_target = way == direction::upload;
    auto& packets = to_target ? requests_ : answers_;
    edits_.clear();
    fed_from_ = packets.taken();
    while (!over_) {
        const auto piece = packets.next(bytes);
        if (!piece) {
            if (!packets.error().empty()) give_up(packets.error());
            break;
        }
        if (piece->what == sftp_piece::kind::content) take_content(*piece, to_target);
        else if (to_target) take_request(*piece);
        else take_answer(*piece);
    }
    passed_ = nullptr;
}

// --- what the client asks ---

void sftp_observer::take_first_request(const sftp_piece& piece)
{
    sftp_fields fields(piece.body);
    client_version_ = fields.u32();
    if (piece.type != sftp::init || !fields.ok()) give_up("it does not begin as SFTP does");
}

void sftp_observer::take_request(const sftp_piece& piece)
{
    if (!std::exchange(client_began_, true)) return take_first_request(piece);
    // Which version it is read by is not yet settled.
    if (!may_.everything() && !target_began_) return give_up("a request before the version");
    const auto asked = read_sftp_request(piece.type, piece.body);
    if (!asked)
        return give_up("a request of type " + std::to_string(piece.type) + " that cannot be read");
    if (pending_.contains(asked->id)) return give_up("a number of a request that is unanswered");
    if (pending_.size() >= most_requests || names_ > most_names)
        return give_up("too many requests without an answer");
    writes_nothing_ = false;
    if (is_refused(*asked, piece)) return;
    auto noted = note_request(*asked);
    noted.type = piece.type;
    if (noted.told) names_ += names_of(*noted.told);
    if (asked->does == role::harmless) note_question(piece.type, *asked);
    pending_.emplace(asked->id, std::move(noted));
}

std::unique_ptr<file_passed> sftp_observer::make_told(const sftp_request& asked) const
{
    auto told = std::make_unique<file_passed>();
    told->of_sftp = true;
    told->what = asked.what;
    if (asked.does == role::read || asked.does == role::write) told->what = action::open;
    told->way = asked.changes ? direction::upload : direction::download;
    told->path = asked.path;
    told->link_target = asked.target;
    told->kind = kind_of(asked.what);
    told->flags = asked.flags;
    told->attrs = asked.attrs;
    told->mode = asked.attrs.permissions.value_or(0) & permission_bits;
    if (asked.guessed) told->note = "an extension that is not understood";
    return told;
}

sftp_observer::request sftp_observer::note_request(const sftp_request& asked)
{
    request out;
    out.does = asked.does;
    out.offset = asked.offset;
    if (!asked.handle.empty()) out.file = number_of(asked.handle);
    switch (asked.does) {
    case role::open:
    case role::act:
        out.told = make_told(asked);
        if (const auto* file = find(out.file)) out.told->path = file->told.path;
        break;
    case role::close:
        // From here on the name may stand for another file.
        if (out.file != 0) handles_.erase(std::string(asked.handle));
        break;
    case role::write:
        writing_ = out.file;
        if (auto* file = find(out.file))
            file->written.begin(
                file->appends && file->written.size() != 0 ? file->written.end() : asked.offset);
        break;
    case role::copy: note_copy(asked); break;
    default: break;
    }
    return out;
}

void sftp_observer::note_copy(const sftp_request& asked)
{
    const auto* from = find(number_of(asked.handle));
    auto* to = find(number_of(asked.target));
    if (!to) return;
    constexpr std::size_t longest = 300;
    add_note(to->told.note, "content copied on the target" +
                                (from ? " from " + from->told.path.substr(0, longest) : ""));
}

void sftp_observer::note_question(std::uint8_t type, const sftp_request& asked)
{
    if (type == sftp::realpath && folder_.empty() && (asked.path == "." || asked.path.empty())) {
        folder_id_ = asked.id;
        folder_asked_ = true;
    }
    if (type != sftp::stat && type != sftp::lstat) return;
    question_id_ = asked.id;
    asked_attrs_ = {};
    asked_path_.clear();
    if (asked.path.size() <= longest_path_kept) asked_path_ = asked.path;
}

// --- what the target answers ---

void sftp_observer::take_version(const sftp_piece& piece)
{
    sftp_fields fields(piece.body);
    const auto version = std::min(fields.u32(), client_version_);
    if (piece.type != sftp::version || !fields.ok() || !client_began_)
        give_up("it does not begin as SFTP does");
    else if (version > newest_version) give_up("SFTP version " + std::to_string(version));
}

void sftp_observer::take_answer(const sftp_piece& piece)
{
    if (!std::exchange(target_began_, true)) return take_version(piece);
    sftp_fields fields(piece.body);
    const auto id = fields.u32();
    const auto found = pending_.find(id);
    if (!fields.ok() || found == pending_.end()) return give_up("an answer to no request");
    auto asked = std::move(found->second);
    pending_.erase(found);
    if (asked.told) names_ -= names_of(*asked.told);
    if (asked.refused) return refused_answered(piece);
    if (piece.what != sftp_piece::kind::data)
        return answered(asked, id, piece.type, piece.body.substr(4));
    if (asked.does != role::read) return give_up("content that was not asked for");
    reading_ = asked.file;
    if (auto* file = find(asked.file)) file->read.begin(asked.offset);
}

void sftp_observer::answered(
    request& asked, std::uint32_t id, std::uint8_t type, std::string_view body)
{
    sftp_fields fields(body);
    if (type == sftp::status) {
        const auto code = fields.u32();
        if (!fields.ok()) return give_up("a status that cannot be read");
        return status_given(asked, code);
    }
    if (asked.does == role::harmless) return question_answered(asked, id, body, type);
    const bool opens = asked.type == sftp::open || asked.type == sftp::opendir;
    if (opens && type == sftp::handle) {
        const auto handle = fields.text();
        if (!fields.ok() || handle.size() > sftp_packets::longest_handle)
            return give_up("a handle that cannot be read");
        if (asked.does == role::open) return file_opened(asked, handle);
        return tell(std::move(*asked.told));
    }
    if (asked.type == sftp::extended && type == sftp::extended_reply) {
        if (asked.told) tell(std::move(*asked.told));
        return;
    }
    give_up("an answer that does not fit its request");
}

void sftp_observer::file_opened(request& asked, std::string_view handle)
{
    if (files_.size() >= most_files || names_ > most_names) {
        asked.told->complete = false;
        asked.told->note = "too many files are open: its content is not followed";
        return tell(std::move(*asked.told));
    }
    const auto number = next_file_++;
    sftp_file file;
    file.told = std::move(*asked.told);
    file.appends = (file.told.flags & flag_append) != 0;
    if (file.told.way == direction::download && !asked_path_.empty() &&
        file.told.path == asked_path_) {
        file.told.mode = asked_attrs_.permissions.value_or(0) & permission_bits;
        file.size = asked_attrs_.size;
    }
    names_ += names_of(file.told);
    files_.emplace(number, std::move(file));
    const auto [place, is_new] = handles_.try_emplace(std::string(handle), number);
    if (is_new) return;
    close_file(place->second, false); // the target has given its handle to another
    place->second = number;
}

void sftp_observer::status_given(request& asked, std::uint32_t code)
{
    auto* file = find(asked.file);
    const auto words = sftp_status(code);
    switch (asked.does) {
    case role::read:
        if (file && code == status_end_of_file) file->read_to_end = true;
        else if (file && code != 0 && file->told.error.empty())
            file->told.error = "read: " + std::string(words);
        return;
    case role::write:
    case role::close:
    case role::copy:
        if (file && code != 0 && file->told.error.empty())
            file->told.error =
                (asked.does == role::close ? "close: " : "write: ") + std::string(words);
        if (asked.does == role::close) close_file(asked.file, true);
        return;
    case role::open:
    case role::act:
        if (asked.told->what == action::fsetstat && file && code == 0) {
            merge(file->told.attrs, asked.told->attrs);
            if (asked.told->attrs.permissions)
                file->told.mode = *asked.told->attrs.permissions & permission_bits;
            return;
        }
        asked.told->error = words;
        return tell(std::move(*asked.told));
    default: return;
    }
}

void sftp_observer::question_answered(
    const request& asked, std::uint32_t id, std::string_view body, std::uint8_t type)
{
    sftp_fields fields(body);
    if (type == sftp::name && folder_asked_ && id == folder_id_) {
        folder_asked_ = false;
        const bool one = fields.u32() == 1;
        const auto folder = fields.text();
        if (one && fields.ok() && folder.size() <= longest_path_kept) folder_ = folder;
    }
    if (type != sftp::attrs) return;
    const auto attrs = fields.attrs();
    if (!fields.ok()) return;
    if (auto* file = find(asked.file)) {
        if (attrs.permissions && file->told.way == direction::download)
            file->told.mode = *attrs.permissions & permission_bits;
        file->size = attrs.size;
    } else if (id == question_id_) {
        asked_attrs_ = attrs;
    }
}

// --- files ---

void sftp_observer::take_content(const sftp_piece& piece, bool to_target)
{
    if (auto* file = find(to_target ? writing_ : reading_))
        (to_target ? file->written : file->read).take(piece.content);
    else if (!to_target || !writes_nothing_)
        (to_target ? stray_written_ : stray_read_) += piece.content.size();
}

sftp_file* sftp_observer::find(file_number number)
{
    if (number == 0) return nullptr;
    const auto found = files_.find(number);
    return found == files_.end() ? nullptr : &found->second;
}

sftp_observer::file_number sftp_observer::number_of(std::string_view handle) const
{
    if (handle.empty() || handle.size() > sftp_packets::longest_handle) return 0;
    const auto found = handles_.find(std::string(handle));
    return found == handles_.end() ? 0 : found->second;
}

void sftp_observer::close_file(file_number number, bool closed)
{
    const auto found = files_.find(number);
    if (found == files_.end()) return;
    names_ -= names_of(found->second.told);
    auto told = found->second.finish(closed);
    files_.erase(found);
    tell(std::move(told));
}

void sftp_observer::tell(file_passed told)
{
    told.folder = folder_;
    passed_->push_back(std::move(told));
}

void sftp_observer::tell_unanswered()
{
    for (auto& [id, asked] : pending_) {
        if (!asked.told) continue;
        asked.told->complete = false;
        asked.told->error = "not answered";
        tell(std::move(*asked.told));
    }
    pending_.clear();
    while (!files_.empty()) close_file(files_.begin()->first, false);
    handles_.clear();
    tell_stray(direction::upload, std::exchange(stray_written_, 0));
    tell_stray(direction::download, std::exchange(stray_read_, 0));
}

void sftp_observer::tell_stray(direction way, std::uint64_t size)
{
    if (size == 0) return;
    file_passed told;
    told.of_sftp = true;
    told.way = way;
    told.what = action::open; // of files: the only kind of event that has room for a size
    told.complete = false;
    told.size = size;
    told.note = "content of files that are not followed";
    tell(std::move(told));
}

void sftp_observer::give_up(std::string_view why)
{
    over_ = true;
    tell_unanswered();
    auto told = not_understood(direction::upload, why);
    told.of_sftp = true;
    told.what = action::unknown;
    if (!may_.everything()) {
        told.refused = true;
        refusal_ = not_understood_line(may_);
    }
    tell(std::move(told));
}

void sftp_observer::end(std::vector<file_passed>& passed)
{
    passed_ = &passed;
    tell_unanswered();
    over_ = true;
    passed_ = nullptr;
}

} // namespace verbatim::files
