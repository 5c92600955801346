#include <verbatim/screen/escape_scanner.hpp>

namespace verbatim::screen {

namespace {

constexpr unsigned char escape = 0x1b, cancel = 0x18, substitute = 0x1a, bell = 0x07, del = 0x7f;
constexpr std::string_view replacement = "\xef\xbf\xbd";

bool is_printable_ascii(unsigned char byte) noexcept { return byte >= 0x20 && byte < del; }

/// ESC x that opens a string: DCS, SOS, OSC, PM, APC, and screen's title (ESC k).
bool opens_string(unsigned char final) noexcept
{
    return final == 'P' || final == 'X' || final == ']' || final == '^' || final == '_' ||
           final == 'k';
}

} // namespace

void escape_scanner::feed(std::string_view bytes)
{
    while (!bytes.empty()) {
        if (state_ == state::ground && character_missing_ == 0) {
            if (const auto plain = plain_run(bytes); plain > 0) {
                sink_.on_text(bytes.substr(0, plain));
                bytes.remove_prefix(plain);
                continue;
            }
        }
        take(static_cast<unsigned char>(bytes.front()));
        bytes.remove_prefix(1);
    }
}

void escape_scanner::finish()
{
    if (character_missing_ > 0) bad_character();
    if (state_ == state::string) end_string();
    state_ = state::ground;
}

std::string escape_scanner::unfinished() const
{
    std::string out;
    switch (state_) {
    case state::ground: break;
    case state::escape: out = "\033" + intermediates_; break;
    case state::csi: out = "\033[" + parameters_ + intermediates_; break;
    case state::csi_ignore: out = "\033[" + std::string(max_csi_bytes + 1, '0'); break;
    case state::string: out = {'\033', introducer_}; break; // who sees it again sees none of it
    }
    return out + character_;
}

std::size_t escape_scanner::plain_run(std::string_view bytes) const noexcept
{
    std::size_t length = 0;
    while (length < bytes.size() && is_printable_ascii(static_cast<unsigned char>(bytes[length])))
        ++length;
    return length;
}

void escape_scanner::take(unsigned char byte)
{
    if (character_missing_ > 0) {
        if (byte >= next_low_ && byte <= next_high_) {
            take_high(byte);
            return;
        }
        bad_character();
    }
    if (byte >= 0x80) {
        take_high(byte);
        return;
    }
    switch (state_) {
    case state::ground:
        if (take_c0(byte)) return;
        if (byte != del) {
            const char character = static_cast<char>(byte);
            sink_.on_text({&character, 1});
        }
        return;
    case state::escape: take_escape(byte); return;
    case state::csi:
    case state::csi_ignore: take_csi(byte); return;
    case state::string: take_string(byte); return;
    }
}

/// A byte with the high bit set: part of a character, or an 8-bit control of its own.
void escape_scanner::take_high(unsigned char byte)
{
    if (character_missing_ > 0) {
        character_.push_back(static_cast<char>(byte));
        next_low_ = 0x80;
        next_high_ = 0xbf;
        if (--character_missing_ > 0) return;
        if (character_.size() == 2 && character_[0] == '\xc2' && byte < 0xa0) {
            character_.clear();
            take_c1(byte);
            return;
        }
        if (state_ == state::string) string_bytes_ += character_.size();
        else {
            state_ = state::ground; // no sequence holds such a character: it ends unfinished
            sink_.on_text(character_);
        }
        character_.clear();
        return;
    }
    if (byte < 0xa0) {
        take_c1(byte);
        return;
    }
    // Table 3-7 of the Unicode standard: which second bytes follow which first ones.
    next_low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    next_high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    character_.assign(1, static_cast<char>(byte));
    if (byte >= 0xc2 && byte <= 0xdf) character_missing_ = 1;
    else if (byte >= 0xe0 && byte <= 0xef) character_missing_ = 2;
    else if (byte >= 0xf0 && byte <= 0xf4) character_missing_ = 3;
    else bad_character();
}

void escape_scanner::bad_character()
{
    character_.clear();
    character_missing_ = 0;
    if (state_ == state::string) {
        ++string_bytes_;
        return;
    }
    state_ = state::ground;
    sink_.on_text(replacement);
}

/// An 8-bit control is ESC and the control less 0x40.
void escape_scanner::take_c1(unsigned char control)
{
    if (state_ == state::string) end_string();
    state_ = state::escape;
    intermediates_.clear();
    if (control == 0x9c) state_ = state::ground; // ST
    else take_escape(static_cast<unsigned char>(control - 0x40));
}

/// Controls work inside sequences as well. True: `byte` was one and is done with.
bool escape_scanner::take_c0(unsigned char byte)
{
    if (byte >= 0x20) return false;
    if (byte == escape) {
        state_ = state::escape;
        intermediates_.clear();
    } else if (byte == cancel || byte == substitute) state_ = state::ground;
    else sink_.on_control(static_cast<char>(byte));
    return true;
}

void escape_scanner::take_escape(unsigned char byte)
{
    if (take_c0(byte) || byte == del) return;
    if (byte < 0x30) {
        // One too many: the sequence stays unknown, whatever its end.
        if (intermediates_.size() <= max_intermediates)
            intermediates_.push_back(static_cast<char>(byte));
        return;
    }
    if (intermediates_.empty() && byte == '[') {
        state_ = state::csi;
        parameters_.clear();
        return;
    }
    if (intermediates_.empty() && opens_string(byte)) {
        begin_string(static_cast<char>(byte));
        return;
    }
    state_ = state::ground;
    if (intermediates_.size() <= max_intermediates)
        sink_.on_escape(intermediates_, static_cast<char>(byte));
}

void escape_scanner::take_csi(unsigned char byte)
{
    if (take_c0(byte) || byte == del) return;
    if (byte >= 0x40) {
        const bool ignored = state_ == state::csi_ignore;
        state_ = state::ground;
        if (!ignored) sink_.on_csi(parameters_, intermediates_, static_cast<char>(byte));
        return;
    }
    if (state_ == state::csi_ignore) return;
    if (parameters_.size() + intermediates_.size() >= max_csi_bytes) {
        state_ = state::csi_ignore;
    } else if (byte < 0x30) {
        intermediates_.push_back(static_cast<char>(byte));
    } else if (intermediates_.empty()) {
        parameters_.push_back(static_cast<char>(byte));
    } else {
        state_ = state::csi_ignore; // a parameter after an intermediate
    }
}

void escape_scanner::begin_string(char introducer)
{
    state_ = state::string;
    introducer_ = introducer;
    string_bytes_ = 0;
}

void escape_scanner::end_string()
{
    state_ = state::ground;
    sink_.on_string(introducer_, string_bytes_);
}

void escape_scanner::take_string(unsigned char byte)
{
    if (byte == escape) {
        // ST is ESC \; any other sequence ends the string as well and is obeyed.
        end_string();
        state_ = state::escape;
        intermediates_.clear();
        return;
    }
    const bool ends = byte == cancel || byte == substitute || (byte == bell && introducer_ == ']');
    if (ends || ++string_bytes_ >= max_string_bytes) end_string();
}

} // namespace verbatim::screen
