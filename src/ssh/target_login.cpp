#include "ssh/target_login.hpp"

#include <cstdlib>
#include <string_view>

namespace verbatim::ssh {

namespace asio = boost::asio;

namespace {

constexpr std::string_view all_host_key_algorithms =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-"
    "256";

std::string algorithms_of(std::string_view key_type)
{
    return key_type == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : std::string(key_type);
}

asio::awaitable<result<void>> check_key(
    transport& target, connection_owner& owner, std::string& said)
{
    const std::unique_ptr<char, decltype(&std::free)> key{
        ::verbatim_engine_host_key(target.engine()), &std::free};
    if (!key) co_return errc::ssh_transport;
    const std::string line = key.get(); // outlives the coroutine that refers to it
    auto checking = owner.check_host_key(line, said);
    co_return co_await std::move(checking);
}

} // namespace

std::string host_key_preference(const std::vector<std::string>& host_keys)
{
    std::string out;
    for (const auto& key : host_keys) {
        const auto wanted = algorithms_of(std::string_view(key).substr(0, key.find(' ')));
        if (out.find(wanted) != std::string::npos) continue;
        if (!out.empty()) out += ',';
        out += wanted;
    }
    if (out.empty()) return out;
    // The others stay behind: a target that has changed its key should fail by name, not by
    // silence.
    std::string_view rest = all_host_key_algorithms;
    while (!rest.empty()) {
        const auto name = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        if (out.find(name) == std::string::npos) out += "," + std::string(name);
    }
    return out;
}

asio::awaitable<result<void>> meet_target(
    transport& target, connection_owner& owner, std::string& said)
{
    while (target.phase() == VERBATIM_PHASE_KEX) {
        auto stepping = target.step();
        if (const auto stepped = co_await std::move(stepping); !stepped) co_return stepped.error();
    }
    auto checking = check_key(target, owner, said);
    co_return co_await std::move(checking);
}

asio::awaitable<result<void>> log_in_at_target(transport& target, target_connection& login)
{
    auto state = ::verbatim_engine_login(target.engine(), login.login.c_str(),
        std::string(login.private_key.reveal()).c_str(),
        login.certificate.empty() ? nullptr : login.certificate.c_str());
    while (state == VERBATIM_LOGIN_AGAIN) {
        auto stepping = target.step();
        if (const auto stepped = co_await std::move(stepping); !stepped) co_return stepped.error();
        state = ::verbatim_engine_login(target.engine(), nullptr, nullptr, nullptr);
    }
    if (state == VERBATIM_LOGIN_DENIED) co_return errc::target_login_refused;
    if (state != VERBATIM_LOGIN_SUCCESS) co_return errc::ssh_transport;
    co_return result<void>{};
}

} // namespace verbatim::ssh
