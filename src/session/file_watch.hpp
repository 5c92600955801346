#pragma once

#include <verbatim/base/log.hpp>
#include <verbatim/files/observer.hpp>
#include <verbatim/wire/events.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace verbatim::session {

/// Looks at the bytes of a session that transfers files. Whatever happens to the observer, the
/// session goes on: one that throws is dropped. Thread: the session's loop.
class file_watch {
public:
    /// `log` outlives it.
    file_watch(std::unique_ptr<files::observer> observer, std::string command, logger& log);

    /// What has become whole with these bytes, as events without a header.
    std::vector<wire::file_transfer> feed(files::direction way, byte_view bytes);
    /// What was still open at the session's end.
    std::vector<wire::file_transfer> end();

private:
    template <class Ask>
    std::vector<wire::file_transfer> ask(Ask ask);

    std::unique_ptr<files::observer> observer_;
    std::string command_;
    logger* log_;
};

} // namespace verbatim::session
