#include <verbatim/policy/route.hpp>

#include <cstdlib>

// What is accepted reads the same when it is put together again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace verbatim::policy;
    const auto first = parse_route({reinterpret_cast<const char*>(data), size});
    if (!first) return 0;
    std::string again = first->user.empty() ? "" : first->user + '/';
    if (!first->command.empty()) again += '+' + first->command;
    again += first->login;
    if (!first->target.empty()) {
        const bool v6 = first->target.find(':') != std::string::npos;
        again += v6 ? "@[" + first->target + ']' : '@' + first->target;
        if (first->port) again += '%' + std::to_string(*first->port);
    }
    const auto second = parse_route(again);
    if (!second || second->user != first->user || second->login != first->login ||
        second->target != first->target || second->port != first->port ||
        second->command != first->command)
        std::abort();
    return 0;
}
