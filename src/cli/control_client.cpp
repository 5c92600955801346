#include "cli/control_client.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/net/local_socket.hpp>
#include <verbatim/replay/viewer_terminal.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ostream>

namespace verbatim::cli {
namespace {

namespace control = wire::control;

/// One connection to the control socket. Writes wait: the proxy reads what it is sent.
class connection {
public:
    connection() = default;
    ~connection()
    {
        if (handle_ >= 0) ::close(handle_);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// 0, or errno.
    int open(const std::filesystem::path& file)
    {
        const net::local_socket_name name(file);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (name.text().size() >= sizeof address.sun_path) return ENAMETOOLONG;
        std::memcpy(address.sun_path, name.text().c_str(), name.text().size() + 1);
        handle_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (handle_ < 0) return errno;
        const auto* where = reinterpret_cast<const sockaddr*>(&address);
        return ::connect(handle_, where, sizeof address) == 0 ? 0 : errno;
    }
    int handle() const noexcept { return handle_; }

    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto sent = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) continue;
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// False: the proxy is gone.
    bool receive()
    {
        std::array<std::byte, 65536> chunk;
        const auto got = ::recv(handle_, chunk.data(), chunk.size(), 0);
        if (got < 0 && errno == EINTR) return true;
        if (got <= 0) return false;
        reader_.feed(byte_view(chunk).first(static_cast<std::size_t>(got)));
        return true;
    }
    result<std::optional<control::frame>> next() { return reader_.next(); }

private:
    int handle_ = -1;
    control::frame_reader reader_;
};

int cannot_reach(const context& context, const std::filesystem::path& file, int error)
{
    if (error == ENOENT || error == ECONNREFUSED)
        return fail(
            context, "no proxy runs here (" + file.string() +
                         "): start it with `verbatim start`, or name its configuration with -c");
    if (error == EACCES || error == EPERM)
        return fail(context, "you may not use " + file.string() +
                                 ": be root, or the account that the proxy runs as");
    return fail(context, file.string() + " cannot be reached: " + std::strerror(error));
}

/// What came of a conversation.
struct outcome {
    std::optional<std::uint32_t> status; ///< none: it broke off
    std::string notices;                 ///< lines for standard error
};

int report(const context& context, const outcome& came)
{
    context.out.flush();
    context.err << came.notices << std::flush;
    if (!came.status)
        return fail(context, "the proxy has closed the connection: it stops, or does not know you");
    if (!context.out) return fail(context, "the output cannot be written");
    if (*came.status == 0) return done;
    return *came.status == usage ? usage : failed;
}

/// Takes what has come. False: that was the last.
bool take_frames(connection& from, std::ostream& out, outcome& came)
{
    for (;;) {
        const auto next = from.next();
        if (!next) return false;
        if (!*next) return true;
        const auto& [what, payload] = **next;
        if (what == control::kind::data)
            out.write(payload.data(), static_cast<std::streamsize>(payload.size()));
        else if (what == control::kind::notice)
            came.notices += "verbatim: " + escape_for_log(payload, control::max_payload) + '\n';
        else if (what == control::kind::exit) {
            if (const auto status = control::parse_exit(payload)) came.status = *status;
            return false;
        }
    }
}

std::string request_frame(const control::request& what)
{
    std::string frame;
    control::append_frame(frame, control::kind::request, control::to_text(what));
    return frame;
}

/// The visitor's terminal and the proxy, until one of them is gone.
class conversation {
public:
    conversation(connection& proxy, std::ostream& out)
        : proxy_(proxy), out_(out), signals_({SIGWINCH}), screen_(STDOUT_FILENO)
    {}

    std::optional<wire::terminal_size> terminal() const
    {
        return ::isatty(STDIN_FILENO) == 1 ? screen_.size() : std::nullopt;
    }

    outcome run(const control::request& what)
    {
        outcome came;
        if (!proxy_.send(request_frame(what))) return came;
        const replay::raw_keyboard keyboard(what.terminal ? STDIN_FILENO : -1);
        std::array<pollfd, 3> ready{{{proxy_.handle(), POLLIN, 0}, {signals_.handle(), POLLIN, 0},
            {keyboard.handle(), POLLIN, 0}}};
        for (bool more = true; more && out_;) {
            if (::poll(ready.data(), ready.size(), -1) < 0) continue; // a signal
            if (ready[0].revents != 0)
                more = proxy_.receive() && take_frames(proxy_, out_.flush(), came);
            out_.flush();
            if (more && ready[1].revents != 0) more = heed_signals();
            if (more && ready[2].revents != 0) more = pass_keys(ready[2]);
        }
        return came;
    }

private:
    bool heed_signals()
    {
        for (const int number : signals_.take()) {
            if (number != SIGWINCH) return false;
            std::string frame;
            if (const auto size = terminal()) control::append_resize(frame, *size);
            if (!proxy_.send(frame)) return false;
        }
        return true;
    }

    bool pass_keys(pollfd& keyboard)
    {
        std::array<char, 4096> keys;
        const auto got = ::read(keyboard.fd, keys.data(), keys.size());
        if (got < 0 && errno == EINTR) return true;
        if (got <= 0) { // the terminal is gone; output may still be wanted
            keyboard.fd = -1;
            return true;
        }
        std::string frame;
        control::append_data(frame, {keys.data(), static_cast<std::size_t>(got)});
        return proxy_.send(frame);
    }

    connection& proxy_;
    std::ostream& out_;
    replay::signal_descriptor signals_;
    replay::output_descriptor screen_;
};

std::optional<std::filesystem::path> socket_of(const context& context)
{
    const auto settings = load_settings(context);
    if (!settings) return std::nullopt;
    return settings->data_dir / "run" / "control.sock";
}

} // namespace

int ask_proxy(const context& context, const control::request& what)
{
    const auto file = socket_of(context);
    if (!file) return usage;
    connection proxy;
    if (const int error = proxy.open(*file); error != 0) return cannot_reach(context, *file, error);
    outcome came;
    if (proxy.send(request_frame(what)))
        while (proxy.receive() && take_frames(proxy, context.out, came)) {
        }
    return report(context, came);
}

int converse_with_proxy(const context& context, control::request what)
{
    const auto file = socket_of(context);
    if (!file) return usage;
    connection proxy;
    if (const int error = proxy.open(*file); error != 0) return cannot_reach(context, *file, error);
    outcome came;
    {
        conversation talking(proxy, context.out);
        what.terminal = talking.terminal();
        came = talking.run(what);
    }
    return report(context, came);
}

} // namespace verbatim::cli
