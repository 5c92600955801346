#include <verbatim/cli/commands.hpp>

#include <verbatim/base/text.hpp>
#include <verbatim/config/public_key.hpp>
#include <verbatim/config/users_file.hpp>

#include <CLI/CLI.hpp>

#include <fstream>
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
    using step = int (users::*)(const cli::context&, const config::settings&) const;
    int change(const cli::context& context, step what) const;
    bool read_keys(const context& context, const config::settings& settings,
        std::vector<std::string>& keys) const;
    std::optional<std::vector<user_settings>> file_users(
        const context& context, const config::settings& settings) const;

    CLI::App *add_ = nullptr, *list_ = nullptr, *remove_ = nullptr;
    std::string user_;
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
    list_ = app.add_subcommand("list", "List every user, with roles and keys");
    remove_ = app.add_subcommand("rm", "Remove a user that `add` made");
    remove_->add_option("NAME", user_)->required();
    app.require_subcommand(1);
}

int users::run(const context& context)
{
    if (add_->parsed()) return change(context, &users::add);
    if (remove_->parsed()) return change(context, &users::remove);
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
    const auto row = [&](std::string_view name, std::string_view roles, std::string_view keys) {
        context.out << std::left << std::setw(static_cast<int>(widest)) << name << "  "
                    << std::setw(static_cast<int>(widest_roles)) << roles << "  " << keys << '\n';
    };
    row("USER", "ROLES", "KEYS");
    for (const auto& user : settings.users) {
        std::string keys;
        for (const auto& line : user.authorized_keys) {
            std::string why;
            const auto key = config::parse_public_key(line, why);
            if (!key) continue;
            keys += (keys.empty() ? "" : ", ") + key->type;
            if (!key->comment.empty()) keys += " (" + escape_for_log(key->comment, 60) + ")";
        }
        row(user.name, roles_of(user), keys.empty() ? "-" : keys);
    }
    return done;
}

} // namespace

std::unique_ptr<command> make_users() { return std::make_unique<users>(); }

} // namespace verbatim::cli
