#pragma once
// What somebody's terminal may be shown of another one, recorded or live.

#include <verbatim/screen/escape_scanner.hpp>

#include <string>
#include <string_view>

namespace verbatim::screen {

/// Keeps what draws (text, colours, cursor, erasing, scrolling, the alternate screen) and leaves
/// out everything else: clipboard and titles (OSC), device and mode queries, answerback, window
/// manipulation, printing, DCS/APC/PM/SOS strings, keyboard and mouse modes, character-set switches
/// out of UTF-8. A list of what is allowed, so that a sequence nobody thought of stays out.
/// For who types as well, the modes that say what keys and the mouse send pass too.
/// Shape:  what it passes is written in 7-bit form; invalid UTF-8 becomes U+FFFD. The viewer's
///         terminal is taken to be a UTF-8 one.
/// Limits: those of escape_scanner; output is at most three times the input.
/// Thread: any; one stream per object, input split anywhere.
class terminal_filter final : private escape_sink {
public:
    enum class viewer { watches, types };
    explicit terminal_filter(viewer who = viewer::watches) : scanner_(*this), who_(who) {}
    terminal_filter(const terminal_filter&) = delete;
    terminal_filter& operator=(const terminal_filter&) = delete;

    /// Appends the harmless part of `bytes` to `out`.
    void filter(std::string_view bytes, std::string& out);
    void finish(std::string& out);

    /// What was passed last switched to an alternate screen, not back.
    bool on_alternate_screen() const noexcept { return alternate_screen_; }

private:
    void on_text(std::string_view utf8) override;
    void on_control(char control) override;
    void on_escape(std::string_view intermediates, char final) override;
    void on_csi(std::string_view parameters, std::string_view intermediates, char final) override;
    void on_string(char, std::size_t) override {}
    void pass_modes(std::string_view prefix, std::string_view numbers, char final);

    escape_scanner scanner_;
    const viewer who_;
    std::string* out_ = nullptr; ///< during a call only
    bool alternate_screen_ = false;
};

/// The words alone, for a transcript: escape sequences and controls are left out, but for tabs and
/// line ends (CR LF, LF and a lone CR each become one LF: nothing on a line is hidden by what was
/// printed over it).
/// Limits and thread: as terminal_filter.
class transcript_filter final : private escape_sink {
public:
    transcript_filter() : scanner_(*this) {}
    transcript_filter(const transcript_filter&) = delete;
    transcript_filter& operator=(const transcript_filter&) = delete;

    void filter(std::string_view bytes, std::string& out);
    void finish(std::string& out);

private:
    void on_text(std::string_view utf8) override;
    void on_control(char control) override;
    void on_escape(std::string_view, char) override {}
    void on_csi(std::string_view, std::string_view, char) override {}
    void on_string(char, std::size_t) override {}
    void end_pending_line();

    escape_scanner scanner_;
    std::string* out_ = nullptr; ///< during a call only
    bool carriage_return_ = false;
};

} // namespace verbatim::screen
