#pragma once
// The commands. main() picks the list; each lives in src/cli/<name>.cpp.

#include <verbatim/cli/command.hpp>

namespace verbatim::cli {

std::unique_ptr<command> make_ca();
std::unique_ptr<command> make_check();
std::unique_ptr<command> make_events();
std::unique_ptr<command> make_export();
std::unique_ptr<command> make_join();
std::unique_ptr<command> make_kill();
std::unique_ptr<command> make_kubeconfig();
std::unique_ptr<command> make_ls();
std::unique_ptr<command> make_play();
std::unique_ptr<command> make_sessions();
std::unique_ptr<command> make_start();
std::unique_ptr<command> make_users();

} // namespace verbatim::cli
