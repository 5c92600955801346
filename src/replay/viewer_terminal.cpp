#include <verbatim/replay/viewer_terminal.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace verbatim::replay {

struct signal_descriptor::saved {
    sigset_t mask;
    struct sigaction pipe;
};

signal_descriptor::signal_descriptor(std::initializer_list<int> more)
    : saved_(std::make_unique<saved>())
{
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&wanted, number);
    for (const int number : more) sigaddset(&wanted, number);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &saved_->mask);
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &saved_->pipe);
    handle_ = ::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
}

signal_descriptor::~signal_descriptor()
{
    // Taken off the queue first: unblocking would deliver what quitting has answered already.
    std::ignore = take();
    ::close(handle_);
    ::sigaction(SIGPIPE, &saved_->pipe, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &saved_->mask, nullptr);
}

std::vector<int> signal_descriptor::take()
{
    std::vector<int> out;
    signalfd_siginfo one;
    while (::read(handle_, &one, sizeof one) == sizeof one)
        out.push_back(static_cast<int>(one.ssi_signo));
    return out;
}

struct raw_keyboard::saved {
    termios settings;
};

raw_keyboard::raw_keyboard(int input) : input_(input)
{
    termios settings = {};
    if (input < 0 || ::tcgetattr(input, &settings) != 0) return;
    saved_ = std::make_unique<saved>(saved{settings});
    // OPOST is off as well: the recording's line ends were made by its own terminal driver.
    ::cfmakeraw(&settings);
    ::tcsetattr(input, TCSADRAIN, &settings);
}

raw_keyboard::~raw_keyboard()
{
    if (!saved_) return;
    ::tcsetattr(input_, TCSAFLUSH, &saved_->settings);
}

output_descriptor::output_descriptor(int output) : handle_(output), terminal_(::isatty(output) == 1)
{
    struct stat status = {};
    const bool pipe = ::fstat(output, &status) == 0 && S_ISFIFO(status.st_mode);
    if (!terminal_ && !pipe) return; // a file never blocks, and opened anew would start at 0
    // Opened anew: O_NONBLOCK on the descriptor itself would reach our parent shell too.
    const auto path = "/proc/self/fd/" + std::to_string(output);
    const int again = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (again < 0) return;
    handle_ = again;
    own_ = true;
}

output_descriptor::~output_descriptor()
{
    if (own_) ::close(handle_);
}

std::optional<wire::terminal_size> output_descriptor::size() const
{
    winsize window = {};
    if (!terminal_ || ::ioctl(handle_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
        return std::nullopt;
    return wire::terminal_size{window.ws_col, window.ws_row};
}

} // namespace verbatim::replay
