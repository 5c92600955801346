#pragma once
// A client's login, message by message, before any network.

#include "server/ssh_login.hpp"

#include "support/fail_point.hpp"
#include "support/fake_audit.hpp"
#include "support/fake_recorder.hpp"
#include "support/manual_clock.hpp"
#include "unit/ssh/keygen_fixture.hpp"

#include <verbatim/login/password.hpp>
#include <verbatim/login/totp.hpp>
#include <verbatim/ssh/key_store.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::test {

/// Keeps why logins were refused.
class refusal_logger final : public logger {
public:
    std::vector<std::string> reasons;

    void write(
        log_level, std::string_view message, std::initializer_list<log_field> fields) override
    {
        if (message != "login refused") return;
        for (const auto& field : fields)
            if (field.key == "why") reasons.push_back(std::get<std::string>(field.value));
    }
};

struct login_fixture : keygen_fixture {
    using answer = ssh::login_answer;
    using verdict = ssh::login_answer::verdict;

    login_fixture()
    {
        std::string why;
        auto loaded = ssh::key_store::load(scratch / "data", {"ed25519"}, why);
        BOOST_REQUIRE_MESSAGE(loaded, why);
        keys.emplace(std::move(*loaded));
        auto made = ssh::certificate_issuer::create(keys->user_ca().private_text);
        BOOST_REQUIRE(made);
        issuer.emplace(std::move(*made));
    }
    ~login_fixture()
    {
        passwords.join();
        blocking.join();
    }

    boost::asio::io_context loop{1};
    boost::asio::thread_pool blocking{1};
    manual_clock time;
    refusal_logger log;
    fail_point no_failures;
    fake_recording_store store{loop.get_executor(), no_failures};
    fake_audit_log audit;
    audit::auth_failure_limiter auth_failures{{}, time};
    std::optional<ssh::key_store> keys;
    std::optional<ssh::certificate_issuer> issuer;
    ssh::learned_hosts learned{scratch / "known_hosts"};
    server::metrics counted;
    server::session_registry sessions;
    server::password_checker passwords{time, scratch / "used-codes"};
    server::policy_pointer policy;

    /// `users`, and `more` top-level lines beside a role "r".
    void configure(const std::string& users, const std::string& ssh, const std::string& more = {})
    {
        auto loaded = config::load_text(
            "version: 1\nssh: {" + ssh + "}\nroles:\n- {name: r}\n" + more + "users:\n" + users,
            (scratch / "v.yaml").string());
        for (const auto& problem : loaded.problems) BOOST_ERROR(config::to_string(problem));
        policy = std::make_shared<const server::policy_snapshot>(std::move(loaded.value));
    }
    static std::string hash_of(const std::string& password)
    {
        return std::string(login::hash_password(password)->reveal());
    }

    /// One connection.
    struct client {
        client(login_fixture& all, std::string remote = "192.0.2.7",
            std::optional<server::jump_facts> jump = {})
            : test(all), facts{all.policy,
                             {*all.issuer, all.learned, all.store, all.audit, all.auth_failures,
                                 all.blocking, all.time, all.log, "id", all.counted, all.sessions,
                                 all.passwords, all.keys->user_ca().public_part, {}},
                             connection_number{1}, {"127.0.0.1:3022", remote + ":50000", remote},
                             std::move(jump)},
              login(facts, [] {})
        {}

        /// Begins it: `answered` has what came of it once the loop has run.
        void begin(ssh::login_request request)
        {
            sent.push_back(std::make_unique<ssh::login_request>(std::move(request)));
            boost::asio::co_spawn(test.loop, login.answer(*sent.back()),
                [this](std::exception_ptr escaped, answer came) {
                    if (escaped) std::rethrow_exception(escaped);
                    answered = std::move(came);
                });
        }
        verdict send(ssh::login_request request)
        {
            begin(std::move(request));
            test.loop.restart();
            test.loop.run();
            return answered.what;
        }
        verdict none(const std::string& name)
        {
            ssh::login_request request;
            request.user_name = name;
            request.method = "none";
            return send(std::move(request));
        }
        static ssh::login_request key_request(const std::string& name, const std::string& line)
        {
            ssh::login_request request;
            request.user_name = name;
            request.method = "publickey";
            request.key = line;
            request.proven = true;
            return request;
        }
        verdict key(const std::string& name, const std::string& line)
        {
            return send(key_request(name, line));
        }
        verdict key(const std::string& name, const std::string& line, bool touched, bool verified)
        {
            auto request = key_request(name, line);
            request.device = {touched, verified};
            return send(std::move(request));
        }
        static ssh::login_request password_request(
            const std::string& name, const std::string& password)
        {
            ssh::login_request request;
            request.user_name = name;
            request.method = "password";
            request.password = secret(password);
            return request;
        }
        verdict password(const std::string& name, const std::string& text)
        {
            return send(password_request(name, text));
        }
        /// keyboard-interactive: asked for, then answered.
        verdict interactive(const std::string& name, const std::vector<std::string>& answers)
        {
            ssh::login_request request;
            request.user_name = name;
            request.method = "keyboard-interactive";
            ssh::login_request reply = password_request(name, "");
            reply.method = request.method;
            if (const auto asked = send(std::move(request)); asked != verdict::ask) return asked;
            reply.answers.emplace();
            for (const auto& text : answers) reply.answers->emplace_back(std::string(text));
            return send(std::move(reply));
        }

        login_fixture& test;
        server::ssh_connection_facts facts;
        server::ssh_login login;
        answer answered;
        std::vector<std::unique_ptr<ssh::login_request>> sent;
    };

    const std::string& why() const { return log.reasons.back(); }
};

} // namespace verbatim::test

namespace verbatim::ssh {
inline std::ostream& operator<<(std::ostream& out, login_answer::verdict what)
{
    constexpr const char* names[]{"refused", "key_would_do", "ask", "partly", "granted"};
    return out << names[static_cast<int>(what)];
}
} // namespace verbatim::ssh
