#include "ssh/channel_events.hpp"

namespace verbatim::ssh {

namespace ws = wire::ssh;

namespace {

template <class... Handlers>
struct overloaded : Handlers... {
    using Handlers::operator()...;
};

net::event_body from_request(const ws::channel_request& request)
{
    return std::visit(
        overloaded{
            [](const ws::pty_request& r) -> net::event_body {
                return net::pty_event{r.term, r.columns, r.rows};
            },
            [](const ws::shell_request&) -> net::event_body {
                return net::start_event{net::start_kind::shell, {}};
            },
            [](const ws::exec_request& r) -> net::event_body {
                return net::start_event{net::start_kind::exec, r.command};
            },
            [](const ws::subsystem_request& r) -> net::event_body {
                return net::start_event{net::start_kind::subsystem, r.subsystem};
            },
            [](const ws::window_change& r) -> net::event_body {
                return net::resize_event{r.columns, r.rows};
            },
            [](const ws::signal_request& r) -> net::event_body {
                return net::signal_event{r.signal};
            },
            [](const ws::exit_status& r) -> net::event_body {
                return net::exit_status_event{r.status};
            },
            [](const ws::exit_signal& r) -> net::event_body {
                return net::exit_signal_event{r.signal};
            },
            [](const ws::env_request& r) -> net::event_body {
                return net::env_event{r.variable, r.value};
            },
            [](const auto&) -> net::event_body { return net::other_event{"request"}; },
        },
        request.detail);
}

} // namespace

net::event_body to_event(side from, const ws::message& message)
{
    return std::visit(
        overloaded{
            [&](const ws::channel_data& m) -> net::event_body {
                return net::data_event{
                    from == side::client ? net::data_stream::input : net::data_stream::output,
                    m.data};
            },
            [](const ws::channel_extended_data& m) -> net::event_body {
                return net::data_event{net::data_stream::error, m.data};
            },
            [](const ws::channel_eof&) -> net::event_body { return net::end_of_file_event{}; },
            [](const ws::channel_close&) -> net::event_body { return net::close_event{}; },
            [](const ws::channel_request& m) -> net::event_body { return from_request(m); },
            [](const ws::channel_window_adjust&) -> net::event_body {
                return net::other_event{"window"};
            },
            [](const auto&) -> net::event_body { return net::other_event{"reply"}; },
        },
        message);
}

} // namespace verbatim::ssh
