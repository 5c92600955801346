#include "files/tar_observer.hpp"

#include "files/refusal.hpp"

#include <utility>

namespace verbatim::files {
namespace {

std::string_view name_of(tar_kind kind)
{
    switch (kind) {
    case tar_kind::file: return "file";
    case tar_kind::directory: return "directory";
    case tar_kind::symlink: return "symlink";
    case tar_kind::hardlink: return "hardlink";
    case tar_kind::other: return "other";
    }
    return "other";
}

} // namespace

void tar_observer::feed(direction way, byte_view bytes, std::vector<file_passed>& passed)
{
    if (way != way_ || over_) return;
    passed_ = &passed;
    if (!reader_.feed(bytes, *this)) give_up(reader_.error());
    passed_ = nullptr;
}

void tar_observer::end(std::vector<file_passed>& passed)
{
    if (over_) return;
    passed_ = &passed;
    const bool whole = reader_.finish();
    if (open_) {
        open_->complete = false;
        end_member();
    } else if (!whole) {
        give_up("the stream ended within a tar header");
    }
    over_ = true;
    passed_ = nullptr;
}

void tar_observer::begin_member(tar_member member)
{
    if (over_) return;
    if (++told_ > most_members) {
        give_up("more than " + std::to_string(most_members) + " files; the rest is not listed");
        return;
    }
    file_passed& file = open_.emplace();
    file.way = way_;
    file.path = std::move(member.path);
    file.kind = name_of(member.kind);
    file.link_target = std::move(member.link_target);
    file.mode = member.mode;
    if (member.kind == tar_kind::file) hash_.restart();
}

void tar_observer::content(byte_view bytes)
{
    if (over_) return;
    open_->size += bytes.size();
    hash_.update(bytes); // only files have content
}

void tar_observer::end_member()
{
    if (over_) return;
    if (open_->kind == name_of(tar_kind::file)) open_->sha256 = hash_.finish();
    passed_->push_back(std::move(*open_));
    open_.reset();
}

void tar_observer::give_up(std::string_view why)
{
    if (std::exchange(over_, true)) return;
    passed_->push_back(not_understood(way_, why));
}

} // namespace verbatim::files
