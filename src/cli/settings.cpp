#include <verbatim/cli/command.hpp>

#include <verbatim/ssh/revocation_list.hpp>

#include <ostream>

namespace verbatim::cli {

std::filesystem::path config_path(const context& context)
{
    return context.config_file ? *context.config_file : config::default_file();
}

namespace {

std::optional<config::settings> use(const context& context, config::loaded loaded)
{
    for (const auto& problem : loaded.problems) context.err << config::to_string(problem) << '\n';
    if (!loaded.problems.empty()) return std::nullopt;
    std::string why;
    const auto& ssh = loaded.value.ssh;
    if (!ssh::revocation_list::parse(ssh.revoked_keys_content, why)) {
        context.err << config::to_string({ssh.revoked_keys, 0, why}) << '\n';
        return std::nullopt;
    }
    return std::move(loaded.value);
}

} // namespace

std::optional<config::settings> load_settings(const context& context)
{
    return use(context, config::load(config_path(context)));
}

std::optional<config::settings> load_settings_and_tell(const context& context)
{
    auto loaded = config::load(config_path(context));
    for (const auto& notice : loaded.notices)
        context.err << config::to_string(notice) << " (warning)\n";
    return use(context, std::move(loaded));
}

} // namespace verbatim::cli
