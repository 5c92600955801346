// Names the commands and runs the one that was asked for.
#include <verbatim/cli/commands.hpp>

#include <iostream>
#include <vector>

int main(int argc, char** argv)
{
    using namespace verbatim;
    std::vector<std::unique_ptr<cli::command>> commands;
    commands.push_back(cli::make_ca());
    commands.push_back(cli::make_check());
    commands.push_back(cli::make_events());
    commands.push_back(cli::make_export());
    commands.push_back(cli::make_join());
    commands.push_back(cli::make_kill());
    commands.push_back(cli::make_kubeconfig());
    commands.push_back(cli::make_ls());
    commands.push_back(cli::make_play());
    commands.push_back(cli::make_sessions());
    commands.push_back(cli::make_start());
    commands.push_back(cli::make_users());
    return cli::run_program(commands, argc, argv, std::cin, std::cout, std::cerr);
}
