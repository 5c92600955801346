#pragma once
// The viewer's terminal and the signals, as things that put themselves back.

#include <verbatim/wire/events.hpp>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::replay {

/// SIGINT, SIGTERM, SIGHUP, SIGQUIT and `more` as a descriptor; SIGPIPE is ignored. As before when
/// destroyed.
class signal_descriptor {
public:
    explicit signal_descriptor(std::initializer_list<int> more = {});
    ~signal_descriptor();
    signal_descriptor(const signal_descriptor&) = delete;
    signal_descriptor& operator=(const signal_descriptor&) = delete;
    int handle() const noexcept { return handle_; }
    /// Those that have come since the last call; does not wait.
    std::vector<int> take();

private:
    struct saved;
    std::unique_ptr<saved> saved_;
    int handle_ = -1;
};

/// Keys one by one, without echo, while it lives; only if `input` is a terminal.
class raw_keyboard {
public:
    explicit raw_keyboard(int input);
    ~raw_keyboard();
    raw_keyboard(const raw_keyboard&) = delete;
    raw_keyboard& operator=(const raw_keyboard&) = delete;
    /// The descriptor to read keys from; -1: there are none.
    int handle() const noexcept { return saved_ ? input_ : -1; }

private:
    struct saved;
    int input_;
    std::unique_ptr<saved> saved_;
};

/// Writes without blocking, so that keys and signals are heard while the terminal is slow.
class output_descriptor {
public:
    explicit output_descriptor(int output);
    ~output_descriptor();
    output_descriptor(const output_descriptor&) = delete;
    output_descriptor& operator=(const output_descriptor&) = delete;
    int handle() const noexcept { return handle_; }
    bool is_terminal() const noexcept { return terminal_; }
    std::optional<wire::terminal_size> size() const;

private:
    int handle_;
    bool own_ = false, terminal_ = false;
};

} // namespace verbatim::replay
