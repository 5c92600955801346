#include <verbatim/config/settings.hpp>

#include "config/settings_reader.hpp"
#include "config/text_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace verbatim::config {
namespace {

void read_main(std::string_view yaml, loaded& to, cross_checks& checks, findings& found)
{
    const auto root = read_yaml(yaml, found.file, to.problems);
    // What a half-read tree lacks would only make noise beside the real problem.
    if (to.problems.empty() || root.what == yaml_value::kind::map)
        read_settings(root, to.value, checks, found);
}

loaded load_all(std::string_view yaml, const std::filesystem::path& file, bool with_users_file)
{
    loaded result;
    result.value.file = file;
    cross_checks checks;
    findings found{file, result.problems, result.notices};
    read_main(yaml, result, checks, found);
    if (with_users_file) {
        read_login_files(result.value.ssh, found);
        read_users_file(result.value.data_dir / "users.yaml", result.value, checks, found);
    }
    check_role_uses(result.value, checks, found);
    std::stable_sort(
        result.problems.begin(), result.problems.end(), [&](const problem& a, const problem& b) {
            const bool a_other = a.file != file, b_other = b.file != file;
            return a_other != b_other ? b_other : a.line < b.line;
        });
    return result;
}

} // namespace

void read_users_file(
    const std::filesystem::path& file, settings& to, cross_checks& checks, findings& found)
{
    found.file = file;
    std::string why;
    const auto text = read_private_file(file, max_file_bytes, why);
    if (!why.empty()) found.complain(0, why);
    if (!text) return;
    const auto before = found.problems.size();
    const auto root = read_yaml(*text, file, found.problems);
    if (found.problems.size() != before || root.what == yaml_value::kind::null) return;
    if (root.what != yaml_value::kind::map) {
        found.complain(root.line, "`users:` with a list is needed");
        return;
    }
    checks.in_users_file = true;
    map_reader map(root, "the file", found);
    read_users(map, to, checks, found);
    map.finish();
}

std::string to_string(const problem& problem)
{
    auto text = problem.file.string() + ':';
    if (problem.line > 0) text += std::to_string(problem.line) + ':';
    return text + ' ' + problem.message;
}

loaded load_text(std::string_view yaml, const std::filesystem::path& file)
{
    return load_all(yaml, file, false);
}

loaded load(const std::filesystem::path& file)
{
    std::string why;
    const auto text = read_file(file, max_file_bytes, why);
    if (text) return load_all(*text, file, true);
    loaded result;
    result.value.file = file;
    result.problems.push_back({file, 0, why});
    return result;
}

std::filesystem::path default_file()
{
    const std::filesystem::path here = "./verbatim.yaml";
    return only_caller_or_root_may_write(here) ? here : "/etc/verbatim/verbatim.yaml";
}

} // namespace verbatim::config
