#include "server/ssh_login.hpp"

#include <verbatim/base/text.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace verbatim::server {

namespace asio = boost::asio;
using verdict = ssh::login_answer::verdict;

namespace {

constexpr std::chrono::milliseconds limited_delay{2000}, limit_pause{250};
constexpr std::size_t longest_user_shown = 512;
constexpr std::uint16_t ssh_port = 22;
constexpr std::string_view security_key_prefix = "sk-";

// A bare name asks for no target; it must be the user's own.
bool may_use(const policy::route& route, const std::string& user)
{
    if (!route.user.empty() && route.user != user) return false;
    return !route.target.empty() || !route.command.empty() || route.login == user;
}

std::string reason_of(password_verdict found)
{
    switch (found) {
    case password_verdict::wrong_password: return "a wrong password";
    case password_verdict::wrong_code: return "a wrong verification code";
    case password_verdict::used_code: return "a verification code that was used before";
    default: return "it could not be checked";
    }
}

} // namespace

asio::awaitable<ssh::login_answer> ssh_login::answer(const ssh::login_request& request)
{
    const bool first = ++requests_ == 1;
    user_name_ = whole_name(request.user_name);
    // RFC 4252, section 5: another name flushes what was proven, whatever else is wrong with it.
    const bool changed = begun_ && begun_->user_name != user_name_;
    if (changed) begun_.reset();
    if (!request.fault.empty()) co_return refuse(request.fault);
    if (request.method == "none" && first)
        co_return ssh::login_answer{verdict::refused, methods(), {}};
    auto route = policy::parse_route(user_name_);
    if (!route) co_return refuse("the user name is not of the form login@target");
    if (changed) co_return refuse("another user name than the one that the login began with");
    if (request.method == "publickey") {
        auto deciding = by_key(request, std::move(*route));
        co_return co_await std::move(deciding);
    }
    if (request.method == "password" || request.method == "keyboard-interactive") {
        auto deciding = by_password(request, std::move(*route));
        co_return co_await std::move(deciding);
    }
    co_return refuse("the method " + escape_for_log(request.method, 60) + " is not offered");
}

// The client of a jump names the login alone; the rest is where the outer connection led.
std::string ssh_login::whole_name(const std::string& sent) const
{
    if (!facts_.jump) return sent;
    const auto& to = *facts_.jump;
    const bool v6 = to.host.find(':') != std::string::npos;
    auto name = to.user + '/' + sent + '@' + (v6 ? '[' + to.host + ']' : to.host);
    // Clients ask for 22 where they were told no port, so it says nothing.
    if (to.port != ssh_port) name += '%' + std::to_string(to.port);
    return name;
}

// --- keys and certificates

std::optional<ssh_login::key_owner> ssh_login::find_owner(
    const ssh::login_request& request, const policy::route& route, std::string& why) const
{
    const auto key = ssh::public_key::parse(request.key);
    if (!key) {
        why = "a key that cannot be read";
        return {};
    }
    if (key->type().ends_with("-cert-v01@openssh.com"))
        return owner_of_certificate(request.key, route, why);
    const auto name = facts_.policy->authorizer->user_of_key(request.key);
    if (!name) {
        why = "no user has this key (" + request.method + ")";
        return {};
    }
    key_owner out;
    out.user = rules().accounts.find(*name);
    out.key = key->to_string();
    out.shown = key->type() + ' ' + key->fingerprint();
    if (rules().revoked.holds(*key)) why = "a revoked key";
    if (!out.user) why = "no user has this key (" + request.method + ")";
    if (!why.empty()) return {};
    const auto special = out.user->security_keys.find(key->to_string());
    if (special != out.user->security_keys.end()) {
        out.touch_required = special->second.touch_required;
        out.verify_required = special->second.verify_required;
    }
    return out;
}

std::optional<ssh_login::key_owner> ssh_login::owner_of_certificate(
    const std::string& line, const policy::route& route, std::string& why) const
{
    if (rules().authorities.empty()) {
        why = "a certificate, and no authority is trusted";
        return {};
    }
    const auto certificate = ssh::login_certificate::parse(line);
    if (!certificate) {
        why = certificate.error() == errc::checksum_mismatch
                  ? "a forged certificate: its authority has not signed it"
                  : "a certificate that cannot be read: " + certificate.error().message();
        return {};
    }
    auto limits = check_certificate(*certificate, rules(), facts_.services.target_ca,
        facts_.peer.remote, facts_.services.time.wall_now(), why);
    if (!limits) return {};
    auto users = rules().accounts.of_principals(certificate->principals);
    if (users.empty()) {
        why = "a certificate whose principals are no user's";
        return {};
    }
    // One of several is whom the user name speaks of.
    if (users.size() > 1)
        std::erase_if(users, [&](const auto* user) {
            return user->name != (route.user.empty() ? route.login : route.user);
        });
    if (users.empty()) {
        why =
            "a certificate of several users; which one, the user name must say: user/login@target";
        return {};
    }
    key_owner out;
    out.user = users.front();
    out.touch_required = limits->touch_required;
    out.verify_required = limits->verify_required;
    out.certificate = std::move(*limits);
    out.key = certificate->key.to_string();
    out.shown = "certificate " + escape_for_log(certificate->key_id, 80) + " serial " +
                std::to_string(certificate->serial) + " of " + certificate->authority.fingerprint();
    return out;
}

