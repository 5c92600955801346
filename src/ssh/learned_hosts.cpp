#include <verbatim/ssh/learned_hosts.hpp>

#include "base/file_handle.hpp"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <tuple>

namespace verbatim::ssh {
namespace {

constexpr std::size_t max_host_bytes = 255;

// "[host]:port", lower-case; empty for a host that would not be one word of such a file.
std::string host_field(std::string_view host, std::uint16_t port)
{
    const auto fits = [](char c) {
        return c > ' ' && c < '\x7f' &&
               std::string_view{"[],*?!#|@"}.find(c) == std::string_view::npos;
    };
    if (host.empty() || host.size() > max_host_bytes ||
        !std::all_of(host.begin(), host.end(), fits))
        return {};
    std::string field = "[";
    for (const char c : host) field += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return field + "]:" + std::to_string(port);
}

result<std::string> read_all(const file_handle& file)
{
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return errc::io_error;
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > learned_hosts::max_file_bytes) return errc::out_of_range;
    std::string text(size, '\0');
    const auto have = file.read_up_to(text.data(), text.size());
    if (have < 0) return errc::io_error;
    text.resize(static_cast<std::size_t>(have));
    return text;
}

// Lines that are not ours to understand (comments, a torn last line) are passed over.
std::vector<public_key> find_keys(std::string_view text, std::string_view field)
{
    std::vector<public_key> keys;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.starts_with(field) || line.size() == field.size() || line[field.size()] != ' ')
            continue;
        if (auto key = public_key::parse(line.substr(field.size())))
            keys.push_back(std::move(*key));
    }
    return keys;
}

bool sync_name(const std::filesystem::path& file) noexcept
{
    const file_handle directory{
        ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return directory && ::fsync(directory.get()) == 0;
}

bool lock(const file_handle& file, int how) noexcept
{
    while (::flock(file.get(), how) != 0)
        if (errno != EINTR) return false;
    return true;
}

} // namespace

learned_hosts::learned_hosts(std::filesystem::path file) : file_(std::move(file)) {}

result<std::vector<public_key>> learned_hosts::keys_of(
    std::string_view host, std::uint16_t port) const
{
    const auto field = host_field(host, port);
    if (field.empty()) return errc::malformed;
    const file_handle file{::open(file_.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file && errno == ENOENT) return std::vector<public_key>{};
    if (!file || !lock(file, LOCK_SH)) return errc::io_error;
    const auto text = read_all(file);
    if (!text) return text.error();
    return find_keys(*text, field);
}

result<learned_hosts::verdict> learned_hosts::check_or_learn(
    std::string_view host, std::uint16_t port, const public_key& key)
{
    const auto field = host_field(host, port);
    if (field.empty()) return errc::malformed;
    const file_handle file{::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    if (!file || !lock(file, LOCK_EX)) return errc::io_error;
    const auto text = read_all(file);
    if (!text) return text.error();
    const auto keys = find_keys(*text, field);
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return verdict::known;
    if (!keys.empty()) return verdict::changed;
    // A line that a crash tore is ended first, or ours would become its tail.
    const bool torn = !text->empty() && text->back() != '\n';
    const auto line = (torn ? "\n" : "") + field + ' ' + key.to_string() + '\n';
    if (text->size() + line.size() > max_file_bytes) return errc::out_of_range;
    if (!file.write_all(line) || ::fsync(file.get()) != 0) {
        // A torn line must not be taken for a key later: take back what was written. Should even
        // that fail, the rest of it parses as no key, and the host is simply unknown again.
        std::ignore = ::ftruncate(file.get(), static_cast<off_t>(text->size()));
        return errc::io_error;
    }
    if (text->empty() && !sync_name(file_)) return errc::io_error;
    return verdict::learned;
}

} // namespace verbatim::ssh
