#pragma once

#include <verbatim/base/log.hpp>
#include <verbatim/files/observer.hpp>
#include <verbatim/wire/events.hpp>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace verbatim::session {

/// Looks at the bytes of a session that transfers files. An observer that throws is dropped; the
/// session goes on without, unless something is not permitted to it. Thread: the session's loop.
class file_watch {
public:
    /// `may` is what the observer was made with; `log` outlives it.
    file_watch(std::unique_ptr<files::observer> observer, std::string command, files::permitted may,
        logger& log);

    /// What has become whole with these bytes, as events without a header.
    std::vector<wire::event> feed(files::direction way, byte_view bytes);
    /// As files::observer's; valid until the next call.
    std::span<const files::edit> edits() const noexcept
    {
        return observer_ ? observer_->edits() : std::span<const files::edit>{};
    }
    /// What was still open at the session's end.
    std::vector<wire::event> end();
    /// Why something was refused for the first time, in words for the user; given once.
    std::string take_warning() { return std::exchange(warning_, {}); }
    /// As files::observer's.
    const std::string& refusal() const noexcept { return refusal_; }

private:
    template <class Ask>
    std::vector<wire::event> ask(Ask ask);

    std::unique_ptr<files::observer> observer_;
    std::string command_;
    std::string refusal_, warning_;
    bool warned_ = false;
    files::permitted may_;
    logger* log_;
};

} // namespace verbatim::session
