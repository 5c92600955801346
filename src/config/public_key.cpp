#include <verbatim/config/public_key.hpp>

#include <verbatim/base/text.hpp>

#include <array>
#include <vector>

namespace verbatim::config {
namespace {

constexpr std::string_view blanks = " \t";

// Splits a blob into its length-prefixed strings (RFC 4251, 5); nothing when the lengths do not
// add up.
std::optional<std::vector<std::string_view>> fields_of(std::string_view blob)
{
    std::vector<std::string_view> fields;
    while (!blob.empty()) {
        if (blob.size() < 4 || fields.size() == 8) return std::nullopt;
        std::size_t length = 0;
        for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(blob[i]);
        blob.remove_prefix(4);
        if (length > blob.size()) return std::nullopt;
        fields.push_back(blob.substr(0, length));
        blob.remove_prefix(length);
    }
    return fields;
}

struct key_format {
    std::string_view type;
    std::size_t fields; ///< after the type
    std::string_view curve;
    std::size_t key_bytes; ///< of the field that holds the key; 0: not fixed
};

constexpr std::array<key_format, 7> formats{{
    {"ssh-ed25519", 1, "", 32},
    {"ssh-rsa", 2, "", 0},
    {"ecdsa-sha2-nistp256", 2, "nistp256", 65},
    {"ecdsa-sha2-nistp384", 2, "nistp384", 97},
    {"ecdsa-sha2-nistp521", 2, "nistp521", 133},
    {"sk-ssh-ed25519@openssh.com", 2, "", 32},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 3, "nistp256", 65},
}};

const key_format* format_of(std::string_view type)
{
    for (const auto& format : formats)
        if (format.type == type) return &format;
    return nullptr;
}

std::size_t bits_of(std::string_view mpint)
{
    while (!mpint.empty() && mpint.front() == '\0') mpint.remove_prefix(1);
    if (mpint.empty()) return 0;
    std::size_t bits = mpint.size() * 8;
    for (unsigned top = static_cast<unsigned char>(mpint.front()); top < 0x80; top <<= 1) --bits;
    return bits;
}

// What is wrong with the fields after the type; empty: nothing.
std::string fault_of(const key_format& format, const std::vector<std::string_view>& fields)
{
    if (fields.size() != format.fields + 1) return "the key is cut short or has parts too many";
    if (format.type == "ssh-rsa") {
        const auto bits = bits_of(fields[2]);
        if (bits < 2048)
            return "an RSA key of " + std::to_string(bits) + " bits; 2048 is the least";
        if (bits > 16384)
            return "an RSA key of " + std::to_string(bits) + " bits; 16384 is the most";
        return {};
    }
    const std::size_t at = format.curve.empty() ? 1 : 2;
    if (!format.curve.empty() && fields[1] != format.curve) return "the key is on another curve";
    if (fields[at].size() != format.key_bytes) return "the key has the wrong length for its type";
    return {};
}

std::string fault_of_type(std::string_view type)
{
    if (type == "ssh-dss") return "DSA keys are not accepted";
    if (type.find("-cert-v01@") != std::string_view::npos)
        return "a certificate where a key belongs";
    if (type.find_first_of("=,\"") != std::string_view::npos || type == "restrict" ||
        type == "cert-authority")
        return "options before the key are not supported; write 'type base64 comment'";
    return "unknown key type '" + escape_for_log(type, 60) + "'; write 'type base64 comment'";
}

} // namespace

std::string public_key::line() const { return type + ' ' + to_base64(as_bytes(blob)); }

std::optional<public_key> parse_public_key(std::string_view line, std::string& why)
{
    const auto word = [&] {
        const auto start = std::min(line.find_first_not_of(blanks), line.size());
        line.remove_prefix(start);
        const auto text = line.substr(0, std::min(line.find_first_of(blanks), line.size()));
        line.remove_prefix(text.size());
        return text;
    };
    const auto type = word();
    const auto encoded = word();
    const auto* format = format_of(type);
    if (format == nullptr) {
        why = fault_of_type(type);
        return std::nullopt;
    }
    const auto blob = from_base64(encoded);
    const auto fields = blob ? fields_of(as_text(*blob)) : std::nullopt;
    if (encoded.empty() || !fields || fields->empty()) {
        why = "the key's base64 is damaged";
        return std::nullopt;
    }
    if (fields->front() != type) {
        why = "the key says it is '" + escape_for_log(fields->front(), 60) + "', not '" +
              std::string(type) + "'";
        return std::nullopt;
    }
    why = fault_of(*format, *fields);
    if (!why.empty()) return std::nullopt;
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    return public_key{std::string(type), std::string(as_text(*blob)), std::string(line)};
}

} // namespace verbatim::config