std::string ssh_login::device_fault(const key_owner& owner, const ssh::login_request& request) const
{
    if (!request.key.starts_with(security_key_prefix)) return {};
    if (!request.device) return "a security key that says nothing of its user";
    if (owner.touch_required && !request.device->touched)
        return "a security key that nobody touched";
    if ((owner.verify_required || owner.user->verify_required) && !request.device->verified)
        return "a security key that did not verify its user";
    return {};
}

asio::awaitable<ssh::login_answer> ssh_login::by_key(
    const ssh::login_request& request, policy::route route)
{
    std::string why;
    auto owner = find_owner(request, route, why);
    if (!owner) co_return refuse(why);
    const auto& name = owner->user->name;
    if (!may_use(route, name)) co_return refuse("the key's owner may not use this user name", name);
    if (begun_ && begun_->user != owner->user)
        co_return refuse("the key of another user than the one that the login began with", name);
    if (begun_ && begun_->keys.contains(owner->key))
        co_return refuse("a key that was used in this login before", name);
    if (!expects(*owner->user, "publickey"))
        co_return refuse("a key, where authentication_methods ask for something else", name);
    // The proxy answers these logins itself, and a forced command runs at targets alone.
    if (owner->certificate && !owner->certificate->force_command.empty() && !route.command.empty())
        co_return refuse("a certificate for one command only", name);
    if (owner->certificate && begun_ && begun_->certificate) {
        owner->certificate = limits_of_both(*begun_->certificate, *owner->certificate);
        if (!owner->certificate)
            co_return refuse("a certificate for another command than the one before", name);
    }
    if (!request.proven) co_return ssh::login_answer{verdict::key_would_do, {}, {}};
    if (auto fault = device_fault(*owner, request); !fault.empty()) co_return refuse(fault, name);
    auto passing = pass(request, std::move(route), *owner);
    co_return co_await std::move(passing);
}

// --- passwords and codes

std::string ssh_login::claimed_user(const policy::route& route) const
{
    if (begun_ && begun_->user_name == user_name_) return begun_->user->name;
    if (!route.user.empty()) return route.user;
    return route.target.empty() && route.command.empty() ? route.login : std::string();
}

// Strangers' guesses must not keep out who has shown a key of the user before the password.
std::string ssh_login::counted_as(const std::string& claimed) const
{
    return begun_ ? claimed + ", proven" : claimed;
}

// Right passwords that arrive together count until they have been looked at: so a try waits a
// little for room, and a guesser that is limited learns it slowly.
asio::awaitable<bool> ssh_login::admitted(const std::string& counted)
{
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (auto waited = limit_pause * 0; waited < limited_delay; waited += limit_pause) {
        if (facts_.services.passwords.limiter().admits(facts_.peer.source, counted)) co_return true;
        pause.expires_after(limit_pause);
        error_code ignored; // nobody cancels it
        auto pausing = pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_await std::move(pausing);
    }
    co_return false;
}

ssh::login_answer ssh_login::ask(const ssh::login_request& request)
{
    const auto offered = methods();
    if (std::find(offered.begin(), offered.end(), request.method) == offered.end())
        return refuse("the method keyboard-interactive is not offered");
    // Who has proven a key is asked for what he has, everybody else for the same.
    asked_password_ = begun_ ? begun_->user->password_hash && !begun_->password : true;
    asked_code_ = begun_ ? begun_->user->totp_secret != nullptr : rules().accounts.asks_for_codes();
    ssh::login_answer out{verdict::ask, {}, {}};
    if (asked_password_) out.prompts.push_back({"Password: ", false});
    if (asked_code_)
        out.prompts.push_back(
            {begun_ ? "Verification code: " : "Verification code (empty if you have none): ",
                false});
    return out;
}

asio::awaitable<ssh::login_answer> ssh_login::by_password(
    const ssh::login_request& request, policy::route route)
{
    const bool interactive = request.method == "keyboard-interactive";
    if (interactive && !request.answers) co_return ask(request);
    const auto offered = methods();
    if (std::find(offered.begin(), offered.end(), request.method) == offered.end())
        co_return refuse("the method " + request.method + " is not offered");
    const auto expected_answers =
        static_cast<std::size_t>(asked_password_) + static_cast<std::size_t>(asked_code_);
    if (interactive && request.answers->size() != expected_answers)
        co_return refuse("another number of answers than of prompts");

    const auto claimed = claimed_user(route);
    auto& checker = facts_.services.passwords;
    const auto counted = counted_as(claimed);
    auto admitting = admitted(counted);
    if (!co_await std::move(admitting))
        co_return refuse("too many wrong passwords of this address or for this user", claimed);
    const auto* user = rules().accounts.find(claimed);
    const bool usable = user && may_use(route, user->name) && expects(*user, request.method);
    password_try given;
    given.user = claimed;
    std::size_t next = 0;
    if (!interactive) given.password.emplace(std::string(request.password.reveal()));
    else if (asked_password_)
        given.password.emplace(std::string((*request.answers)[next++].reveal()));
    if (interactive && asked_code_)
        given.code.emplace(std::string((*request.answers)[next].reveal()));
    if (usable) {
        given.hash = user->password_hash;
        given.totp = user->totp_secret;
        given.code_needed = interactive && user->totp_secret;
    }
    auto checking = checker.check(std::move(given));
    const auto found = co_await std::move(checking);
    if (usable && found == password_verdict::right) {
        checker.limiter().take_back(facts_.peer.source, counted);
        key_owner owner;
        owner.user = user;
        auto passing = pass(request, std::move(route), owner);
        co_return co_await std::move(passing);
    }
    std::string why = reason_of(found);
    if (claimed.empty()) why = "a password needs the user in the name: user/login@target";
    else if (!user) why = "no such user";
    else if (!usable) why = "this user may not log in by " + request.method + " now";
    co_return refuse(why, claimed);
}

