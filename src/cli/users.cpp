#include <verbatim/cli/commands.hpp>

#include "cli/typed_secret.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/config/public_key.hpp>
#include <verbatim/config/users_file.hpp>
#include <verbatim/login/password.hpp>
#include <verbatim/login/totp.hpp>

#include <CLI/CLI.hpp>

#include <fstream>
#include <functional>
#include <iomanip>
#include <istream>
#include <ostream>

namespace verbatim::cli {
namespace {

using config::user_settings;

constexpr std::size_t max_key_file_bytes = 64 * 1024;
constexpr std::string_view how_to_reload =
    "A running proxy takes this up on SIGHUP: `systemctl reload verbatim`, or `kill -HUP` its "
    "process.\n";

template <class List>
auto find_user(List& users, std::string_view name)
{
    return std::find_if(
        users.begin(), users.end(), [&](const auto& user) { return user.name == name; });
}

bool add_new(std::vector<std::string>& to, const std::string& value)
{
    if (std::find(to.begin(), to.end(), value) != to.end()) return false;
    to.push_back(value);
    return true;
}

std::string blob_of(const std::string& line)
{
    std::string why;
    const auto key = config::parse_public_key(line, why);
    return key ? key->blob : std::string{};
}

// The keys of a .pub or authorized_keys file; empty, and `why`, when one of its lines is no key.
std::vector<std::string> keys_in(std::istream& text, std::string& why)
{
    std::vector<std::string> keys;
    std::string line;
    std::size_t total = 0;
    while (why.empty() && std::getline(text, line)) {
        total += line.size();
        if (total > max_key_file_bytes) why = "is too large for a file of public keys";
        else if (line.starts_with("-----BEGIN"))
            why = "holds a private key; give the file with the public one, *.pub";
        if (line.ends_with('\r')) line.pop_back();
        if (!why.empty() || line.empty() || line.starts_with('#')) continue;
        const auto key = config::parse_public_key(line, why);
        if (!key) continue;
        const auto comment = escape_for_log(key->comment);
        keys.push_back(comment.empty() ? key->line() : key->line() + ' ' + comment);
    }
    if (why.empty() && keys.empty()) why = "holds no public key";
    return keys;
}

// Adds what is not there yet; false when all was.
bool give(user_settings& user, const std::vector<std::string>& roles,
    const std::vector<std::string>& keys)
{
    bool changed = false;
    for (const auto& role : roles) changed |= add_new(user.roles, role);
    for (const auto& key : keys) {
        const auto& have = user.authorized_keys;
        if (std::any_of(have.begin(), have.end(),
                [&](const auto& line) { return blob_of(line) == blob_of(key); }))
            continue;
        user.authorized_keys.push_back(key);
        changed = true;
    }
    return changed;
}

std::string counted(std::size_t count, std::string_view what)
{
    return std::to_string(count) + ' ' + std::string(what) + (count == 1 ? "" : "s");
}

class users final : public command {
public:
    std::string_view name() const override { return "users"; }
    std::string_view summary() const override { return "Add, list and remove users"; }
    std::string_view examples() const override
    {
        return "  verbatim users add alice --role admin --key ~/.ssh/id_ed25519.pub\n"
               "  ssh-keygen -y -f key | verbatim users add bob --role dev --key -\n"
               "  verbatim users passwd bob\n"
               "  verbatim users totp bob\n"
               "  verbatim users list\n"
               "  verbatim users rm bob\n"
               "\n"
               "They are kept in data_dir/users.yaml. `add` for a user who is there adds roles "
               "and\n"
               "keys. A running proxy reads the file again on SIGHUP.\n";
    }
    void add_options(CLI::App& app) override;
    int run(const context& context) override;

private:
    int add(const context& context, const config::settings& settings) const;
    int list(const context& context, const config::settings& settings) const;
    int remove(const context& context, const config::settings& settings) const;
    int set_password(const context& context, const config::settings& settings) const;
    int set_totp(const context& context, const config::settings& settings) const;
    int in_file(const context& context, const config::settings& settings,
        const std::function<bool(user_settings&)>& what, std::string_view said) const;
    using step = int (users::*)(const cli::context&, const config::settings&) const;
    int change(const cli::context& context, step what) const;
    bool read_keys(const context& context, const config::settings& settings,
        std::vector<std::string>& keys) const;
    std::optional<std::vector<user_settings>> file_users(
        const context& context, const config::settings& settings) const;

