#include "session/books.hpp"

namespace verbatim::session {

namespace asio = boost::asio;

namespace {

// Longer commands are cut in events; the whole stands in the recording as stream 5.
constexpr std::size_t event_text_limit = 16 * 1024;

// OpenSSH's server takes at most 128.
constexpr std::size_t environment_limit = 128;

// What the format gives to session.data, so that it sorts behind everything else of its session.
constexpr std::int64_t session_data_index = 2147483646;

} // namespace

books::books(session_facts facts, session_services services)
    : facts_(std::move(facts)), services_(services)
{}

wire::event_header books::header(std::int64_t index) const
{
    auto out = facts_.header;
    out.metadata.index = index;
    out.metadata.time = to_milliseconds(services_.time.wall_now());
    out.metadata.uid = random_uuid();
    out.session = id_;
    return out;
}

result<void> books::add_environment(std::string_view name, std::string_view value)
{
    // After the start no request of this channel can use it, so it reaches no program.
    if (started_) return {};
    environment_bytes_ += name.size() + value.size() + 1;
    if (environment_bytes_ > event_text_limit || environment_.size() >= environment_limit)
        return errc::limit_reached;
    environment_.push_back(std::string(name) + '=' + std::string(value));
    return {};
}

asio::awaitable<result<void>> books::begin(net::start_kind kind, std::string command)
{
    kind_ = kind;
    command_ = std::move(command);
    started_at_ = services_.time.wall_now();

    wire::session_start start;
    start.header = header(0);
    start.size = size_;
    start.session_recording = facts_.recording_label;
    start.environment = environment_;
    if (kind_ == net::start_kind::exec) start.initial_command = {command_};
    if (kind_ == net::start_kind::subsystem) start.initial_command = {"subsystem:" + command_};

    if (facts_.recording != recording_mode::off) {
        auto opening = open_recording(start);
        if (const auto opened = co_await std::move(opening); !opened) co_return opened.error();
    }
    auto committing = services_.audit.commit(start);
    if (const auto committed = co_await std::move(committing); !committed) {
        const auto refused = make_end("refused: the audit log cannot be written");
        if (is_recording()) {
            auto finishing = recorder_->finish(refused);
            std::ignore = co_await std::move(finishing); // the refusal is what counts now
        }
        // The start may still reach the log when its sink comes back, and then needs an end.
        if (committed.error() == errc::audit_failed) post(refused);
        co_return committed.error();
    }
    started_ = true;
    if (kind_ == net::start_kind::subsystem) {
        wire::subsystem event;
        event.header = header(recorder_ ? recorder_->take_index() : 0);
        event.name = command_;
        post(std::move(event));
    }
    co_return result<void>{};
}

asio::awaitable<result<void>> books::open_recording(const wire::session_start& start)
{
    const bool cut = command_.size() > event_text_limit;
    auto in_recording = start;
    if (cut) in_recording.initial_command.front().resize(event_text_limit);
    auto opening = services_.store.open(in_recording);
    auto opened = co_await std::move(opening);
    if (!opened) co_return recorder_failed(opened.error());
    recorder_ = std::move(*opened);
    if (!cut) co_return result<void>{};
    auto printing = print(wire::stream_tag::command, as_bytes(command_));
    co_return co_await std::move(printing);
}

asio::awaitable<result<void>> books::print(wire::stream_tag stream, byte_view bytes)
{
    if (is_shown(stream)) to_client_ += bytes.size();
    if (stream == wire::stream_tag::standard_input) {
        from_client_ += bytes.size();
        if (!facts_.record_input && size_) co_return result<void>{};
    }
    while (is_recording()) {
        const auto taken = recorder_->try_print(stream, bytes);
        if (!taken) co_return recorder_failed(taken.error());
        if (*taken) break;
        auto waiting = recorder_->room();
        if (const auto room = co_await std::move(waiting); !room)
            co_return recorder_failed(room.error());
    }
    co_return unrecorded();
}

asio::awaitable<result<void>> books::record_event(const wire::event& event)
{
    while (is_recording()) {
        const auto taken = recorder_->try_event(event);
        if (!taken) co_return recorder_failed(taken.error());
        if (*taken) break;
        auto waiting = recorder_->room();
        if (const auto room = co_await std::move(waiting); !room)
            co_return recorder_failed(room.error());
    }
    co_return unrecorded();
}

asio::awaitable<result<void>> books::resized(wire::terminal_size size)
{
    wire::resize event;
    event.header = header(recorder_ ? recorder_->take_index() : 0);
    event.size = size;
    wire::event both_books = std::move(event);
    auto recording = record_event(both_books);
    if (const auto recorded = co_await std::move(recording); !recorded) co_return recorded.error();
    post(std::move(both_books));
    co_return result<void>{};
}

result<void> books::unrecorded() const
{
    if (failure_ && facts_.recording != recording_mode::best_effort) return failure_;
    return {};
}

result<void> books::recorder_failed(error_code error)
{
    if (failure_) return unrecorded(); // the other direction has learnt of it first
    failure_ = error;
    recording_trouble_ = "recording failed: " + error.message();
    services_.log.error(
        "a recording failed", {{"session", id_.to_string()}, {"error", error.message()},
                                  {"goes_on", facts_.recording == recording_mode::best_effort}});
    if (facts_.recording != recording_mode::best_effort) return error;
    wire::session_reject
        event; // the one documented event that says a session lacks what it should have
    event.header = header(0);
    event.reason = recording_trouble_ + "; the session goes on unrecorded (best_effort)";
    post(std::move(event));
    return {};
}

std::string books::odd_exit() const
{
    if (!started_ || !exit_code_.empty()) return {};
    return exit_error_.empty() ? "the target closed the session without an exit status"
                               : exit_error_;
}

void books::post(wire::event event)
{
    const auto type = std::string(wire::type_of(event));
    if (const auto posted = services_.audit.post(std::move(event)); !posted)
        services_.log.error("an audit event was not accepted",
            {{"session", id_.to_string()}, {"event", type}, {"error", posted.error().message()}});
}

wire::session_end books::make_end(std::string reason)
{
    wire::session_end out;
    out.header = header(recorder_ ? recorder_->take_index() : 1);
    out.interactive = size_.has_value();
    out.participants = {facts_.header.user.user};
    out.start_time = started_at_;
    out.end_time = services_.time.wall_now();
    if (kind_ == net::start_kind::exec)
        out.initial_command = {command_.substr(0, event_text_limit)};
    if (kind_ == net::start_kind::subsystem) out.initial_command = {"subsystem:" + command_};
    out.session_recording = facts_.recording_label;
    out.reason = recording_trouble_.empty() ? std::move(reason) : recording_trouble_;
    return out;
}

asio::awaitable<void> books::end(std::string reason)
{
    if (!started_) co_return;
    if (kind_ == net::start_kind::exec) {
        wire::exec event;
        event.header = header(recorder_ ? recorder_->take_index() : 0);
        event.command = command_;
        event.exit_code = exit_code_;
        event.exit_error = exit_error_;
        post(std::move(event));
    }
    auto end = make_end(std::move(reason));
    if (is_recording()) {
        auto finishing = recorder_->finish(end);
        const auto finished = co_await std::move(finishing);
        if (!finished) {
            std::ignore =
                recorder_failed(finished.error()); // logged there; the session is over anyway
            end.reason = recording_trouble_;
        }
    }
    auto committing = services_.audit.commit(end);
    if (const auto committed = co_await std::move(committing); !committed)
        services_.log.error("session.end is not in the audit log",
            {{"session", id_.to_string()}, {"error", committed.error().message()}});
    wire::session_data data;
    data.header = header(session_data_index);
    data.bytes_transmitted = to_client_;
    data.bytes_received = from_client_;
    post(std::move(data));
}

void books::reject(std::string reason)
{
    wire::session_reject event;
    event.header = header(0);
    event.header.session = {};
    event.reason = std::move(reason);
    post(std::move(event));
}

} // namespace verbatim::session
