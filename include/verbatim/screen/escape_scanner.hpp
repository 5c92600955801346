#pragma once
// Takes a terminal's byte stream apart: text, controls and escape sequences.

#include <verbatim/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace verbatim::screen {

/// What the scanner found. Views are valid during the call only.
class escape_sink {
public:
    virtual ~escape_sink() = default;
    /// Whole UTF-8 characters, none of them a control; a byte that is none comes as U+FFFD.
    virtual void on_text(std::string_view utf8) = 0;
    /// A C0 control other than ESC, CAN and SUB.
    virtual void on_control(char control) = 0;
    /// ESC, `intermediates` (0x20-0x2f, at most 4), `final`.
    virtual void on_escape(std::string_view intermediates, char final) = 0;
    /// CSI: `parameters` (0x30-0x3f), `intermediates`, `final`. Longer ones than
    /// escape_scanner::max_csi_bytes are left out.
    virtual void on_csi(
        std::string_view parameters, std::string_view intermediates, char final) = 0;
    /// A string sequence (OSC, DCS, SOS, PM, APC, screen's title) of `bytes` payload bytes ended.
    virtual void on_string(char introducer, std::size_t bytes) = 0;
};

/// The parser of ECMA-48 terminals as a streaming state machine: input may be split anywhere.
/// Shape:  7-bit and 8-bit controls are the same thing, and so are C1 controls written as UTF-8
///         (U+0080-U+009F), which terminals obey too. Bytes 0x80-0x9f inside a UTF-8 character are
///         part of it.
/// Limits: holds at most max_csi_bytes and one unfinished character. A string that has not ended
///         after max_string_bytes is given up, so that a recording cannot hide all that follows.
/// Thread: any; one stream per object.
/// Source: ECMA-48 5.4 and 5.6; DEC STD 070 for what happens on controls inside sequences.
class escape_scanner {
public:
    static constexpr std::size_t max_csi_bytes = 256;
    static constexpr std::size_t max_intermediates = 4;
    static constexpr std::size_t max_string_bytes = 1024 * 1024;

    explicit escape_scanner(escape_sink& sink) : sink_(sink) {} ///< outlives the scanner

    void feed(std::string_view bytes);
    /// The stream ends: an unfinished character becomes U+FFFD, an unfinished sequence is dropped.
    void finish();
    /// What brings a new scanner to where this one is within a sequence or character; empty: it is
    /// in none.
    std::string unfinished() const;

private:
    enum class state { ground, escape, csi, csi_ignore, string };

    void begin_string(char introducer);
    void end_string();
    void take(unsigned char byte);
    void take_high(unsigned char byte);
    void take_c1(unsigned char control);
    bool take_c0(unsigned char byte);
    void take_escape(unsigned char byte);
    void take_csi(unsigned char byte);
    void take_string(unsigned char byte);
    void bad_character();
    std::size_t plain_run(std::string_view bytes) const noexcept;

    escape_sink& sink_;
    state state_ = state::ground;
    std::string parameters_, intermediates_;
    std::size_t string_bytes_ = 0;
    char introducer_ = 0;
    // An unfinished UTF-8 character, and the range its next byte must lie in.
    std::string character_;
    std::size_t character_missing_ = 0;
    unsigned char next_low_ = 0x80, next_high_ = 0xbf;
};

} // namespace verbatim::screen
