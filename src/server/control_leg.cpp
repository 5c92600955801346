#include "server/control_leg.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace verbatim::server {

namespace asio = boost::asio;
namespace control = wire::control;

asio::awaitable<result<control::frame>> control_leg::next_frame()
{
    for (;;) {
        const auto found = reader_.next();
        if (!found) co_return found.error();
        if (*found) co_return **found;
        error_code error;
        auto reading = socket_.async_read_some(
            asio::buffer(scratch_), asio::redirect_error(asio::use_awaitable, error));
        const auto size = co_await std::move(reading);
        if (closed_) co_return errc::cancelled;
        if (error) co_return errc::closed;
        reader_.feed(byte_view(scratch_).first(size));
    }
}

asio::awaitable<result<control::request>> control_leg::read_request()
{
    auto reading = next_frame();
    const auto frame = co_await std::move(reading);
    if (!frame) co_return frame.error();
    if (frame->what != control::kind::request) co_return errc::malformed;
    auto asked = control::parse_request(frame->payload);
    if (!asked) co_return asked.error();
    asked_ = *asked;
    for (std::size_t i = 1; i < asked_.words.size(); ++i)
        arguments_ += (i == 1 ? "" : " ") + asked_.words[i];
    co_return asked_;
}

asio::awaitable<result<net::leg_event>> control_leg::next()
{
    if (closed_) co_return errc::cancelled;
    if (stage_ == stage::terminal) {
        stage_ = stage::start;
        if (const auto& size = asked_.terminal)
            co_return net::leg_event{net::pty_event{{}, size->columns, size->rows}};
    }
    if (stage_ == stage::start) {
        stage_ = stage::running;
        co_return net::leg_event{net::start_event{net::start_kind::exec, arguments_}};
    }
    auto reading = next_frame();
    const auto frame = co_await std::move(reading);
    if (!frame) co_return frame.error();
    if (frame->what == control::kind::data)
        co_return net::leg_event{
            net::data_event{net::data_stream::input, as_bytes(frame->payload)}};
    if (frame->what != control::kind::resize) co_return errc::malformed;
    const auto size = control::parse_resize(frame->payload);
    if (!size) co_return size.error();
    co_return net::leg_event{net::resize_event{size->columns, size->rows}};
}

asio::awaitable<result<void>> control_leg::write(std::string frames)
{
    auto lining_up = writing_.take();
    const auto mine = co_await std::move(lining_up);
    error_code error;
    auto writing = asio::async_write(
        socket_, asio::buffer(frames), asio::redirect_error(asio::use_awaitable, error));
    co_await std::move(writing);
    if (error) co_return errc::closed;
    co_return result<void>{};
}

asio::awaitable<result<void>> control_leg::deliver(const net::leg_event& event)
{
    const auto* data = std::get_if<net::data_event>(&event.body);
    if (!data || closed_) co_return result<void>{};
    std::string frames;
    control::append_data(frames, as_text(data->bytes));
    auto writing = write(std::move(frames));
    co_return co_await std::move(writing);
}

void control_leg::notice(std::string_view line)
{
    if (!closed_)
        control::append_frame(
            last_words_, control::kind::notice, line.substr(0, control::max_payload));
}

void control_leg::close(std::uint32_t exit_status)
{
    if (std::exchange(closed_, true)) return;
    control::append_exit(last_words_, exit_status);
    error_code ignored; // it may be closed already
    socket_.cancel(ignored);
}

asio::awaitable<void> control_leg::finish()
{
    auto writing = write(std::exchange(last_words_, {}));
    std::ignore = co_await std::move(writing); // a client that is gone needs no last words
}

void control_leg::hang_up()
{
    closed_ = true;
    error_code ignored; // it may be closed already
    socket_.close(ignored);
}

} // namespace verbatim::server
