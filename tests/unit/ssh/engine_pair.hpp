#pragma once
// Engines wired to each other in memory: what one writes, the other is fed.

#include "ssh/auth_message.hpp"
#include "ssh/blob.hpp"
#include "ssh/certificate_blob.hpp"
#include "ssh/engine.hpp"
#include "ssh/private_key.hpp"
#include "ssh/signature.hpp"

#include <verbatim/base/bytes.hpp>

#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace verbatim::test {

inline ssh::host_key_handle parsed(const ssh::key_pair& key)
{
    return ssh::host_key_handle(
        ::verbatim_host_key_parse(std::string(key.private_text.reveal()).c_str()));
}

/// An engine and the bytes it has written but nobody has taken.
class wired_engine {
public:
    explicit wired_engine(verbatim_engine_options options)
    {
        options.write = &write;
        options.user = this;
        engine_.reset(::verbatim_engine_new(&options));
    }
    wired_engine(const wired_engine&) = delete;
    wired_engine& operator=(const wired_engine&) = delete;

    verbatim_engine* get() const noexcept { return engine_.get(); }
    verbatim_phase phase() const { return ::verbatim_engine_phase(get()); }

    std::string written;                ///< for the peer
    std::string arrived;                ///< fed and not used yet
    std::deque<std::string> messages;   ///< connection messages, unless forwarded
    wired_engine* forward_to = nullptr; ///< instead of keeping messages
    bool failed = false;                ///< feeding or forwarding reported it
    std::size_t refused_logins = 0;

    /// Feeds what has arrived as far as it goes, packet by packet.
    void digest()
    {
        while (!failed && !arrived.empty()) {
            const long used = ::verbatim_engine_feed(get(), arrived.data(), arrived.size());
            if (used < 0) failed = true;
            if (used <= 0) return;
            arrived.erase(0, static_cast<std::size_t>(used));
            take_message();
            if (answer_logins) answer();
        }
    }
    bool send(std::string_view payload)
    {
        return ::verbatim_engine_send(get(), payload.data(), payload.size()) == 0;
    }

    /// Server: answers login requests by itself: this key ("type base64") and no other.
    bool answer_logins = false;
    std::string accepted_key;
    std::string last_user, last_method;

private:
    static int write(void* user, const void* data, std::size_t size) noexcept
    {
        static_cast<wired_engine*>(user)->written += as_text(as_bytes(data, size));
        return 0;
    }
    void take_message()
    {
        std::size_t size = 0;
        const unsigned char* payload = ::verbatim_engine_message(get(), &size);
        if (!payload) return;
        if (!forward_to) messages.emplace_back(reinterpret_cast<const char*>(payload), size);
        else if (::verbatim_engine_forward(get(), forward_to->get()) != 0) failed = true;
    }
    void answer()
    {
        std::size_t size = 0;
        const auto* payload = ::verbatim_engine_auth_message(get(), &size);
        if (!payload) return;
        ssh::auth_message asked;
        const bool read = ssh::read_auth_message(as_bytes(payload, size), asked).has_value();
        last_user = asked.user;
        last_method = asked.method;
        const auto key = ssh::public_key::from_blob(asked.key);
        const bool known = read && key && key->to_string() == accepted_key;
        if (known && is_signed(asked)) failed |= ::verbatim_engine_grant_login(get()) != 0;
        else if (known && asked.signature.empty())
            reply(ssh::make_key_would_do(asked.algorithm, asked.key));
        else {
            ++refused_logins;
            reply(ssh::make_auth_failure({"publickey"}, false));
        }
    }
    bool is_signed(const ssh::auth_message& asked) const
    {
        std::size_t size = 0;
        const auto* id = ::verbatim_engine_session_id(get(), &size);
        ssh::blob_writer text;
        text.string(as_bytes(id, size));
        text.raw(asked.signed_part);
        const auto plain = ssh::plain_key(asked.key);
        return plain &&
               ssh::verify_signature(plain->blob(), asked.signature, text.view()).has_value();
    }
    void reply(const byte_buffer& payload)
    {
        failed |= ::verbatim_engine_auth_reply(get(), payload.data(), payload.size(), 0) != 0;
    }

