#include "ssh/server_login.hpp"

namespace verbatim::ssh {

namespace asio = boost::asio;

namespace {

// Questions about keys that would do are no tries, but they are not free either.
constexpr std::uint32_t requests_per_try = 10;

login_request describe(const verbatim_auth_request& asked, const transport& client)
{
    login_request out;
    out.user_name = asked.user ? asked.user : "";
    out.method = asked.method ? asked.method : "";
    out.key = asked.key ? asked.key : "";
    const char* version = ::verbatim_engine_peer_version(client.engine());
    out.client_version = version ? version : "";
    return out;
}

asio::awaitable<verbatim_auth_answer> decide(
    verbatim_auth_kind kind, login_request request, connection_owner& owner)
{
    if (kind == VERBATIM_AUTH_KEY_QUERY)
        co_return owner.is_acceptable(request) ? VERBATIM_AUTH_KEY_ACCEPTABLE
                                               : VERBATIM_AUTH_REFUSE;
    if (kind == VERBATIM_AUTH_KEY_PROVEN) {
        auto granting = owner.log_in(request);
        const auto granted = co_await std::move(granting);
        if (granted) co_return VERBATIM_AUTH_SUCCESS;
    }
    co_return VERBATIM_AUTH_REFUSE;
}

} // namespace

asio::awaitable<result<void>> log_client_in(
    transport& client, connection_owner& owner, std::uint32_t max_tries)
{
    std::uint32_t tries = 0, requests = 0;
    while (client.phase() != VERBATIM_PHASE_OPEN) {
        auto stepping = client.step();
        if (const auto stepped = co_await std::move(stepping); !stepped) co_return stepped.error();
        for (;;) {
            const auto asked = ::verbatim_engine_auth_request(client.engine());
            if (asked.kind == VERBATIM_AUTH_NONE_YET) break;
            const auto request = describe(asked, client);
            auto deciding = decide(asked.kind, request, owner);
            const auto answer = co_await std::move(deciding);
            if (client.is_closed()) co_return errc::closed;
            // The first "none" only asks which methods there are (RFC 4252, 5.2): no try.
            ++requests;
            const bool asks = requests == 1 && request.method == "none";
            if (requests > max_tries * requests_per_try) {
                client.disconnect(2, "Too many authentication requests");
                co_return errc::limit_reached;
            }
            if (answer == VERBATIM_AUTH_REFUSE && !asks) {
                owner.login_refused(request);
                if (++tries >= max_tries) {
                    client.disconnect(2, "Too many authentication failures");
                    co_return errc::limit_reached;
                }
            }
            if (::verbatim_engine_auth_answer(client.engine(), answer) != 0)
                co_return errc::ssh_transport;
            if (client.phase() == VERBATIM_PHASE_OPEN) break;
        }
    }
    client.flush();
    co_return result<void>{};
}

} // namespace verbatim::ssh
