#include "config/settings_reader.hpp"

#include "config/text_file.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/config/password_hash.hpp>
#include <verbatim/config/public_key.hpp>

#include <array>

namespace verbatim::config {
namespace {

constexpr std::size_t longest_hash = 384, hash_digits = 43, most_methods = 8,
                      largest_ca_file = 1024 * 1024, largest_revocation_file = 16 * 1024 * 1024,
                      longest_principal = 255;
constexpr std::size_t shortest_totp = 16, longest_totp = 128; // base32: 10 to 80 bytes
constexpr std::array<std::string_view, 3> methods{"publickey", "password", "keyboard-interactive"};

// What is wrong with a list; empty: nothing.
std::string read_list(std::string_view text, std::vector<std::string>& to)
{
    while (true) {
        const auto comma = std::min(text.find(','), text.size());
        const auto name = text.substr(0, comma);
        if (std::find(methods.begin(), methods.end(), name) == methods.end())
            return in_quotes(name) + " is none of: publickey, password, keyboard-interactive";
        if (to.size() == most_methods) return "more than 8 methods in a list";
        to.emplace_back(name);
        if (comma == text.size()) return {};
        text.remove_prefix(comma + 1);
    }
}

std::filesystem::path beside(const findings& found, const std::string& path)
{
    return std::filesystem::absolute(found.file.parent_path() / path).lexically_normal();
}

void read_authorities(map_reader& map, ssh_settings& to, findings& found)
{
    for (const auto& given : map.texts("trusted_user_ca_keys")) {
        std::string why;
        if (given.text.starts_with('/') || given.text.starts_with("./")) {
            to.trusted_user_ca_files.push_back(beside(found, given.text));
            continue;
        }
        if (const auto key = parse_public_key(given.text, why))
            to.trusted_user_ca_keys.push_back(key->line());
        else
            found.complain(given.line, "trusted_user_ca_keys in " + map.where() + ": " + why +
                                           " (a file's path begins with / or ./)");
    }
}

// What is wrong with a hash; empty: nothing.
std::string fault_of_hash(std::string_view text)
{
    constexpr std::string_view how =
        "; `verbatim users passwd` and `mkpasswd -m yescrypt` make such ones";
    const auto salt = text.substr(0, text.rfind('$'));
    const bool is_yescrypt =
        text.starts_with("$y$") && text.size() <= longest_hash &&
        text.size() == salt.size() + 1 + hash_digits &&
        text.find_first_not_of("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "$") == std::string_view::npos;
    if (!is_yescrypt) return "a yescrypt hash ($y$...) is needed" + std::string(how);
    if (!salt.starts_with(password_hash_prefix) ||
        salt.find('$', password_hash_prefix.size()) != std::string_view::npos)
        return "a yescrypt hash of the default cost (" + std::string(password_hash_prefix) +
               "...) is needed, since another would tell by the time who there is" +
               std::string(how);
    return {};
}

bool is_base32(std::string_view text)
{
    return text.size() >= shortest_totp && text.size() <= longest_totp &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == std::string_view::npos;
}

} // namespace

void read_methods(map_reader& map, method_lists& to, findings& found)
{
    const auto given = map.texts("authentication_methods");
    if (!given.empty()) to.clear();
    for (const auto& one : given) {
        std::vector<std::string> list;
        const auto fault = read_list(one.text, list);
        if (fault.empty()) to.push_back(std::move(list));
        else found.complain(one.line, "authentication_methods in " + map.where() + ": " + fault);
    }
}

void read_login(map_reader& map, ssh_settings& to, findings& found)
{
    read_methods(map, to.authentication_methods, found);
    read_authorities(map, to, found);
    if (std::string path; map.text("revoked_keys", path)) to.revoked_keys = beside(found, path);
}

void read_user_proofs(map_reader& map, user_settings& to, bool in_users_file, findings& found)
{
    for (auto& name : map.texts("principals")) {
        if (name.text.empty() || name.text.size() > longest_principal)
            found.complain(
                name.line, "principals in " + map.where() + ": a name of 1 to 255 bytes is needed");
        else to.principals.push_back(std::move(name.text));
    }
    if (auto hash = map.text("password_hash")) {
        const auto fault = fault_of_hash(hash->text);
        if (fault.empty()) to.password_hash = std::make_shared<const secret>(std::move(hash->text));
        else map.complain("password_hash", fault);
    }
    if (auto code = map.text("totp_secret")) {
        if (!in_users_file)
            map.complain("totp_secret", "it belongs into data_dir/users.yaml, which only the proxy "
                                        "may read; `verbatim users totp` puts it there");
        else if (is_base32(code->text))
            to.totp_secret = std::make_shared<const secret>(std::move(code->text));
        else map.complain("totp_secret", "16 to 128 letters of base32 are needed");
    }
}

user_settings::security_key_rules take_key_options(std::string_view& line)
{
    user_settings::security_key_rules rules;
    auto options = line.substr(0, line.find(' '));
    auto read = rules;
    while (!options.empty()) {
        const auto one = options.substr(0, options.find(','));
        options.remove_prefix(std::min(one.size() + 1, options.size()));
        if (one == "verify-required") read.verify_required = true;
        else if (one == "no-touch-required") read.touch_required = false;
        else return rules; // a key's type, or options that its parser speaks of
    }
    rules = read;
    line.remove_prefix(std::min(line.find(' '), line.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return rules;
}

void read_login_files(ssh_settings& to, findings& found)
{
    const auto main_file = found.file;
    for (const auto& file : to.trusted_user_ca_files) {
        found.file = file;
        std::string why;
        const auto text = read_file(file, largest_ca_file, why);
        if (!text) found.complain(0, why);
        std::string_view rest = text ? std::string_view(*text) : std::string_view();
        for (int number = 1; !rest.empty(); ++number) {
            const auto end = std::min(rest.find('\n'), rest.size());
            auto line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (line.find_first_not_of(" \t") == line.npos || line.starts_with('#')) continue;
            if (const auto key = parse_public_key(line, why))
                to.trusted_user_ca_keys.push_back(key->line());
            else found.complain(number, why);
        }
    }
    if (!to.revoked_keys.empty()) {
        // Without it everybody would be let in who must not be: no list, no start.
        found.file = to.revoked_keys;
        std::string why;
        auto content = read_file(to.revoked_keys, largest_revocation_file, why);
        if (content) to.revoked_keys_content = std::move(*content);
        else found.complain(0, why);
    }
    found.file = main_file;
}

} // namespace verbatim::config
