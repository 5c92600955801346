#include <verbatim/cli/commands.hpp>

#include <verbatim/ssh/key_store.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <ostream>

namespace verbatim::cli {
namespace {

constexpr std::uint16_t ssh_port = 22;

// As known_hosts wants a name: bare for port 22, else "[host]:port".
std::string known_host(const std::string& host, std::uint16_t port)
{
    return port == ssh_port ? host : '[' + host + "]:" + std::to_string(port);
}

bool is_every_address(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

// public_addr may have a port of its own, where the proxy is reached through another one. It is
// "host", "host:port", "IPv6", "[IPv6]" or "[IPv6]:port": the configuration was checked.
std::string public_name(std::string_view addr, std::uint16_t listen_port)
{
    const auto last_colon = addr.rfind(':');
    const bool bracketed = addr.starts_with('[');
    const bool has_port = last_colon != addr.npos &&
                          (bracketed ? addr[last_colon - 1] == ']' : addr.find(':') == last_colon);
    std::uint16_t port = listen_port;
    if (has_port) {
        const auto digits = addr.substr(last_colon + 1);
        std::from_chars(digits.data(), digits.data() + digits.size(), port);
        addr = addr.substr(0, last_colon);
    }
    if (bracketed) addr = addr.substr(1, addr.size() - 2);
    return known_host(std::string(addr), port);
}

void add(std::string& names, const std::string& name)
{
    if ((',' + names + ',').find(',' + name + ',') != std::string::npos) return;
    if (!names.empty()) names += ',';
    names += name;
}

// What users type to reach the proxy itself.
std::string names_of_proxy(const config::settings& settings)
{
    const auto listen = settings.ssh.listen.value_or(config::listen_address{"127.0.0.1", 3022});
    std::string names;
    if (!settings.public_addr.empty()) add(names, public_name(settings.public_addr, listen.port));
    if (!is_every_address(listen.host)) add(names, known_host(listen.host, listen.port));
    return names;
}

// What users type behind `ssh -J`: the proxy answers for these names with its own keys.
std::string names_of_targets(const config::settings& settings)
{
    std::string names;
    for (const auto& target : settings.targets) add(names, target.name);
    return names;
}

class ca final : public command {
public:
    std::string_view name() const override { return "ca"; }
    std::string_view summary() const override
    {
        return "Print the keys that targets and users have to trust once";
    }
    std::string_view examples() const override
    {
        return "  verbatim ca user >> /etc/ssh/verbatim_ca.pub       at a target, with\n"
               "                                                     TrustedUserCAKeys in its "
               "sshd_config\n"
               "  verbatim ca known-hosts >> ~/.ssh/known_hosts      at a user\n";
    }
    void add_options(CLI::App& app) override
    {
        user_ = app.add_subcommand(
            "user", "The CA's public key line, for a target's TrustedUserCAKeys");
        known_hosts_ = app.add_subcommand(
            "known-hosts", "The proxy's known_hosts lines, for its users; jumped names too");
        app.require_subcommand(1);
    }
    int run(const context& context) override;

private:
    CLI::App* user_ = nullptr; // owned by the program's App, which outlives run()
    CLI::App* known_hosts_ = nullptr;
};

int ca::run(const context& context)
{
    const auto settings = load_settings(context);
    if (!settings) return usage;
    std::string why;
    const auto keys = ssh::key_store::load(settings->data_dir, settings->ssh.host_key_types, why);
    if (!keys) return fail(context, why);
    if (user_->parsed()) {
        context.out << keys->user_ca().public_part.line() << '\n';
        return done;
    }
    const auto proxy = names_of_proxy(*settings), targets = names_of_targets(*settings);
    if (proxy.empty() && targets.empty())
        return fail(
            context, "nothing names the proxy: set public_addr in " + settings->file.string());
    for (const auto& names : {proxy, targets})
        for (const auto& key : keys->host_keys())
            if (!names.empty()) context.out << names << ' ' << key.public_part.to_string() << '\n';
    return done;
}

} // namespace

std::unique_ptr<command> make_ca() { return std::make_unique<ca>(); }

} // namespace verbatim::cli
