#include "publickey_login.hpp"

#include "blob.hpp"

namespace verbatim::ssh {

namespace {

constexpr std::uint8_t userauth_request = 50, userauth_failure = 51, userauth_banner = 53,
                       userauth_pk_ok = 60;

byte_buffer make_request(const publickey_login& login, bool is_signed)
{
    blob_writer out(login.user.size() + login.key.size() + 256);
    out.byte(userauth_request);
    out.string(login.user);
    out.string(std::string_view("ssh-connection"));
    out.string(std::string_view("publickey"));
    out.byte(is_signed ? 1 : 0);
    out.string(login.algorithm);
    out.string(login.key);
    const auto view = out.view();
    return {view.begin(), view.end()};
}

bool lists(std::string_view names, std::string_view wanted)
{
    while (!names.empty()) {
        const auto name = names.substr(0, names.find(','));
        if (name == wanted) return true;
        names.remove_prefix(std::min(names.size(), name.size() + 1));
    }
    return false;
}

} // namespace

byte_buffer make_key_query(const publickey_login& login) { return make_request(login, false); }
byte_buffer make_signed_request(const publickey_login& login) { return make_request(login, true); }

byte_buffer with_signature(byte_view request, byte_view signature)
{
    blob_writer out(request.size() + signature.size() + 4);
    out.raw(request);
    out.string(signature);
    const auto view = out.view();
    return {view.begin(), view.end()};
}

result<login_reply> read_login_reply(byte_view payload)
{
    blob_reader in{payload};
    const auto number = in.raw(1);
    if (in.bad()) return errc::truncated;
    login_reply out;
    switch (std::to_integer<std::uint8_t>(number[0])) {
    case userauth_banner: out.what = login_reply::kind::banner; return out;
    case userauth_failure: {
        out.publickey_may_go_on = lists(as_text(in.string()), "publickey");
        const auto partly = in.raw(1);
        out.partly = !in.bad() && partly[0] != std::byte{0};
        break;
    }
    case userauth_pk_ok:
        out.what = login_reply::kind::key_would_do;
        out.algorithm = as_text(in.string());
        out.key = in.string();
        break;
    default: return errc::malformed;
    }
    if (in.bad()) return errc::truncated;
    if (!in.rest().empty()) return errc::malformed;
    return out;
}

} // namespace verbatim::ssh