    CLI::App *add_ = nullptr, *list_ = nullptr, *remove_ = nullptr, *password_ = nullptr,
             *totp_ = nullptr;
    std::string user_;
    bool takes_away_ = false;
    std::shared_ptr<const secret> hash_; // made before the file is locked: typing takes its time
    std::vector<std::string> roles_, key_files_;
};

void users::add_options(CLI::App& app)
{
    add_ = app.add_subcommand("add", "Add a user, or roles and keys to one");
    add_->add_option("NAME", user_, "Lower-case letters, digits, '.', '_' and '-'")->required();
    add_->add_option("--role", roles_, "A role of the configuration; may be repeated")
        ->allow_extra_args(false);
    add_->add_option(
            "--key", key_files_, "A file with public keys, or - for stdin; may be repeated")
        ->type_name("FILE")
        ->allow_extra_args(false);
    list_ = app.add_subcommand("list", "List every user, with roles and ways to log in");
    password_ = app.add_subcommand("passwd", "Set a user's password");
    password_->add_option("NAME", user_)->required();
    password_->add_flag("--remove", takes_away_, "Take the password away");
    totp_ = app.add_subcommand("totp", "Make a user's secret for one-time codes, and show it once");
    totp_->add_option("NAME", user_)->required();
    totp_->add_flag("--remove", takes_away_, "Take the secret away");
    remove_ = app.add_subcommand("rm", "Remove a user that `add` made");
    remove_->add_option("NAME", user_)->required();
    app.require_subcommand(1);
}

int users::run(const context& context)
{
    if (add_->parsed()) return change(context, &users::add);
    if (remove_->parsed()) return change(context, &users::remove);
    if (totp_->parsed()) return change(context, &users::set_totp);
    if (password_->parsed()) {
        if (!takes_away_) {
            const auto typed = ask_for_secret(context, "Password of " + escape_for_log(user_, 80));
            if (!typed) return failed;
            auto made = login::hash_password(typed->reveal());
            if (!made)
                return fail(context, "a password has 1 to 511 bytes: " + made.error().message());
            hash_ = std::make_shared<const secret>(std::move(*made));
        }
        return change(context, &users::set_password);
    }
    const auto settings = load_settings(context);
    return settings ? list(context, *settings) : int{usage};
}

int users::change(const cli::context& context, step what) const
{
    const auto before = load_settings(context);
    if (!before) return usage;
    std::string why;
    const auto lock = config::users_file_lock::take(config::users_file(*before), why);
    if (!lock) return fail(context, why + "; run as the proxy's user or root");
    const auto settings = load_settings(context); // again: another change may just have ended
    return settings ? (this->*what)(context, *settings) : int{usage};
}

std::optional<std::vector<user_settings>> users::file_users(
    const context& context, const config::settings& settings) const
{
    auto loaded = config::load_users_file(config::users_file(settings));
    for (const auto& problem : loaded.problems) context.err << config::to_string(problem) << '\n';
    if (!loaded.problems.empty()) return std::nullopt;
    return std::move(loaded.users);
}

bool users::read_keys(
    const context& context, const config::settings& settings, std::vector<std::string>& keys) const
{
    for (const auto& name : key_files_) {
        std::ifstream file;
        if (name != "-") file.open(name);
        std::string why;
        if (name != "-" && !file) why = "cannot be read";
        auto read = why.empty() ? keys_in(name == "-" ? context.in : file, why) : keys;
        if (!why.empty()) {
            static_cast<void>(fail(context, escape_for_log(name) + ": " + why));
            return false;
        }
        keys.insert(keys.end(), read.begin(), read.end());
    }
    for (const auto& key : keys)
        for (const auto& other : settings.users)
            for (const auto& theirs : other.authorized_keys)
                if (other.name != user_ && blob_of(theirs) == blob_of(key)) {
                    static_cast<void>(fail(context,
                        "that key belongs to user '" + other.name + "'; a key names one user"));
                    return false;
                }
    return true;
}

int users::add(const context& context, const config::settings& settings) const
{
    if (!config::is_user_name(user_))
        return refuse(context, "'" + escape_for_log(user_, 80) +
                                   "' is no user name: lower-case letters, digits, '.', '_', '-'");
    for (const auto& role : roles_)
        if (find_user(settings.roles, role) == settings.roles.end())
            return refuse(context,
                "there is no role '" + escape_for_log(role, 80) + "' in " + settings.file.string());
    auto own = file_users(context, settings);
    if (!own) return usage;
    auto place = find_user(*own, user_);
    const bool fresh = place == own->end();
    if (fresh && find_user(settings.users, user_) != settings.users.end())
        return fail(context,
            "user '" + user_ + "' stands in " + settings.file.string() + "; change it there");
    std::vector<std::string> keys;
    if (!read_keys(context, settings, keys)) return failed;
    if (fresh) place = own->insert(own->end(), user_settings{user_, {}, {}, {}});
    const bool grown = give(*place, roles_, keys);
    const auto state =
        counted(place->roles.size(), "role") + ", " + counted(place->authorized_keys.size(), "key");
    if (!fresh && !grown) {
        context.out << user_ << ": nothing to change (" << state << ")\n";
        return done;
    }
    std::string why;
    if (!config::write_users_file(config::users_file(settings), *own, why))
        return fail(context, why);
    context.out << user_ << (fresh ? ": added (" : ": changed (") << state << ")\n"
                << how_to_reload;
    return done;
}

int users::remove(const context& context, const config::settings& settings) const
{
    auto own = file_users(context, settings);
    if (!own) return usage;
    const auto place = find_user(*own, user_);
    if (place == own->end()) {
        const bool elsewhere = find_user(settings.users, user_) != settings.users.end();
        return fail(context, elsewhere ? "user '" + user_ + "' stands in " +
                                             settings.file.string() + "; remove it there"
                                       : "there is no user '" + escape_for_log(user_, 80) + "'");
    }
    own->erase(place);
    std::string why;
    if (!config::write_users_file(config::users_file(settings), *own, why))
        return fail(context, why);
    context.out << user_ << ": removed\n" << how_to_reload;
    return done;
}

// Changes a user of users.yaml; `what` is false when there is nothing to change.
int users::in_file(const context& context, const config::settings& settings,
    const std::function<bool(user_settings&)>& what, std::string_view said) const
{
    auto own = file_users(context, settings);
    if (!own) return usage;
    const auto place = find_user(*own, user_);
    if (place == own->end()) {
        const bool elsewhere = find_user(settings.users, user_) != settings.users.end();
        return fail(context, elsewhere ? "user '" + user_ + "' stands in " +
                                             settings.file.string() + "; change it there"
                                       : "there is no user '" + escape_for_log(user_, 80) +
                                             "'; `verbatim users add` makes one");
    }
    if (!what(*place)) {
        context.out << user_ << ": nothing to change\n";
        return done;
    }
    std::string why;
    if (!config::write_users_file(config::users_file(settings), *own, why))
        return fail(context, why);
    context.out << user_ << ": " << said << '\n' << how_to_reload;
    return done;
}

int users::set_password(const context& context, const config::settings& settings) const
{
    return in_file(
        context, settings,
        [&](user_settings& user) {
            const bool changes = user.password_hash != hash_;
            user.password_hash = hash_;
            return changes;
        },
        takes_away_ ? "no password any more" : "password set");
}

int users::set_totp(const context& context, const config::settings& settings) const
{
    auto made = login::make_totp_secret();
    if (!made) return fail(context, "no random bytes: " + made.error().message());
    const auto fresh = std::make_shared<const secret>(std::move(*made));
    const auto result = in_file(
        context, settings,
        [&](user_settings& user) {
            if (takes_away_ && !user.totp_secret) return false;
            user.totp_secret = takes_away_ ? nullptr : fresh;
            return true;
        },
        takes_away_ ? "no one-time codes any more" : "secret for one-time codes made");
    if (result != done || takes_away_) return result;
    // The one place that shows it: whoever enrols the device must see it.
    context.out << login::totp_uri(settings.cluster_name, user_, *fresh).reveal() << '\n'
                << "secret: " << fresh->reveal() << '\n';
    return done;
}

int users::list(const context& context, const config::settings& settings) const
{
    std::size_t widest = 4, widest_roles = 5;
    const auto roles_of = [](const user_settings& user) {
        std::string text;
        for (const auto& role : user.roles) text += (text.empty() ? "" : ",") + role;
        return text.empty() ? std::string("-") : text;
    };
    for (const auto& user : settings.users) {
        widest = std::max(widest, user.name.size());
        widest_roles = std::max(widest_roles, roles_of(user).size());
    }
    const auto row = [&](std::string_view name, std::string_view roles, std::string_view also,
                         std::string_view keys) {
        context.out << std::left << std::setw(static_cast<int>(widest)) << name << "  "
                    << std::setw(static_cast<int>(widest_roles)) << roles << "  " << std::setw(13)
                    << also << "  " << keys << '\n';
    };
    row("USER", "ROLES", "ALSO", "KEYS");
    for (const auto& user : settings.users) {
        std::string keys, also;
        for (const auto& line : user.authorized_keys) {
            std::string why;
            const auto key = config::parse_public_key(line, why);
            if (!key) continue;
            keys += (keys.empty() ? "" : ", ") + key->type;
            if (!key->comment.empty()) keys += " (" + escape_for_log(key->comment, 60) + ")";
        }
        if (user.password_hash) also = "password";
        if (user.totp_secret) also += also.empty() ? "totp" : ",totp";
        row(user.name, roles_of(user), also.empty() ? "-" : also, keys.empty() ? "-" : keys);
    }
    return done;
}

} // namespace

std::unique_ptr<command> make_users() { return std::make_unique<users>(); }

} // namespace verbatim::cli
