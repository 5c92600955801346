#include "ssh/agent_login.hpp"

#include "ssh/blob.hpp"
#include "ssh/certificate_blob.hpp"
#include "ssh/publickey_login.hpp"
#include "ssh/signature.hpp"

namespace verbatim::ssh {

namespace asio = boost::asio;

namespace {

// Each may be a packet of 256 KiB; real servers send one.
constexpr int most_banners = 16;

/// A key or certificate of the agent, and how it signs.
struct candidate {
    byte_buffer blob;
    public_key plain;
    std::string algorithm; // of the request; a certificate's differs from its signature's
    agent_sign_flags flags;
};

result<candidate> candidate_of(byte_buffer blob, bool sha512)
{
    const auto key = public_key::from_blob(blob);
    if (!key) return key.error();
    const auto plain = plain_key(blob);
    if (!plain) return plain.error();
    auto algorithm = key->type();
    auto flags = agent_sign_flags::none;
    if (plain->type() == "ssh-rsa") {
        algorithm = sha512 ? "rsa-sha2-512" : "rsa-sha2-256";
        flags = sha512 ? agent_sign_flags::rsa_sha2_512 : agent_sign_flags::rsa_sha2_256;
        if (is_certificate_type(key->type())) algorithm += "-cert-v01@openssh.com";
    }
    return candidate{std::move(blob), *plain, std::move(algorithm), flags};
}

class agent_login {
public:
    agent_login(
        transport& target, agent_channel& agent, std::string login, agent_login_outcome& outcome)
        : target_(target), agent_(agent), login_(std::move(login)), outcome_(outcome)
    {}

    asio::awaitable<result<void>> run()
    {
        auto listing = list_keys();
        auto keys = co_await std::move(listing);
        if (!keys) co_return keys.error();
        auto beginning = begin();
        if (const auto begun = co_await std::move(beginning); !begun) co_return begun.error();
        const bool sha512 = ::verbatim_engine_takes_rsa_sha512(target_.engine()) != 0;
        for (auto& blob : *keys) {
            auto key = candidate_of(std::move(blob), sha512);
            if (!key) continue; // of a type that we do not have
            auto trying = try_key(*key);
            const auto tried = co_await std::move(trying);
            if (!tried) co_return tried.error();
            if (target_.phase() == VERBATIM_PHASE_OPEN) {
                outcome_.key = key->plain.fingerprint();
                co_return result<void>{};
            }
            if (finished_) break;
        }
        co_return refused("no key of your agent is accepted");
    }

private:
    error_code refused(const char* why)
    {
        if (outcome_.said.empty()) outcome_.said = why;
        return errc::target_login_refused;
    }

    asio::awaitable<result<std::vector<byte_buffer>>> list_keys()
    {
        auto asking = agent_.ask(make_agent_key_request());
        const auto answer = co_await std::move(asking);
        if (!answer) co_return refused("your agent cannot be reached");
        auto keys = read_agent_keys(*answer, most_agent_keys);
        if (!keys) co_return refused("your agent does not list its keys");
        if (keys->empty()) co_return refused("your agent holds no key");
        co_return keys;
    }

    asio::awaitable<result<void>> begin()
    {
        if (::verbatim_engine_ask_for_login(target_.engine()) != 0) co_return errc::ssh_transport;
        while (!::verbatim_engine_login_agreed(target_.engine())) {
            auto stepping = target_.step();
            if (const auto stepped = co_await std::move(stepping); !stepped)
                co_return stepped.error();
        }
        co_return result<void>{};
    }

    // Afterwards the target's phase tells whether it did; if it did not, the next may.
    asio::awaitable<result<void>> try_key(const candidate& key)
    {
        const publickey_login login{login_, key.algorithm, key.blob};
        auto querying = exchange(make_key_query(login), false);
        const auto would_do = co_await std::move(querying);
        if (!would_do) co_return would_do.error();
        if (would_do->what != login_reply::kind::key_would_do) co_return result<void>{};
        if (would_do->algorithm != key.algorithm ||
            !std::equal(
                would_do->key.begin(), would_do->key.end(), key.blob.begin(), key.blob.end()))
            co_return errc::ssh_transport;

        const auto request = make_signed_request(login);
        auto signing = sign(key, request);
        const auto signature = co_await std::move(signing);
        if (signature.has_error() && signature.error() == errc::not_found)
            co_return result<void>{}; // its user may have said no: the next key
        if (!signature) co_return refused("your agent does not sign as it should");
        auto proving = exchange(with_signature(request, *signature), true);
        const auto proven = co_await std::move(proving);
        if (!proven) co_return proven.error();
        if (proven->what == login_reply::kind::key_would_do) co_return errc::ssh_transport;
        if (target_.phase() != VERBATIM_PHASE_OPEN && proven->partly) {
            outcome_.said = "more than a key is asked for";
            finished_ = true;
        }
        co_return result<void>{};
    }

    // What is signed is made here from beginning to end: the session's id and our own request.
    asio::awaitable<result<byte_buffer>> sign(const candidate& key, byte_view request)
    {
        std::size_t size = 0;
        const auto* id = ::verbatim_engine_session_id(target_.engine(), &size);
        if (!id || size == 0) co_return errc::ssh_transport;
        blob_writer text(request.size() + size + sizeof(std::uint32_t));
        text.string(as_bytes(id, size));
        text.raw(request);
        auto asking = agent_.ask(make_agent_sign_request(key.blob, text.view(), key.flags));
        const auto answer = co_await std::move(asking);
        if (!answer) co_return answer.error();
        auto signature = read_agent_signature(*answer);
        if (!signature) co_return signature.error();
        if (signature_algorithm(*signature) != plain_algorithm(key.algorithm))
            co_return errc::malformed;
        const auto good = verify_signature(key.plain.blob(), *signature, text.view());
        if (!good) co_return good.error();
        co_return signature;
    }

    // The reply refers into the target's packet. A success shows in the phase, and as a failure.
    asio::awaitable<result<login_reply>> exchange(byte_buffer payload, bool is_signed)
    {
        if (::verbatim_engine_send_login(
                target_.engine(), payload.data(), payload.size(), is_signed) != 0)
            co_return errc::ssh_transport;
        for (int banners = 0; banners <= most_banners;) {
            auto stepping = target_.step();
            if (const auto stepped = co_await std::move(stepping); !stepped)
                co_return stepped.error();
            if (target_.phase() == VERBATIM_PHASE_OPEN) co_return login_reply{};
            std::size_t size = 0;
            const auto* reply = ::verbatim_engine_auth_message(target_.engine(), &size);
            if (!reply) continue;
            const auto read = read_login_reply(as_bytes(reply, size));
            if (!read) co_return errc::ssh_transport;
            if (read->what == login_reply::kind::banner) {
                ++banners;
                continue;
            }
            if (read->what == login_reply::kind::failure && !read->publickey_may_go_on &&
                !read->partly)
                finished_ = true;
            co_return read;
        }
        co_return errc::ssh_transport;
    }

    transport& target_;
    agent_channel& agent_;
    const std::string login_;
    agent_login_outcome& outcome_;
    bool finished_ = false; // the target takes no more keys
};

} // namespace

asio::awaitable<result<void>> log_in_with_agent(
    transport& target, agent_channel& agent, std::string login, agent_login_outcome& outcome)
{
    agent_login running(target, agent, std::move(login), outcome);
    auto trying = running.run();
    co_return co_await std::move(trying);
}

} // namespace verbatim::ssh
