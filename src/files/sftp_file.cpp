#include "files/sftp_file.hpp"

#include <utility>

namespace verbatim::files {
namespace {

constexpr std::string_view digest_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

constexpr std::size_t longest_note = 512;

void note_order(std::string& note, const sftp_content& content, std::string_view verb)
{
    if (!content.in_order()) add_note(note, "not " + std::string(verb) + " in order");
    else if (content.size() != 0 && content.first() != 0)
        add_note(note, std::string(verb) + " from byte " + std::to_string(content.first()));
}

} // namespace

void add_note(std::string& note, std::string_view remark)
{
    if (note.size() + remark.size() > longest_note || note.find(remark) != note.npos) return;
    if (!note.empty()) note += "; ";
    note += remark;
}

void sftp_content::begin(std::uint64_t offset)
{
    if (size_ == 0) {
        first_ = next_ = offset;
    } else if (offset != next_) {
        in_order_ = false;
        hash_.reset();
    }
}

void sftp_content::take(byte_view bytes)
{
    size_ += bytes.size();
    next_ += bytes.size();
    if (!in_order_ || bytes.empty()) return;
    if (!hash_) hash_.emplace();
    hash_->update(bytes);
}

std::string sftp_content::digest()
{
    if (!in_order_) return {};
    return hash_ ? hash_->finish() : std::string(digest_of_nothing);
}

file_passed sftp_file::finish(bool closed)
{
    const bool only_read = read.size() != 0 && written.size() == 0;
    if (only_read) told.way = direction::download;
    note_order(told.note, written, appends ? "appended" : "written");
    if (appends && written.size() != 0) add_note(told.note, "appended");
    if (told.attrs.size && (!written.in_order() || *told.attrs.size != written.end()))
        add_note(told.note, "its size was set to " + std::to_string(*told.attrs.size));
    note_order(told.note, read, "read");
    const bool whole = read_to_end || (size && read.end() >= *size);
    told.complete = closed;
    if (told.way == direction::download && read.in_order()) {
        if (!whole) add_note(told.note, "not read to its end");
        else if (!std::exchange(told.complete, true)) add_note(told.note, "not closed");
    }
    auto& content = told.way == direction::download ? read : written;
    told.size = content.size();
    told.sha256 = content.digest();
    if (told.way == direction::upload && read.size() != 0) {
        told.read_size = read.size();
        told.read_sha256 = read.digest();
    }
    return std::move(told);
}

} // namespace verbatim::files
