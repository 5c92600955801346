#include "files/scp_observer.hpp"

#include "files/refusal.hpp"
#include "files/scp_lines.hpp"

#include <algorithm>
#include <utility>

namespace verbatim::files {
namespace {

// Of the programs' own words about a failure.
constexpr std::size_t longest_message = 1024;

std::string_view name_in(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    const auto slash = path.rfind('/');
    return slash == path.npos || path.size() == 1 ? path : path.substr(slash + 1);
}

} // namespace

scp_observer::scp_observer(const transfer_command& command, permitted may)
    : way_(*command.way), may_(may)
{
    if (command.exact_paths) paths_ = command.paths;
    questions_.push_back({question::kind::first}); // the sink speaks first
}

void scp_observer::feed(direction way, byte_view bytes, std::vector<file_passed>& passed)
{
    passed_ = &passed;
    if (way == way_) take_source(bytes);
    else take_sink(bytes);
    passed_ = nullptr;
}

// --- the source ---

void scp_observer::take_source(byte_view bytes)
{
    while (!over_ && !bytes.empty()) switch (state_) {
        case state::line: take_line(bytes); break;
        case state::content: take_content(bytes); break;
        case state::content_end: take_content_end(bytes); break;
        case state::message: take_message(bytes); break;
        }
}

/// Takes what belongs to the line; true at its end. What is longer than `limit` is dropped.
bool scp_observer::enough(std::string& text, byte_view& bytes, std::size_t limit)
{
    const auto rest = as_text(bytes);
    const auto end = rest.find('\n');
    const auto piece = rest.substr(0, end);
    text.append(piece.substr(0, limit - std::min(limit, text.size())));
    bytes = bytes.subspan(end == rest.npos ? rest.size() : end + 1);
    return end != rest.npos;
}

void scp_observer::take_line(byte_view& bytes)
{
    const auto first = std::to_integer<unsigned char>(bytes.front());
    if (line_.empty() && (first == 1 || first == 2)) {
        bytes = bytes.subspan(1);
        message_ends_content_ = false;
        state_ = state::message;
        return;
    }
    // Known at once: a stream that is none has perhaps no lines.
    constexpr std::string_view types = "CDET";
    if (line_.empty() && types.find(static_cast<char>(first)) == types.npos)
        return give_up("a line that is none of scp's");
    const bool ended = enough(line_, bytes, longest_line + 1);
    if (line_.size() > longest_line) return give_up("a line that is too long");
    if (ended) line_ended();
}

void scp_observer::line_ended()
{
    const auto text = std::exchange(line_, {});
    const auto line = read_scp_line(text);
    if (!line) return give_up("a line that cannot be read");
    switch (line->type) {
    case 'C': return begin_file(line->mode, line->size, line->name);
    case 'D': return begin_directory(line->mode, line->name);
    case 'E': return leave_directory();
    default: return ask({question::kind::plain}); // times
    }
}

void scp_observer::begin_file(std::uint32_t mode, std::uint64_t size, std::string_view name)
{
    auto path = path_of(name);
    if (path.size() > longest_path) return give_up("a path that is too long");
    open_ = make_told("file", mode, std::move(path));
    hash_.restart();
    left_ = size;
    state_ = size == 0 ? state::content_end : state::content;
    ask({question::kind::file_begins, ++number_});
}

void scp_observer::begin_directory(std::uint32_t mode, std::string_view name)
{
    auto path = path_of(name);
    // With the path also the depth is bounded.
    if (path.size() > longest_path) return give_up("a path that is too long");
    folders_.push_back(folder_.size());
    folder_ = path.ends_with('/') ? path : path + '/';
    ask({question::kind::directory, 0, make_told("directory", mode, std::move(path))});
}

void scp_observer::leave_directory()
{
    pop_folder();
    ask({question::kind::plain});
}

void scp_observer::pop_folder()
{
    if (folders_.empty()) return;
    folder_.resize(folders_.back());
    folders_.pop_back();
}

void scp_observer::take_content(byte_view& bytes)
{
    const auto now =
        bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_)));
    hash_.update(now);
    open_->size += now.size();
    left_ -= now.size();
    bytes = bytes.subspan(now.size());
    if (left_ == 0) state_ = state::content_end;
}

void scp_observer::take_content_end(byte_view& bytes)
{
    const auto code = std::to_integer<unsigned char>(bytes.front());
    bytes = bytes.subspan(1);
    if (code == 0) return content_ended({});
    if (code > 2) return give_up("content that does not end as scp's does");
    message_ends_content_ = true;
    state_ = state::message;
}

void scp_observer::take_message(byte_view& bytes)
{
    if (!enough(line_, bytes, longest_message)) return;
    state_ = state::line;
    if (message_ends_content_) content_ended(std::exchange(line_, {}));
    else source_failed();
}

