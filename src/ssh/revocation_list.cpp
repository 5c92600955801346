#include <verbatim/ssh/revocation_list.hpp>

#include "blob.hpp"
#include "certificate_blob.hpp"

#include <verbatim/base/text.hpp>

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <optional>

namespace verbatim::ssh {

namespace {

constexpr std::string_view krl_magic{"SSHKRL\n\0", 8}, every_authority;
constexpr std::string_view fingerprint_prefix = "SHA256:", blanks = " \t\r";
constexpr std::size_t sha1_bytes = 20, sha256_bytes = 32;
constexpr std::uint32_t krl_version = 1;
enum section : std::uint8_t {
    certificates = 1,
    keys = 2,
    sha1_fingerprints = 3,
    signature = 4,
    sha256_fingerprints = 5,
    serial_list = 0x20,
    serial_range = 0x21,
    serial_bitmap = 0x22,
    key_ids = 0x23,
};

std::string digest_of(byte_view bytes, const EVP_MD* kind)
{
    std::array<char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (::EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()),
            &size, kind, nullptr) != 1)
        return {};
    return {out.data(), size};
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && blanks.find(text.front()) != blanks.npos) text.remove_prefix(1);
    while (!text.empty() && blanks.find(text.back()) != blanks.npos) text.remove_suffix(1);
    return text;
}

// The raw hash of "SHA256:base64"; empty: it is none.
std::string fingerprint_bytes(std::string_view text)
{
    if (!text.starts_with(fingerprint_prefix)) return {};
    const auto bytes = from_base64(text.substr(fingerprint_prefix.size()));
    return bytes && bytes->size() == sha256_bytes ? std::string(as_text(*bytes)) : std::string();
}

bool read_serial(std::string_view text, std::uint64_t& to)
{
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, to);
    return !text.empty() && error == std::errc{} && stop == end;
}

} // namespace

/// Reads both forms into a list.
class revocation_reader {
public:
    revocation_reader(revocation_list& to, std::string& why) : to_(to), why_(why) {}

    result<void> read_text(std::string_view content)
    {
        for (std::size_t number = 1; !content.empty(); ++number) {
            const auto end = std::min(content.find('\n'), content.size());
            const auto line = trimmed(content.substr(0, end));
            content.remove_prefix(std::min(end + 1, content.size()));
            if (line.empty() || line.front() == '#') continue;
            auto read = count() ? read_line(line) : result<void>(errc::out_of_range);
            if (read) continue;
            if (why_.empty()) why_ = read.error().message();
            why_ = "line " + std::to_string(number) + ": " + why_;
            return read;
        }
        return {};
    }

    result<void> read_krl(byte_view content)
    {
        blob_reader in{content};
        in.raw(krl_magic.size());
        const auto version = in.number();
        in.raw(3 * sizeof(std::uint64_t)); // its own version, date and flags
        in.string();
        in.string(); // a comment
        if (in.bad()) return errc::truncated;
        if (version != krl_version) return errc::unsupported_version;
        while (!in.bad() && !in.rest().empty()) {
            const auto kind = std::to_integer<std::uint8_t>(in.rest()[0]);
            in.raw(1);
            const auto body = in.string();
            if (in.bad()) return errc::truncated;
            // Its place in the file is trusted, not its signatures, as in OpenSSH.
            if (kind == signature) {
                in.string();
                continue;
            }
            if (auto read = read_section(kind, body); !read) return read;
        }
        if (in.bad()) return errc::truncated;
        return {};
    }

private:
    bool count() { return ++entries_ <= revocation_list::most_entries; }

    result<void> fault(std::string why)
    {
        why_ = std::move(why);
        return errc::malformed;
    }

    result<void> read_line(std::string_view line)
    {
        const auto value_of = [&](std::string_view key) -> std::optional<std::string_view> {
            if (!line.starts_with(key)) return std::nullopt;
            return trimmed(line.substr(key.size()));
        };
        if (const auto text = value_of("serial:")) return read_serials(*text);
        if (const auto text = value_of("id:")) {
            if (text->empty()) return fault("an id is needed");
            to_.certificates_[authority_].ids.emplace(*text);
            return {};
        }
        if (const auto text = value_of("ca:")) return read_authority(*text);
        return read_key(line, to_.sha256_, true);
    }

    result<void> read_authority(std::string_view text)
    {
        authority_.clear();
        if (text == "*") return {};
        std::set<std::string> one;
        if (auto read = read_key(text, one, false); !read) return read;
        authority_ = *one.begin();
        return {};
    }

    result<void> read_serials(std::string_view text)
    {
        const auto dash = text.find('-');
        std::uint64_t first = 0, last = 0;
        if (!read_serial(trimmed(text.substr(0, dash)), first))
            return fault("a serial number or a range such as 7-9 is needed");
        last = first;
        if (dash != text.npos && !read_serial(trimmed(text.substr(dash + 1)), last))
            return fault("a serial number or a range such as 7-9 is needed");
        if (last < first) return fault("the range ends before it begins");
        to_.add_serials(authority_, first, last);
        return {};
    }

    // A key's hash: of the key, or given as such.
    result<void> read_key(std::string_view text, std::set<std::string>& hashes, bool certificate)
    {
        auto hash = fingerprint_bytes(text);
        if (hash.empty()) {
            const auto key = public_key::parse(text);
            const auto plain = key ? plain_key(key->blob()) : key;
            if (!plain || (!certificate && is_certificate_type(key->type())))
                return fault("a public key, SHA256:..., ca:, serial: or id: is needed");
            hash = digest_of(plain->blob(), ::EVP_sha256());
        }
        hashes.insert(std::move(hash));
        return {};
    }

