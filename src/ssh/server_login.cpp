#include "ssh/server_login.hpp"

#include "ssh/auth_message.hpp"
#include "ssh/blob.hpp"
#include "ssh/certificate_blob.hpp"
#include "ssh/signature.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/ssh/public_key.hpp>

#include <cstdlib>

namespace verbatim::ssh {

namespace asio = boost::asio;

namespace {

// Questions about keys that would do are no tries, but they are not free either.
constexpr std::uint32_t requests_per_try = 10;

// Is that our host key? Without it a client could be made to log in at us by another server.
bool is_own_host_key(verbatim_engine* engine, byte_view blob)
{
    const std::unique_ptr<char, decltype(&std::free)> line{
        ::verbatim_engine_own_host_key(engine), &std::free};
    const auto own = line ? public_key::parse(line.get()) : result<public_key>(errc::not_found);
    return own && std::equal(own->blob().begin(), own->blob().end(), blob.begin(), blob.end());
}

/// The login of one client: what it sends becomes requests, what the owner says becomes answers.
class client_login {
public:
    client_login(transport& client, connection_owner& owner, std::uint32_t max_tries)
        : client_(client), owner_(owner), max_tries_(max_tries)
    {}

    asio::awaitable<result<void>> run()
    {
        while (client_.phase() != VERBATIM_PHASE_OPEN) {
            auto stepping = client_.step();
            if (const auto stepped = co_await std::move(stepping); !stepped)
                co_return stepped.error();
            std::size_t size = 0;
            const auto* payload = ::verbatim_engine_auth_message(client_.engine(), &size);
            if (!payload) continue;
            auto answering = answer(as_bytes(payload, size));
            if (const auto answered = co_await std::move(answering); !answered)
                co_return answered.error();
        }
        client_.flush();
        co_return result<void>{};
    }

private:
    asio::awaitable<result<void>> answer(byte_view payload)
    {
        auth_message message;
        const auto read = read_auth_message(payload, message);
        const auto request = describe(std::move(message), read.has_value());
        auto deciding = owner_.answer_login(request);
        const auto decided = co_await std::move(deciding);
        if (client_.is_closed()) co_return errc::closed;
        // The first "none" only asks which methods there are (RFC 4252, 5.2): no try.
        const bool asks = ++requests_ == 1 && request.method == "none";
        const bool refused = decided.what == login_answer::verdict::refused;
        if (requests_ > max_tries_ * requests_per_try)
            co_return disconnect("Too many authentication requests");
        if (refused && !asks && ++tries_ >= max_tries_)
            co_return disconnect("Too many authentication failures");
        co_return send(request, decided);
    }

    login_request describe(auth_message message, bool understood)
    {
        login_request out;
        const bool answers = message.what == auth_message::kind::answers;
        if (!answers) user_name_ = std::move(message.user);
        out.user_name = user_name_;
        out.method = std::move(message.method);
        out.password = std::move(message.password);
        const char* version = ::verbatim_engine_peer_version(client_.engine());
        out.client_version = version ? version : "";
        if (!understood) out.fault = "a malformed request";
        else if (answers && !asked_) out.fault = "answers to nothing that was asked";
        else if (answers) out.answers = std::move(message.answers);
        asked_ = false;
        if (message.what == auth_message::kind::publickey) describe_key(std::move(message), out);
        return out;
    }

    void describe_key(auth_message message, login_request& out)
    {
        algorithm_ = std::move(message.algorithm);
        key_ = std::move(message.key);
        const auto key = public_key::from_blob(key_);
        if (key) out.key = key->to_string();
        if (!out.fault.empty()) return;
        const auto plain = plain_key(key_);
        if (!key || !plain || !fits(plain->type(), plain_algorithm(algorithm_)) ||
            is_certificate_type(algorithm_) != is_certificate_type(key->type()))
            out.fault = "a key type or signature algorithm that is not accepted: " +
                        escape_for_log(algorithm_, 60);
        else if (!message.host_key.empty() && !is_own_host_key(client_.engine(), message.host_key))
            out.fault = "a login that was meant for another server";
        else if (!message.signature.empty()) prove(*plain, message, out);
    }

    void prove(const public_key& plain, const auth_message& message, login_request& out)
    {
        std::size_t size = 0;
        const auto* id = ::verbatim_engine_session_id(client_.engine(), &size);
        blob_writer signed_bytes(message.signed_part.size() + size + sizeof(std::uint32_t));
        signed_bytes.string(as_bytes(id, size));
        signed_bytes.raw(message.signed_part);
        const auto verified =
            id && size != 0 && signature_algorithm(message.signature) == plain_algorithm(algorithm_)
                ? verify_signature(plain.blob(), message.signature, signed_bytes.view())
                : result<signature_facts>(errc::malformed);
        if (!verified) {
            out.fault = "a signature that is not the key's";
            return;
        }
        out.proven = true;
        if (verified->security_key) out.device = {verified->touched, verified->verified};
    }

    result<void> send(const login_request& request, const login_answer& decided)
    {
        using verdict = login_answer::verdict;
        // What the owner says is held to what the client has done.
        if (decided.what == verdict::granted &&
            (request.method != "publickey" ? request.method != "none" : request.proven))
            return sent(::verbatim_engine_grant_login(client_.engine()) == 0);
        if (decided.what == verdict::key_would_do && request.method == "publickey" &&
            !request.proven)
            return reply(make_key_would_do(algorithm_, key_), false);
        if (decided.what == verdict::ask && request.method == "keyboard-interactive") {
            asked_ = true;
            return reply(make_prompts(decided.prompts), true);
        }
        return reply(make_auth_failure(decided.methods, decided.what == verdict::partly), false);
    }

    result<void> reply(const byte_buffer& payload, bool asks)
    {
        return sent(::verbatim_engine_auth_reply(
                        client_.engine(), payload.data(), payload.size(), asks) == 0);
    }
    static result<void> sent(bool worked)
    {
        if (!worked) return errc::ssh_transport;
        return {};
    }
    error_code disconnect(const std::string& why)
    {
        client_.disconnect(2, why);
        return errc::limit_reached;
    }

    transport& client_;
    connection_owner& owner_;
    const std::uint32_t max_tries_;
    std::uint32_t tries_ = 0, requests_ = 0;
    std::string user_name_; // of the last request: answers to prompts have none
    std::string algorithm_; // of the last key
    byte_buffer key_;
    bool asked_ = false; // prompts are with the client
};

} // namespace

asio::awaitable<result<void>> log_client_in(
    transport& client, connection_owner& owner, std::uint32_t max_tries)
{
    client_login login(client, owner, max_tries);
    auto running = login.run();
    co_return co_await std::move(running);
}

} // namespace verbatim::ssh