void scp_observer::content_ended(std::string error)
{
    state_ = state::line;
    open_->sha256 = hash_.finish();
    open_->error = std::move(error);
    question asked{question::kind::file_ends, 0, std::move(*open_)};
    open_.reset();
    ask(std::move(asked));
}

/// The source cannot send something, and says so instead.
void scp_observer::source_failed()
{
    auto message = std::exchange(line_, {});
    if (++messages_ > most_messages) return;
    auto told = make_told("file", 0, way_ == direction::download ? command_path() : std::string());
    told.complete = false;
    told.error = message.empty() ? "failed" : std::move(message);
    tell(std::move(told));
}

// --- the sink ---

void scp_observer::take_sink(byte_view bytes)
{
    while (!over_ && !bytes.empty()) {
        if (in_answer_) {
            if (!enough(answer_, bytes, longest_message)) return;
            in_answer_ = false;
            answered(false, std::exchange(answer_, {}));
            continue;
        }
        const auto code = std::to_integer<unsigned char>(bytes.front());
        bytes = bytes.subspan(1);
        if (code == 0) answered(true, {});
        else if (code <= 2) in_answer_ = true;
        else give_up("an answer that is none of scp's");
    }
}

void scp_observer::ask(question asked)
{
    if (questions_.size() >= most_unanswered) return give_up("too many lines without an answer");
    questions_.push_back(std::move(asked));
    if (early_ == 0) return;
    --early_;
    answered(true, {});
}

void scp_observer::answered(bool well, std::string_view message)
{
    using kind = question::kind;
    if (questions_.empty()) {
        // A client may say "go on" often enough before it knows to what.
        if (well) ++early_;
        else give_up("an answer to nothing");
        return;
    }
    auto asked = std::move(questions_.front());
    questions_.pop_front();
    const std::string error(message.empty() ? "failed" : message);
    switch (asked.what) {
    case kind::plain: return;
    case kind::first:
        if (well) return;
        asked.told = make_told("file", 0, command_path());
        asked.told.complete = false;
        break;
    case kind::file_begins:
        if (!well) file_rejected(asked.number, error);
        return;
    case kind::directory:
        if (well) break;
        // The source does not enter it.
        if (!questions_.empty() || open_)
            return give_up("content of a folder that was not accepted");
        pop_folder();
        asked.told.complete = false;
        break;
    case kind::file_ends: break;
    }
    if (!well && asked.told.error.empty()) asked.told.error = error;
    tell(std::move(asked.told));
}

void scp_observer::file_rejected(std::uint64_t number, std::string_view message)
{
    if (!open_ || number != number_ || open_->size != 0)
        return give_up("content of a file that was not accepted");
    open_->complete = false;
    open_->error = message;
    tell(std::move(*open_));
    open_.reset();
    state_ = state::line;
}

// --- both ---

// What is sent has the last part of its name only: of a download, the command has the rest. Of an
// upload it names a folder or the file, and which, the target alone knows.
std::string scp_observer::path_of(std::string_view name)
{
    if (!folders_.empty()) return folder_ + std::string(name);
    for (auto at = next_path_; at < paths_.size() && way_ == direction::download; ++at) {
        if (name_in(paths_[at]) != name) continue;
        next_path_ = at + 1;
        return paths_[at];
    }
    return std::string(name);
}

std::string scp_observer::command_path() const
{
    return paths_.size() == 1 ? paths_.front() : std::string();
}

file_passed scp_observer::make_told(
    std::string_view kind, std::uint32_t mode, std::string path) const
{
    file_passed told;
    told.way = way_;
    told.kind = kind;
    told.mode = mode;
    told.path = std::move(path);
    return told;
}

void scp_observer::give_up(std::string_view why)
{
    tell_unfinished();
    auto told = not_understood(way_, why);
    if (!may_.everything()) {
        told.refused = true;
        refusal_ = not_understood_line(may_);
    }
    tell(std::move(told));
}

void scp_observer::tell_unfinished()
{
    over_ = true;
    for (auto& asked : questions_) {
        const bool has_told =
            asked.what == question::kind::file_ends || asked.what == question::kind::directory;
        if (!has_told) continue;
        asked.told.complete = false;
        asked.told.note = "not confirmed";
        tell(std::move(asked.told));
    }
    questions_.clear();
    if (!open_) return;
    open_->complete = false;
    open_->sha256 = hash_.finish();
    tell(std::move(*open_));
    open_.reset();
}

void scp_observer::end(std::vector<file_passed>& passed)
{
    if (over_) return;
    passed_ = &passed;
    tell_unfinished();
    passed_ = nullptr;
}

} // namespace verbatim::files