// --- what comes of it

std::vector<std::string> ssh_login::methods() const
{
    if (begun_) return begun_->progress.next();
    // Who a jump is for, the outer login has told.
    const auto* user = facts_.jump ? rules().accounts.find(facts_.jump->user) : nullptr;
    return user ? required(*user).next() : rules().accounts.first_methods();
}

bool ssh_login::expects(const login::account& user, std::string_view method) const
{
    if (begun_) return begun_->user == &user && begun_->progress.expects(method);
    return required(user).expects(method);
}

// Inside a jump the outer login has passed everything.
login::progress ssh_login::required(const login::account& user) const
{
    return login::progress(facts_.jump ? user.requirements_inside : user.requirements);
}

asio::awaitable<ssh::login_answer> ssh_login::pass(
    const ssh::login_request& request, policy::route route, const key_owner& owner)
{
    if (!begun_) begun_ = begun{user_name_, owner.user, required(*owner.user), {}, {}, false, {}};
    begun_->progress.passed(request.method);
    // What was asked for but not answered counts for nothing: keyboard-interactive may have been
    // begun and left before a key passed.
    begun_->password |= request.method == "password" ||
                        (request.method == "keyboard-interactive" && asked_password_);
    begun_->ways += (begun_->ways.empty() ? "" : ", ") + request.method;
    if (!owner.shown.empty()) begun_->ways += ' ' + owner.shown;
    if (!owner.key.empty()) begun_->keys.insert(owner.key);
    if (owner.certificate) begun_->certificate = owner.certificate;
    if (!begun_->progress.is_complete())
        co_return ssh::login_answer{verdict::partly, methods(), {}};
    auto granting = grant(request, std::move(route));
    if (co_await std::move(granting)) co_return ssh::login_answer{verdict::granted, {}, {}};
    begun_.reset();
    co_return ssh::login_answer{verdict::refused, methods(), {}};
}

asio::awaitable<bool> ssh_login::grant(const ssh::login_request& request, policy::route route)
{
    facts_.user = begun_->user->name;
    facts_.route = std::move(route);
    facts_.client_version = request.client_version;
    if (begun_->certificate) {
        facts_.certificate = *begun_->certificate;
        facts_.certificate_expires = begun_->certificate->expires;
    }
    wire::user_login event;
    event.header = facts_.header();
    event.user_agent = facts_.client_version;
    auto committing = facts_.services.audit.commit(std::move(event));
    if (const auto committed = co_await std::move(committing); !committed) {
        facts_.services.log.error("a login was refused: its event cannot be written",
            {{"user", facts_.user}, {"error", committed.error().message()}});
        co_return false;
    }
    facts_.services.log.info(
        "login", {{"connection", static_cast<std::uint64_t>(facts_.number)}, {"user", facts_.user},
                     {"remote", facts_.peer.remote}, {"by", begun_->ways}});
    ++facts_.services.counted.logins;
    facts_.services.passwords.limiter().succeeded(facts_.peer.source, facts_.user);
    facts_.services.passwords.limiter().succeeded(facts_.peer.source, counted_as(facts_.user));
    logged_in_();
    co_return true;
}

ssh::login_answer ssh_login::refuse(std::string why, const std::string& user)
{
    ++facts_.services.counted.login_tries_refused;
    const auto route = policy::parse_route(user_name_);
    wire::auth_attempt event;
    event.header = facts_.header();
    if (!user.empty()) event.header.user.user = user;
    else event.header.user.user = route && !route->user.empty() ? route->user : user_name_;
    if (event.header.user.user.size() > longest_user_shown)
        event.header.user.user.resize(longest_user_shown);
    if (route) event.header.user.login = route->login;
    event.error = std::move(why);
    facts_.services.log.warning("login refused",
        {{"remote", facts_.peer.remote}, {"name", user_name_}, {"why", event.error}});
    if (auto now = facts_.services.auth_failures.add(facts_.peer.source, std::move(event)))
        facts_.post(std::move(*now));
    return {verdict::refused, methods(), {}};
}

} // namespace verbatim::server
