#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace verbatim::screen {

/// Cuts a program's output into text and whole control sequences (ECMA-48; control strings end with
/// ST or BEL), however it comes. Thread: one.
class control_scanner {
public:
    /// A longer sequence is given up: its rest is text.
    static constexpr std::size_t longest_sequence = 4096;

    struct item {
        enum class kind {
            end,     ///< nothing whole is left
            text,    ///< printable characters and C0 controls, but SO, SI and ESC
            shift,   ///< SO or SI
            escape,  ///< ESC and what follows, but for CSI
            control, ///< CSI: "\033[" up to its final byte
            string,  ///< OSC, DCS, APC, PM, SOS, with its end; of one too long the beginning
        } what = kind::end;
        std::string_view bytes;
    };

    /// More output. What next() gave before is no longer valid.
    void feed(std::string_view bytes);
    /// The next item. Text is as long as it can be, and does not end within a UTF-8 character.
    item next();
    /// What has begun and is not whole yet.
    std::string_view unfinished() const noexcept { return std::string_view(buffer_).substr(at_); }

private:
    item take(item::kind what, std::size_t size);
    std::size_t text_size(std::string_view rest) const noexcept;
    item next_escape(std::string_view rest);
    item next_string(std::string_view rest);
    void drop_overlong_string();

    std::string buffer_;
    std::size_t at_ = 0;
    bool in_overlong_string_ = false; // its end is still to come
};

} // namespace verbatim::screen
