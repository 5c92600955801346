#include <verbatim/cli/command.hpp>

#include <ostream>

namespace verbatim::cli {

std::filesystem::path config_path(const context& context)
{
    return context.config_file ? *context.config_file : config::default_file();
}

std::optional<config::settings> load_settings(const context& context)
{
    auto loaded = config::load(config_path(context));
    for (const auto& problem : loaded.problems) context.err << config::to_string(problem) << '\n';
    if (!loaded.problems.empty()) return std::nullopt;
    return std::move(loaded.value);
}

} // namespace verbatim::cli
