#include <verbatim/replay/playback.hpp>

#include <algorithm>

namespace verbatim::replay {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

namespace {

player_action writing(byte_view bytes)
{
    return {.what = player_action::kind::write, .bytes = bytes, .size = {}, .until = {}};
}

player_action sizing(wire::terminal_size size)
{
    return {.what = player_action::kind::set_size, .bytes = {}, .size = size, .until = {}};
}

player_action simple(player_action::kind what)
{
    return {.what = what, .bytes = {}, .size = {}, .until = {}};
}

} // namespace

playback::playback(frame_source& source, playback_options options)
    : source_(source), options_(options)
{
    options_.speed =
        std::clamp(options_.speed, playback_options::slowest, playback_options::fastest);
    if (options_.start > microseconds::zero()) skip_to_ = options_.start;
}

result<player_action> playback::next(monotonic_time now)
{
    using kind = player_action::kind;
    if (quit_) return simple(kind::finished);
    if (clear_first_) {
        clear_first_ = false;
        return simple(kind::clear);
    }
    if (skip_to_) {
        auto skipped = skip();
        if (!skipped) return skipped.error();
        if (*skipped) return **skipped;
    }
    if (resume_from_now_) {
        resume_from_now_ = false;
        last_due_ = now;
        if (paused_at_) paused_at_ = now;
        if (pending_) due_ = last_due_ + scaled(pending_->at - last_at_);
    }
    if (!pending_ && !at_end_) {
        if (auto fetched = fetch(); !fetched) return fetched.error();
        if (pending_) due_ = last_due_ + scaled(pending_->at - last_at_);
    }
    if (paused_at_) return simple(kind::wait_key);
    if (!pending_) return simple(kind::finished);
    if (due_ > now) {
        auto wait = simple(kind::wait);
        wait.until = due_;
        return wait;
    }
    const frame played = *pending_;
    if (played.size && pending_->bytes.empty()) pending_.reset();
    else if (played.size) pending_->size.reset();
    else pending_.reset();
    last_at_ = played.at;
    last_due_ = due_;
    return played.size ? sizing(*played.size) : writing(played.bytes);
}

result<void> playback::fetch()
{
    auto got = source_.next();
    if (!got) return got.error();
    pending_ = *got;
    at_end_ = !pending_;
    // Times that fall come from clocks that were set: they cost no wait.
    if (pending_) pending_->at = std::max(pending_->at, last_at_);
    return {};
}

/// Runs to the place sought, keeping the end of what was passed; nothing when all is said about it.
result<std::optional<player_action>> playback::skip()
{
    if (rewind_first_) {
        rewind_first_ = false;
        if (auto back = source_.rewind(); !back) return back.error();
        pending_.reset();
        at_end_ = false;
        last_at_ = {};
        tail_.clear();
        tail_cut_ = false;
    }
    for (std::size_t passed = 0;;) {
        // Keys are heard in between: a quarter of a gigabyte passes in about a second.
        if (passed >= skip_at_once_bytes) return simple(player_action::kind::wait);
        if (!pending_ && !at_end_) {
            if (auto fetched = fetch(); !fetched) return fetched.error();
        }
        if (!pending_ || pending_->at >= *skip_to_) break;
        passed += pending_->bytes.size() + sizeof(frame);
        if (pending_->size) skipped_size_ = pending_->size;
        keep_tail(pending_->bytes);
        last_at_ = pending_->at;
        pending_.reset();
    }
    if (skipped_size_) {
        const auto size = *skipped_size_;
        skipped_size_.reset();
        return sizing(size);
    }
    if (std::exchange(tail_cut_, false)) return simple(player_action::kind::clear);
    last_at_ = pending_ ? *skip_to_ : last_at_;
    skip_to_.reset();
    resume_from_now_ = true;
    written_tail_ = std::move(tail_);
    tail_.clear();
    if (written_tail_.empty()) return std::optional<player_action>{};
    return writing(as_bytes(written_tail_));
}

void playback::keep_tail(byte_view bytes)
{
    tail_.append(as_text(bytes));
    // Cut seldom: moving the kept part costs as much as it is long.
    if (tail_.size() <= 2 * skipped_tail_bytes) return;
    tail_.erase(0, tail_.size() - skipped_tail_bytes);
    tail_cut_ = true;
}

nanoseconds playback::scaled(microseconds gap) const
{
    const auto whole = duration_cast<nanoseconds>(std::chrono::duration<double, std::micro>(
        static_cast<double>(gap.count()) / options_.speed));
    return options_.skip_idle ? std::min<nanoseconds>(whole, max_idle) : whole;
}

microseconds playback::position(monotonic_time now) const
{
    if (skip_to_) return *skip_to_;
    const auto then = paused_at_ ? *paused_at_ : now;
    if (!pending_ || due_ <= last_due_ || then <= last_due_) return last_at_;
    const auto part = std::chrono::duration<double>(then - last_due_) /
                      std::chrono::duration<double>(due_ - last_due_);
    return last_at_ + duration_cast<microseconds>((pending_->at - last_at_) * std::min(part, 1.0));
}

void playback::press(player_key key, monotonic_time now)
{
    switch (key) {
    case player_key::pause:
        if (paused_at_) {
            last_due_ += now - *paused_at_;
            due_ += now - *paused_at_;
            paused_at_.reset();
        } else {
            paused_at_ = now;
        }
        return;
    case player_key::forward: seek(position(now) + seek_step); return;
    case player_key::back: seek(std::max(microseconds::zero(), position(now) - seek_step)); return;
    case player_key::faster: set_speed(options_.speed * 2, now); return;
    case player_key::slower: set_speed(options_.speed / 2, now); return;
    case player_key::quit: quit_ = true; return;
    }
}

void playback::seek(microseconds to)
{
    clear_first_ = rewind_first_ = rewind_first_ || to < last_at_;
    skip_to_ = to;
}

/// What is left of the running wait is scaled anew from where it stands.
void playback::set_speed(double speed, monotonic_time now)
{
    const auto here = position(now);
    options_.speed = std::clamp(speed, playback_options::slowest, playback_options::fastest);
    if (skip_to_ || !pending_) return;
    const auto then = paused_at_ ? *paused_at_ : now;
    last_at_ = here;
    last_due_ = then;
    due_ = then + scaled(pending_->at - here);
}

} // namespace verbatim::replay
