// What of an SFTP session is not permitted, and what happens to it.
#include "files/refusal.hpp"
#include "files/sftp_fields.hpp"
#include "files/sftp_observer.hpp"

#include <utility>

namespace verbatim::files {
namespace {

using role = sftp_request::role;

constexpr std::uint8_t status_permission_denied = 3;

} // namespace

bool sftp_observer::is_refused(const sftp_request& asked, const sftp_piece& piece)
{
    const bool up = asked.changes && !may_.upload, down = asked.reveals && !may_.download;
    if (!up && !down) return false;
    auto told = make_told(asked);
    if (const auto* file = find(number_of(asked.handle))) told->path = file->told.path;
    if (asked.does == role::copy) {
        const auto* to = find(number_of(asked.target));
        told->link_target = to ? to->told.path : std::string();
    }
    told->way = up ? direction::upload : direction::download;
    told->complete = false;
    told->refused = true;
    told->error = refusal_line(told->way);
    if (make_unknown(piece)) {
        request noted;
        noted.refused = true;
        pending_.emplace(asked.id, std::move(noted));
        writing_ = 0;
        writes_nothing_ = true;
    } else {
        over_ = true;
        refusal_ = told->error;
    }
    tell(std::move(*told));
    return true;
}

// All requests have a string behind their number. As the name of an extension that does not exist
// it is one of those that a server must answer with SSH_FX_OP_UNSUPPORTED.
bool sftp_observer::make_unknown(const sftp_piece& piece)
{
    constexpr std::size_t type_at = 4, name_at = 13;
    constexpr std::uint8_t no_letter = '!';
    if (piece.type != sftp::extended && !change(requests_, type_at, sftp::extended)) return false;
    sftp_fields fields(piece.body);
    fields.u32();
    const auto name = fields.text();
    for (std::size_t i = 0; i < name.size(); ++i) {
        // A server may take offence at bytes that are no text: handles are any bytes.
        const auto byte = static_cast<unsigned char>(name[i]);
        const bool is_text = byte >= 0x20 && byte < 0x7f;
        if ((i == 0 || !is_text) && !change(requests_, name_at + i, no_letter)) return false;
    }
    return true;
}

// False: it has gone on already.
bool sftp_observer::change(const sftp_packets& of, std::size_t at, std::uint8_t to)
{
    const auto place = of.packet_begin() + at;
    if (place < fed_from_) return false;
    edits_.push_back({static_cast<std::size_t>(place - fed_from_), std::byte{to}});
    return true;
}

void sftp_observer::refused_answered(const sftp_piece& piece)
{
    constexpr std::size_t code_at = 9, code_size = 4;
    if (piece.type != sftp::status || piece.body.size() < 2 * code_size)
        return give_up("an answer to what was refused");
    for (std::size_t i = 0; i < code_size; ++i) // what has gone on already stays as it was
        change(answers_, code_at + i, i + 1 < code_size ? 0 : status_permission_denied);
}

} // namespace verbatim::files
