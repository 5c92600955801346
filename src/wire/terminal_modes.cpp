#include <verbatim/wire/terminal_modes.hpp>

#include <array>

namespace verbatim::wire::ssh {
namespace {

constexpr std::uint8_t end_opcode = 0, first_undefined_opcode = 160;
constexpr std::size_t mode_bytes = 5;

struct named_mode {
    std::uint8_t opcode;
    std::string_view name;
};

constexpr std::array names{named_mode{1, "VINTR"}, named_mode{2, "VQUIT"}, named_mode{3, "VERASE"},
    named_mode{4, "VKILL"}, named_mode{5, "VEOF"}, named_mode{6, "VEOL"}, named_mode{7, "VEOL2"},
    named_mode{8, "VSTART"}, named_mode{9, "VSTOP"}, named_mode{10, "VSUSP"},
    named_mode{11, "VDSUSP"}, named_mode{12, "VREPRINT"}, named_mode{13, "VWERASE"},
    named_mode{14, "VLNEXT"}, named_mode{15, "VFLUSH"}, named_mode{16, "VSWTCH"},
    named_mode{17, "VSTATUS"}, named_mode{18, "VDISCARD"}, named_mode{30, "IGNPAR"},
    named_mode{31, "PARMRK"}, named_mode{32, "INPCK"}, named_mode{33, "ISTRIP"},
    named_mode{34, "INLCR"}, named_mode{35, "IGNCR"}, named_mode{36, "ICRNL"},
    named_mode{37, "IUCLC"}, named_mode{38, "IXON"}, named_mode{39, "IXANY"},
    named_mode{40, "IXOFF"}, named_mode{41, "IMAXBEL"}, named_mode{42, "IUTF8"},
    named_mode{50, "ISIG"}, named_mode{51, "ICANON"}, named_mode{52, "XCASE"},
    named_mode{53, "ECHO"}, named_mode{54, "ECHOE"}, named_mode{55, "ECHOK"},
    named_mode{56, "ECHONL"}, named_mode{57, "NOFLSH"}, named_mode{58, "TOSTOP"},
    named_mode{59, "IEXTEN"}, named_mode{60, "ECHOCTL"}, named_mode{61, "ECHOKE"},
    named_mode{62, "PENDIN"}, named_mode{70, "OPOST"}, named_mode{71, "OLCUC"},
    named_mode{72, "ONLCR"}, named_mode{73, "OCRNL"}, named_mode{74, "ONOCR"},
    named_mode{75, "ONLRET"}, named_mode{90, "CS7"}, named_mode{91, "CS8"},
    named_mode{92, "PARENB"}, named_mode{93, "PARODD"}, named_mode{128, "TTY_OP_ISPEED"},
    named_mode{129, "TTY_OP_OSPEED"}};

bool is_end(std::uint8_t opcode) noexcept
{
    return opcode == end_opcode || opcode >= first_undefined_opcode;
}

// Calls `take` with each mode; false when the list ends inside an argument.
template <class Take>
bool for_each_mode(byte_view modes, Take take)
{
    while (!modes.empty()) {
        const auto opcode = std::to_integer<std::uint8_t>(modes[0]);
        if (is_end(opcode)) return true;
        if (modes.size() < mode_bytes) return false;
        std::uint32_t argument = 0;
        for (const auto byte : modes.subspan(1, 4))
            argument = argument << 8 | std::to_integer<std::uint32_t>(byte);
        take(terminal_mode{opcode, argument});
        modes = modes.subspan(mode_bytes);
    }
    return true;
}

} // namespace

bool are_well_formed(byte_view modes) noexcept
{
    return for_each_mode(modes, [](terminal_mode) {});
}

result<std::vector<terminal_mode>> decode_modes(byte_view modes)
{
    std::vector<terminal_mode> out;
    if (!for_each_mode(modes, [&](terminal_mode mode) { out.push_back(mode); }))
        return errc::truncated;
    return out;
}

std::string_view mode_name(std::uint8_t opcode) noexcept
{
    for (const auto& known : names)
        if (known.opcode == opcode) return known.name;
    return {};
}

std::string describe_modes(byte_view modes)
{
    std::string out;
    const auto add = [&](std::string_view text) {
        if (!out.empty()) out += ' ';
        out += text;
    };
    const bool whole = for_each_mode(modes, [&](terminal_mode mode) {
        const auto name = mode_name(mode.opcode);
        add(name.empty() ? std::to_string(mode.opcode) : std::string(name));
        out += '=' + std::to_string(mode.argument);
    });
    if (!whole) add("(malformed)");
    return out;
}

} // namespace verbatim::wire::ssh
