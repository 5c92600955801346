#pragma once

#include <verbatim/base/log.hpp>
#include <verbatim/files/observer.hpp>
#include <verbatim/wire/events.hpp>

#include <memory>
#include <span>
#include <string>
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
    /// What was still open at the session's end.
    std::vector<wire::event> end();
    /// As files::observer's.
    const std::string& refusal() const noexcept { return refusal_; }

private:
    template <class Ask>
    std::vector<wire::event> ask(Ask ask);

    std::unique_ptr<files::observer> observer_;
    std::string command_;
    std::string refusal_;
    files::permitted may_;
    logger* log_;
};

} // namespace verbatim::session