    ssh::engine_handle engine_;
};

/// A server and a client in one process.
struct engine_pair {
    explicit engine_pair(const std::string& kex = {}, const std::string& ciphers = {},
        const ssh::key_pair* key_of_host = nullptr, bool certificates = true)
    {
        const auto& used_key = key_of_host ? *key_of_host : host_pair;
        host = parsed(used_key);
        if (!kex.empty()) offered.kex = kex;
        if (!ciphers.empty()) offered.ciphers = ciphers;
        verbatim_engine_options options{};
        options.kex = offered.kex.c_str();
        options.ciphers = offered.ciphers.c_str();
        options.macs = offered.macs.c_str();
        options.compression = "none";
        client = std::make_unique<wired_engine>(options);
        options.server = 1;
        options.software = "Verbatim_test";
        options.accepted_user_keys =
            certificates ? user_key_types.c_str() : offered.user_keys.c_str();
        switch (::verbatim_host_key_type(host.get())) {
        case VERBATIM_KEY_ECDSA: options.ecdsa = host.get(); break;
        case VERBATIM_KEY_RSA: options.rsa = host.get(); break;
        default: options.ed25519 = host.get(); break;
        }
        server = std::make_unique<wired_engine>(options);
        server->answer_logins = true;
        server->accepted_key = user_pair.public_part.to_string();
    }

    ssh::key_pair host_pair = std::move(*ssh::generate_key("ed25519", "host"));
    ssh::key_pair user_pair = std::move(*ssh::generate_key("ed25519", "user"));
    ssh::host_key_handle host;
    ssh::algorithms offered;
    // As the proxy accepts, and the certificates that targets accept.
    std::string user_key_types = offered.user_keys + ",ssh-ed25519-cert-v01@openssh.com";
    std::unique_ptr<wired_engine> client, server;
    std::size_t piece = std::string::npos; ///< bytes fed at a time

    bool started()
    {
        return ::verbatim_engine_start(server->get()) == 0 &&
               ::verbatim_engine_start(client->get()) == 0;
    }
    void carry(wired_engine& from, wired_engine& to) const
    {
        std::string bytes = std::exchange(from.written, {});
        for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
            to.arrived += bytes.substr(at, piece);
            to.digest();
        }
    }
    /// Carries bytes both ways until none are left.
    void run()
    {
        while (!client->written.empty() || !server->written.empty()) {
            carry(*client, *server);
            carry(*server, *client);
        }
    }
    bool exchange_keys()
    {
        if (!started()) return false;
        run();
        return client->phase() == VERBATIM_PHASE_AUTHENTICATING && !client->failed &&
               !server->failed;
    }
    verbatim_login_result log_in(
        const std::string& user, const ssh::key_pair& key, const char* certificate = nullptr)
    {
        auto state = ::verbatim_engine_login(client->get(), user.c_str(),
            std::string(key.private_text.reveal()).c_str(), certificate);
        for (int turn = 0; turn < 20 && state == VERBATIM_LOGIN_AGAIN; ++turn) {
            run_one_way_each();
            state = ::verbatim_engine_login(client->get(), nullptr, nullptr, nullptr);
        }
        return state;
    }
    /// Keys exchanged and logged in.
    bool open()
    {
        return exchange_keys() && log_in("alice", user_pair) == VERBATIM_LOGIN_SUCCESS &&
               server->phase() == VERBATIM_PHASE_OPEN && client->phase() == VERBATIM_PHASE_OPEN;
    }
    void run_one_way_each()
    {
        carry(*client, *server);
        carry(*server, *client);
    }
    std::string host_key_seen() const
    {
        const std::unique_ptr<char, decltype(&std::free)> key{
            ::verbatim_engine_host_key(client->get()), &std::free};
        return key ? key.get() : "";
    }
};

} // namespace verbatim::test
