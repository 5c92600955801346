#include "server/password_check.hpp"

#include <verbatim/login/password.hpp>
#include <verbatim/login/totp.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <thread>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

// Half of the cores: sessions go on while others log in.
std::size_t thread_count() { return std::max(1u, std::thread::hardware_concurrency() / 2); }

} // namespace

password_checker::password_checker(const clock& time, std::filesystem::path used_codes_file)
    : time_(time), limiter_({}, time), used_(std::move(used_codes_file)), threads_(thread_count())
{}

asio::awaitable<password_verdict> password_checker::check(password_try given)
{
    auto shared = std::make_shared<password_try>(std::move(given)); // with the thread, for its time
    auto working = asio::co_spawn(threads_, work(std::move(shared)), asio::use_awaitable);
    co_return co_await std::move(working);
}

asio::awaitable<password_verdict> password_checker::work(std::shared_ptr<password_try> given)
{
    co_return judge(*given);
}

password_verdict password_checker::judge(const password_try& given)
{
    using verdict = password_verdict;
    if (given.password) {
        const auto hash = given.hash ? given.hash->reveal() : login::hash_of_nobody;
        const bool same = login::is_password(given.password->reveal(), hash);
        if (!same || !given.hash) return verdict::wrong_password;
    }
    if (!given.code_needed) return given.password ? verdict::right : verdict::failed;
    if (!given.totp || !given.code) return verdict::wrong_code;
    const auto step =
        login::find_totp_step(given.totp->reveal(), given.code->reveal(), time_.wall_now());
    if (!step) return verdict::wrong_code;
    const auto fresh = used_.take(given.user, *step);
    if (!fresh) return verdict::failed;
    return *fresh ? verdict::right : verdict::used_code;
}

} // namespace verbatim::server
