#include "ssh/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstring>
#include <stdexcept>

namespace verbatim::ssh {

namespace asio = boost::asio;

namespace {

// Room that a read should have; a full socket buffer then costs one system call.
constexpr std::size_t wanted_read_bytes = 128 * 1024;
// A peer that always has more must not hold up the loop's other sessions: their turn comes after
// this.
constexpr std::size_t yield_after_bytes = 256 * 1024;
// A read below this is a keystroke or the like: asking the socket for more would only cost a call.
constexpr std::size_t small_read_bytes = 4 * 1024;

bool would_block(const error_code& error) noexcept
{
    return error == asio::error::would_block || error == asio::error::try_again;
}

} // namespace

std::unique_ptr<loop_state> make_loop_state() { return std::make_unique<loop_buffers>(); }

std::byte* loop_buffers::acquire_scratch(transport& owner)
{
    if (scratch_owner_ != &owner) {
        if (scratch_owner_) scratch_owner_->stash_scratch();
        scratch_owner_ = &owner;
    }
    return scratch_.data();
}

transport::transport(stream_socket socket, verbatim_engine_options options, loop_buffers& buffers)
    : socket_(std::move(socket)), buffers_(buffers),
      output_added_(socket_.get_executor(), asio::steady_timer::time_point::max()),
      output_gone_(socket_.get_executor(), asio::steady_timer::time_point::max())
{
    options.write = &transport::write_callback;
    options.user = this;
    engine_.reset(::verbatim_engine_new(&options));
    if (!engine_)
        throw std::runtime_error("libssh refuses a new session: check ssh.kex and ssh.ciphers");
    error_code ignored; // a peer that is gone already shows at the first read
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

transport::~transport() { buffers_.release_scratch(*this); }

result<void> transport::start()
{
    if (::verbatim_engine_start(engine_.get()) != 0) return errc::ssh_transport;
    flush();
    return {};
}

int transport::write_callback(void* user, const void* data, std::size_t size) noexcept
{
    auto& self = *static_cast<transport*>(user);
    if (self.closed_) return -1;
    const bool open = self.engine_ && self.phase() == VERBATIM_PHASE_OPEN;
    if (self.output_waiting() + size > (open ? output_limit : output_limit_before_login)) {
        self.overflowed_ = true;
        return -1;
    }
    try {
        if (self.output_.capacity() == 0) self.output_ = self.buffers_.take_buffer();
        append(self.output_, as_bytes(data, size));
    } catch (const std::bad_alloc&) {
        return -1;
    }
    return 0;
}

asio::awaitable<result<void>> transport::step()
{
    for (;;) {
        if (closed_) co_return errc::closed;
        bool fed = false;
        if (const auto done = feed_once(fed); !done) co_return done.error();
        if (fed) {
            note_rekeying();
            co_return result<void>{};
        }
        if (before_read) before_read();
        flush();
        auto reading = read_more();
        if (const auto more = co_await std::move(reading); !more) co_return more.error();
    }
}

result<void> transport::feed_once(bool& fed)
{
    if (begin_ == end_) return {};
    std::byte* base =
        buffers_.owns_scratch(*this) ? buffers_.acquire_scratch(*this) : stash_.data();
    const long used = ::verbatim_engine_feed(engine_.get(), base + begin_, end_ - begin_);
    if (used < 0 || overflowed_) {
        flush(); // libssh may have written a last word
        return errc::ssh_transport;
    }
    begin_ += static_cast<std::size_t>(used);
    fed = used > 0;
    return {};
}

void transport::stash_scratch()
{
    const std::byte* scratch = buffers_.acquire_scratch(*this); // still ours
    stash_.assign(scratch + begin_, scratch + end_);
    end_ -= begin_;
    begin_ = 0;
}

// Brings the start of an unfinished packet to the front of the scratch and reads behind it.
asio::awaitable<result<void>> transport::read_more()
{
    if (unyielded_ >= yield_after_bytes) {
        unyielded_ = 0;
        auto others_first = asio::post(socket_.get_executor(), asio::use_awaitable);
        co_await std::move(others_first);
        if (closed_) co_return errc::closed;
    }
    for (;;) {
        const bool had_scratch = buffers_.owns_scratch(*this);
        std::byte* scratch = buffers_.acquire_scratch(*this);
        const std::size_t kept = end_ - begin_;
        if (kept != 0) {
            if (!had_scratch) std::memcpy(scratch, stash_.data() + begin_, kept);
            else if (begin_ != 0 && scratch_bytes - end_ < wanted_read_bytes)
                std::memmove(scratch, scratch + begin_, kept);
        }
        if (!had_scratch || kept == 0 || scratch_bytes - end_ < wanted_read_bytes) {
            begin_ = 0;
            end_ = kept;
        }
        if (!had_scratch) byte_buffer().swap(stash_);

        error_code error = asio::error::would_block;
        const std::size_t got =
            std::exchange(emptied_, false)
                ? 0
                : socket_.read_some(asio::buffer(scratch + end_, scratch_bytes - end_), error);
        if (!error) {
            end_ += got;
            unyielded_ += got;
            emptied_ = got < small_read_bytes;
            co_return result<void>{};
        }
        if (!would_block(error)) co_return errc::closed;
        auto readable = socket_.async_wait(
            asio::ip::tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(readable);
        unyielded_ = 0;
        if (error || closed_) co_return errc::closed;
    }
}

std::span<std::byte> transport::message()
{
    std::size_t size = 0;
    unsigned char* payload = ::verbatim_engine_message(engine_.get(), &size);
    return {reinterpret_cast<std::byte*>(payload), payload ? size : 0};
}

result<void> transport::send(byte_view payload)
{
    const int sent = ::verbatim_engine_send(engine_.get(), payload.data(), payload.size());
    note_rekeying();
    if (sent != 0) return errc::ssh_transport;
    return {};
}

result<void> transport::forward_to(transport& to)
{
    const int sent = ::verbatim_engine_forward(engine_.get(), to.engine_.get());
    to.note_rekeying();
    if (sent != 0) return errc::ssh_transport;
    return {};
}

void transport::disconnect(std::uint32_t reason, const std::string& text)
{
    if (closed_) return;
    ::verbatim_engine_disconnect(engine_.get(), reason, text.c_str());
    flush();
}

void transport::note_rekeying()
{
    const bool now = rekeying();
    if (now == was_rekeying_) return;
    was_rekeying_ = now;
    if (on_change) on_change();
}

// True when all is with the socket.
bool transport::write_some()
{
    const bool was_full = output_waiting() >= output_high_water / 2;
    error_code error;
    while (output_waiting() != 0 && !error) {
        written_ += socket_.write_some(
            asio::buffer(output_.data() + written_, output_.size() - written_), error);
    }
    if (error && !would_block(error)) {
        close();
        return true;
    }
    const bool all = output_waiting() == 0;
    if (all) {
        written_ = 0;
        buffers_.give_back(std::move(output_));
        output_ = {};
        output_gone_.cancel();
    } else if (written_ >= output_high_water) {
        // Keep the buffer from growing at its end while its front is long sent.
        output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(written_));
        written_ = 0;
    }
    if (was_full && output_waiting() < output_high_water / 2 && on_change) on_change();
    return all;
}

void transport::flush()
{
    if (closed_ || writer_busy_ || output_waiting() == 0) return;
    if (!write_some()) output_added_.cancel();
}

asio::awaitable<void> transport::run_writer()
{
    while (!closed_) {
        error_code error;
        if (output_waiting() == 0) {
            auto added = output_added_.async_wait(asio::redirect_error(asio::use_awaitable, error));
            co_await std::move(added);
            continue;
        }
        writer_busy_ = true;
        auto writable = socket_.async_wait(
            asio::ip::tcp::socket::wait_write, asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(writable);
        writer_busy_ = false;
        if (closed_) break;
        if (error) {
            close();
            break;
        }
        write_some();
    }
}

asio::awaitable<void> transport::drained()
{
    while (!closed_ && output_waiting() != 0) {
        flush();
        if (closed_ || output_waiting() == 0) break;
        error_code error;
        auto gone = output_gone_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(gone);
    }
}

void transport::close()
{
    if (closed_) return;
    closed_ = true;
    error_code ignored; // the peer may be gone already
    socket_.shutdown(stream_socket::shutdown_both, ignored);
    socket_.close(ignored);
    output_added_.cancel();
    output_gone_.cancel();
    if (on_change) on_change();
}

std::string transport::error_text() const
{
    const char* text = ::verbatim_engine_error(engine_.get());
    return text ? text : "";
}

} // namespace verbatim::ssh
