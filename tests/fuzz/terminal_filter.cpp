// Whatever bytes a recording holds, and however they are cut, what reaches the viewer's terminal
// consists of text, drawing controls and a few kinds of drawing sequences.

#include <verbatim/base/text.hpp>
#include <verbatim/screen/terminal_filter.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using verbatim::screen::terminal_filter;
using verbatim::screen::transcript_filter;

void require(bool holds)
{
    if (!holds) std::abort();
}

/// Independent of the filter's own parser: every ESC opens one of the shapes that may pass.
void require_harmless(std::string_view out)
{
    require(verbatim::is_utf8(out));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        require(byte != 0x05 && byte != 0x7f && byte != 0x18 && byte != 0x1a && byte != 0);
        require(!(byte == 0xc2 && static_cast<unsigned char>(out[i + 1]) < 0xa0));
        if (byte != 0x1b) continue;
        require(i + 1 < out.size());
        const char kind = out[++i];
        require(std::string_view("[78DEHM()*+#").find(kind) != std::string_view::npos);
        if (kind != '[') continue;
        std::size_t end = i + 1;
        while (end < out.size() && (out[end] < 0x40 || out[end] > 0x7e)) ++end;
        require(end < out.size());
        // "\033[x" would be answered; "\033[...$x" fills a rectangle.
        const bool fills = out[end] == 'x' && out[end - 1] == '$';
        require(fills || std::string_view("cnxtiyw~{}|o").find(out[end]) == std::string_view::npos);
        i = end;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::string at_once, cut;
    terminal_filter first, second;
    first.filter(input, at_once);
    first.finish(at_once);
    for (const char c : input) second.filter({&c, 1}, cut);
    second.finish(cut);
    require(at_once == cut);
    require_harmless(at_once);

    std::string words;
    transcript_filter transcript;
    transcript.filter(input, words);
    transcript.finish(words);
    require(verbatim::is_utf8(words));
    for (const char c : words)
        require(c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20);
    return 0;
}