    result<void> read_section(std::uint8_t kind, byte_view body)
    {
        blob_reader in{body};
        switch (kind) {
        case certificates: return read_certificates(in);
        case keys: return read_strings(in, to_.blobs_, 0);
        case sha1_fingerprints: return read_strings(in, to_.sha1_, sha1_bytes);
        case sha256_fingerprints: return read_strings(in, to_.sha256_, sha256_bytes);
        default: return errc::unsupported_version; // who knows what it would revoke
        }
    }

    result<void> read_strings(blob_reader& in, std::set<std::string>& to, std::size_t size)
    {
        while (!in.bad() && !in.rest().empty()) {
            if (!count()) return errc::out_of_range;
            const auto value = in.string();
            if (in.bad()) break;
            if (size != 0 && value.size() != size) return errc::malformed;
            to.emplace(as_text(value));
        }
        if (in.bad()) return errc::truncated;
        return {};
    }

    result<void> read_certificates(blob_reader& in)
    {
        const auto authority = in.string();
        in.string(); // reserved
        authority_ =
            authority.empty() ? std::string(every_authority) : digest_of(authority, ::EVP_sha256());
        while (!in.bad() && !in.rest().empty()) {
            const auto kind = std::to_integer<std::uint8_t>(in.rest()[0]);
            in.raw(1);
            blob_reader body{in.string()};
            if (in.bad()) break;
            if (auto read = read_certificate_section(kind, body); !read) return read;
        }
        if (in.bad()) return errc::truncated;
        return {};
    }

    result<void> read_certificate_section(std::uint8_t kind, blob_reader& in)
    {
        if (kind == key_ids) return read_strings(in, to_.certificates_[authority_].ids, 0);
        if (kind == serial_bitmap) return read_bitmap(in);
        if (kind != serial_list && kind != serial_range) return errc::unsupported_version;
        while (!in.bad() && !in.rest().empty()) {
            if (!count()) return errc::out_of_range;
            const auto first = in.long_number();
            const auto last = kind == serial_range ? in.long_number() : first;
            if (in.bad() || last < first) break;
            to_.add_serials(authority_, first, last);
        }
        if (in.bad() || !in.rest().empty()) return errc::malformed;
        return {};
    }

    result<void> read_bitmap(blob_reader& in)
    {
        const auto offset = in.long_number();
        const auto bits = in.string(); // an mpint: the last bit is the first serial
        if (in.bad() || !in.rest().empty()) return errc::malformed;
        if (bits.size() > revocation_list::most_entries || offset > UINT64_MAX - bits.size() * 8)
            return errc::out_of_range;
        for (std::size_t at = 0; at < bits.size() * 8; ++at) {
            const auto byte = std::to_integer<unsigned>(bits[bits.size() - 1 - at / 8]);
            if ((byte >> (at % 8) & 1) == 0) continue;
            if (!count()) return errc::out_of_range;
            to_.add_serials(authority_, offset + at, offset + at);
        }
        return {};
    }

    revocation_list& to_;
    std::string& why_;
    std::string authority_; // whose certificates are being read
    std::size_t entries_ = 0;
};

result<revocation_list> revocation_list::parse(std::string_view content, std::string& why)
{
    why.clear();
    revocation_list list;
    revocation_reader reader(list, why);
    if (content.size() > most_bytes) {
        why = "the file is too large";
        return errc::out_of_range;
    }
    const bool krl = content.starts_with(krl_magic);
    const auto read = krl ? reader.read_krl(as_bytes(content)) : reader.read_text(content);
    if (read) return list;
    if (why.empty()) why = "the key revocation list cannot be used: " + read.error().message();
    return read.error();
}

bool revocation_list::empty() const noexcept
{
    return blobs_.empty() && sha1_.empty() && sha256_.empty() && certificates_.empty();
}

void revocation_list::add_serials(
    const std::string& authority, std::uint64_t first, std::uint64_t last)
{
    // Ranges that touch become one, so that looking one up is looking at one.
    auto& ranges = certificates_[authority].serials;
    auto at = ranges.upper_bound(first);
    if (at != ranges.begin()) {
        const auto before = std::prev(at);
        if (before->second >= first || before->second + 1 == first) {
            first = before->first;
            last = std::max(last, before->second);
            at = ranges.erase(before);
        }
    }
    while (at != ranges.end() && (at->first <= last || at->first - 1 == last)) {
        last = std::max(last, at->second);
        at = ranges.erase(at);
    }
    ranges.emplace(first, last);
}

bool revocation_list::holds_serial(const of_authority& of, std::uint64_t serial) const
{
    const auto after = of.serials.upper_bound(serial);
    return after != of.serials.begin() && std::prev(after)->second >= serial;
}

bool revocation_list::holds(const public_key& plain) const
{
    if (empty()) return false;
    return blobs_.contains(std::string(as_text(plain.blob()))) ||
           sha256_.contains(digest_of(plain.blob(), ::EVP_sha256())) ||
           (!sha1_.empty() && sha1_.contains(digest_of(plain.blob(), ::EVP_sha1())));
}

bool revocation_list::holds(const login_certificate& certificate) const
{
    if (holds(certificate.key) || holds(certificate.authority)) return true;
    for (const auto& authority :
        {std::string(every_authority), digest_of(certificate.authority.blob(), ::EVP_sha256())}) {
        const auto found = certificates_.find(authority);
        if (found == certificates_.end()) continue;
        // Serial 0 is what authorities give that do not count (PROTOCOL.krl); it names nobody.
        if (certificate.serial != 0 && holds_serial(found->second, certificate.serial)) return true;
        if (found->second.ids.contains(certificate.key_id)) return true;
    }
    return false;
}

} // namespace verbatim::ssh
