#include "session/books.hpp"

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::session {

namespace asio = boost::asio;

namespace {

// Longer commands are cut in events; the whole stands in the recording as stream 5.
constexpr std::size_t event_text_limit = 16 * 1024;

// OpenSSH's server takes at most 128.
constexpr std::size_t environment_limit = 128;

// What the format gives to session.data, so that it sorts behind everything else of its session.
constexpr std::int64_t session_data_index = 2147483646;

// The target's own words about its end. They stand in session.end, which must fit a record.
constexpr std::size_t exit_error_limit = 1024;

// A flood of small files must not fill the log's queue: so many may be on their way to the disk.
constexpr std::size_t files_per_commit = 1024;

/// Cut to the limit as a whole, so that the event fits a record; each word costs the few bytes
/// around it as well. What is not UTF-8 stands there twice, once with four bytes for one.
std::vector<std::string> cut_to_limit(std::vector<std::string> words)
{
    constexpr std::size_t word_cost = 4;
    std::size_t budget = std::ranges::all_of(words, [](const auto& word) { return is_utf8(word); })
                             ? event_text_limit
                             : event_text_limit / 2;
    std::size_t kept = 0;
    for (; kept < words.size() && budget > word_cost; ++kept) {
        if (words[kept].size() > budget) words[kept].resize(budget);
        budget -= std::min(budget, words[kept].size() + word_cost);
    }
    words.resize(kept);
    return words;
}

wire::stream_tag tag_of(net::data_stream stream, net::start_kind kind)
{
    if (kind == net::start_kind::forward)
        return stream == net::data_stream::input ? wire::stream_tag::forwarded_to_target
                                                 : wire::stream_tag::forwarded_to_client;
    switch (stream) {
    case net::data_stream::input: return wire::stream_tag::standard_input;
    case net::data_stream::error: return wire::stream_tag::standard_error;
    default: return wire::stream_tag::standard_output;
    }
}

session_id id_of(const session_facts& facts)
{
    if (facts.live) return facts.live->id();
    return facts.id.is_nil() ? session_id::random() : facts.id;
}

} // namespace

books::books(session_facts facts, session_services services)
    : facts_(std::move(facts)), services_(services), id_(id_of(facts_))
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

wire::event_header books::next_header() const
{
    return header(recorder_ ? recorder_->take_index() : 0);
}

std::vector<std::string> books::initial_command() const
{
    if (kind_ == net::start_kind::subsystem) return {"subsystem:" + command_};
    if (kind_ != net::start_kind::exec) return {};
    return arguments_.empty() ? std::vector{command_} : arguments_;
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

asio::awaitable<result<void>> books::begin(
    net::start_kind kind, std::string command, std::vector<std::string> arguments)
{
    kind_ = kind;
    arguments_ = std::move(arguments);
    command_ = arguments_.empty() ? std::move(command) : shell_joined(arguments_);
    started_at_ = services_.time.wall_now();
    observe_files();
    if (!refusal().empty()) {
        auto noting = note_files(files_->end());
        co_await std::move(noting);
        co_return errc::access_denied;
    }

    wire::session_start start;
    start.header = header(0);
    start.size = size_;
    start.session_recording = facts_.recording_label;
    start.environment = environment_;
    start.initial_command = initial_command();

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
    if (facts_.live) facts_.live->began(kind_, command_, started_at_);
    if (kind_ == net::start_kind::subsystem) {
        wire::subsystem event;
        event.header = next_header();
        event.name = command_;
        post(std::move(event));
    }
    if (kind_ == net::start_kind::forward) post_forward(wire::port_forward::state::start);
    co_return result<void>{};
}

void books::observe_files()
{
    const files::permitted may{facts_.file_upload, facts_.file_download, size_.has_value()};
    std::unique_ptr<files::observer> observer;
    if (kind_ == net::start_kind::subsystem) {
        observer = files::observe_subsystem(command_, may);
    } else if (kind_ == net::start_kind::exec) {
        // A terminal changes what passes, unless its client sees to it that it does not: so a
        // program for files alone is followed there, too, and a list of arguments (`kubectl exec
        // -t`), of which its user reads the output, is not.
        if (arguments_.empty()) observer = files::observe_command(command_, may);
        else observer = files::observe_arguments(arguments_, may);
        const bool starts = observer && observer->refusal().empty();
        if (starts && size_ && !arguments_.empty()) observer.reset();
    }
    if (observer) files_.emplace(std::move(observer), command_, may, services_.log);
}

void books::post_forward(wire::port_forward::state what, std::string error)
{
    using state = wire::port_forward::state;
    if (facts_.forwarded == forward_kind::x11) {
        if (what != state::stop)
            post(wire::x11_forward{
                next_header(), what == state::start, std::move(error), facts_.originator});
        return;
    }
    post(wire::port_forward{next_header(), what, command_, std::move(error), facts_.originator});
}

asio::awaitable<result<void>> books::open_recording(const wire::session_start& start)
{
    auto in_recording = start;
    in_recording.initial_command = cut_to_limit(start.initial_command);
    const bool cut = in_recording.initial_command != start.initial_command;
    auto opening = services_.store.open(in_recording);
    auto opened = co_await std::move(opening);
    if (!opened) co_return recorder_failed(opened.error());
    recorder_ = std::move(*opened);
    if (!cut) co_return result<void>{};
    auto printing = print(wire::stream_tag::command, as_bytes(command_));
    co_return co_await std::move(printing);
}

asio::awaitable<result<byte_view>> books::from_client(byte_view bytes, std::string_view party)
{
    from_client_ += bytes.size();
    if (facts_.live) facts_.live->passed_from_client(bytes.size());
    const auto tag = tag_of(net::data_stream::input, kind_);
    if (keeps(tag)) {
        auto printing = print(tag, bytes, party);
        if (const auto printed = co_await std::move(printing); !printed) co_return printed.error();
    }
    if (!files_) co_return bytes;
    auto watching = watch_files(files::direction::upload, bytes);
    co_return co_await std::move(watching);
}

asio::awaitable<result<byte_view>> books::from_target(net::data_stream stream, byte_view bytes)
{
    to_client_ += bytes.size();
    if (facts_.live) facts_.live->passed_to_client(bytes.size());
    const auto tag = tag_of(stream, kind_);
    if (keeps(tag)) {
        auto printing = print(tag, bytes);
        if (const auto printed = co_await std::move(printing); !printed) co_return printed.error();
    }
    if (!files_ || stream != net::data_stream::output) co_return bytes;
    auto watching = watch_files(files::direction::download, bytes);
    co_return co_await std::move(watching);
}

asio::awaitable<result<byte_view>> books::watch_files(files::direction way, byte_view bytes)
{
    auto passed = files_->feed(way, bytes);
    if (const auto edits = files_->edits(); !edits.empty()) {
        auto& edited = way == files::direction::upload ? edited_up_ : edited_down_;
        edited.assign(bytes.begin(), bytes.end());
        for (const auto& each : edits) edited.at(each.at) = each.value;
        bytes = edited;
    }
    auto noting = note_files(std::move(passed));
    co_await std::move(noting);
    if (!refusal().empty()) co_return errc::access_denied;
    co_return bytes;
}

bool books::keeps(wire::stream_tag stream) const
{
    if (kind_ == net::start_kind::forward) return facts_.record_forwarded;
    return stream != wire::stream_tag::standard_input || facts_.record_input || !size_;
}

asio::awaitable<void> books::note_files(std::vector<wire::event> passed)
{
    for (auto& file : passed) {
        auto& header = wire::header_of(file);
        header = next_header();
        if (!started_) header.session = {}; // what did not start has no number
        if (++files_told_ % files_per_commit != 0) {
            post(std::move(file));
            continue;
        }
        auto committing = services_.audit.commit(std::move(file));
        if (const auto committed = co_await std::move(committing); !committed)
            services_.log.error("a file's event is not in the audit log",
                {{"session", id_.to_string()}, {"error", committed.error().message()}});
    }
}

asio::awaitable<result<void>> books::print(
    wire::stream_tag stream, byte_view bytes, std::string_view party)
{
    while (is_recording()) {
        const auto taken = recorder_->try_print(stream, bytes, party);
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

void books::set_terminal(wire::terminal_size size)
{
    size_ = size;
    if (facts_.live) facts_.live->resized(size);
}

asio::awaitable<result<void>> books::resized(wire::terminal_size size)
{
    if (facts_.live) facts_.live->resized(size);
    wire::resize event;
    event.header = next_header();
    event.size = size;
    auto recording = record_and_post(std::move(event));
    co_return co_await std::move(recording);
}

asio::awaitable<result<void>> books::record_and_post(wire::event event)
{
    auto recording = record_event(event);
    if (const auto recorded = co_await std::move(recording); !recorded) co_return recorded.error();
    post(std::move(event));
    co_return result<void>{};
}

// The party's own user and connection; the rest is the session's.
wire::event_header books::header_of(const party_facts& who) const
{
    auto out = next_header();
    out.user.user = who.header.user.user;
    out.user.roles = who.roles;
    out.connection = who.header.connection;
    return out;
}

asio::awaitable<result<void>> books::joined(const party_facts& who)
{
    wire::session_join event;
    event.header = header_of(who);
    event.mode = policy::to_string(who.mode);
    auto recording = record_and_post(std::move(event));
    co_return co_await std::move(recording);
}

asio::awaitable<result<void>> books::left(const party_facts& who, std::uint64_t skips)
{
    wire::session_leave event;
    event.header = header_of(who);
    event.mode = policy::to_string(who.mode);
    event.skips = skips;
    auto recording = record_and_post(std::move(event));
    co_return co_await std::move(recording);
}

void books::add_participants(const std::vector<std::string>& users) { participants_ = users; }

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

void books::killed_by(std::string_view signal)
{
    exit_error_ = "signal: " + std::string(signal.substr(0, exit_error_limit));
}

void books::failed(std::string_view message)
{
    exit_error_ = message.empty() ? "failed" : message.substr(0, exit_error_limit);
}

std::string books::odd_exit() const
{
    if (!started_ || !exit_code_.empty()) return {};
    // A connection has no exit status.
    if (kind_ == net::start_kind::forward) return exit_error_;
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
    for (const auto& user : participants_)
        if (user != facts_.header.user.user) out.participants.push_back(user);
    out.start_time = started_at_;
    out.end_time = services_.time.wall_now();
    out.initial_command = cut_to_limit(initial_command());
    out.session_recording = facts_.recording_label;
    out.reason = recording_trouble_.empty() ? std::move(reason) : recording_trouble_;
    return out;
}

asio::awaitable<void> books::end(std::string reason)
{
    if (!started_) co_return;
    if (files_) {
        auto noting = note_files(files_->end());
        co_await std::move(noting);
    }
    if (kind_ == net::start_kind::forward)
        post_forward(exit_error_.empty() ? wire::port_forward::state::stop
                                         : wire::port_forward::state::failed,
            exit_error_);
    if (kind_ == net::start_kind::exec) {
        wire::exec event;
        event.header = next_header();
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
    if (std::exchange(rejected_, true)) return;
    wire::session_reject event;
    event.header = header(0);
    event.header.session = {};
    event.reason = std::move(reason);
    post(std::move(event));
}

} // namespace verbatim::session
