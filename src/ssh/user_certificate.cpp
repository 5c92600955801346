#include <verbatim/ssh/user_certificate.hpp>

#include "blob.hpp"
#include "private_key.hpp"

#include <verbatim/base/text.hpp>

#include <openssl/rand.h>

namespace verbatim::ssh {
namespace {

constexpr std::string_view certificate_type = "ssh-ed25519-cert-v01@openssh.com";
constexpr std::uint32_t user_certificate_kind = 1;
constexpr std::size_t max_login_bytes = 255, nonce_bytes = 32;

bool is_acceptable(const certificate_request& request) noexcept
{
    const auto& login = request.login;
    if (login.empty() || login.size() > max_login_bytes || login.find('\0') != login.npos)
        return false;
    // An address and nothing cleverer: sshd would read a comma as a second pattern.
    return request.source_address.find_first_not_of("0123456789abcdefABCDEF:.") ==
           std::string::npos;
}

void write_options(blob_writer& out, const certificate_request& request)
{
    blob_writer options{256};
    if (!request.source_address.empty()) {
        blob_writer value{128};
        value.string(request.source_address);
        options.string(std::string_view{"source-address"});
        options.string(value.view());
    }
    out.string(options.view());
}

// In the order of their names, byte by byte, as the format demands.
void write_extensions(blob_writer& out, const certificate_request& request)
{
    blob_writer extensions{256};
    const auto add = [&](bool granted, std::string_view name) {
        if (!granted) return;
        extensions.string(name);
        extensions.string(std::string_view{});
    };
    add(request.x11_forwarding, "permit-X11-forwarding");
    add(request.agent_forwarding, "permit-agent-forwarding");
    add(request.port_forwarding, "permit-port-forwarding");
    add(request.terminal, "permit-pty");
    add(request.user_rc, "permit-user-rc"); // without it sshd skips ~/.ssh/rc
    out.string(extensions.view());
}

std::uint64_t unix_seconds(wall_time time) noexcept
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
    return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds);
}

} // namespace

struct certificate_issuer::authority {
    pkey_handle key;
    byte_buffer public_blob;
};

certificate_issuer::certificate_issuer(std::unique_ptr<const authority> ca) noexcept
    : ca_(std::move(ca))
{}
certificate_issuer::certificate_issuer(certificate_issuer&&) noexcept = default;
certificate_issuer& certificate_issuer::operator=(certificate_issuer&&) noexcept = default;
certificate_issuer::~certificate_issuer() = default;

result<certificate_issuer> certificate_issuer::create(const secret& user_ca)
{
    auto key = load_ed25519(user_ca.reveal());
    if (!key) return key.error();
    const auto point = raw_public(*key);
    if (!point) return point.error();
    blob_writer blob;
    blob.string(ed25519_type);
    blob.string(*point);
    const auto view = blob.view();
    return certificate_issuer{
        std::make_unique<const authority>(authority{std::move(*key), {view.begin(), view.end()}})};
}

result<user_certificate> certificate_issuer::issue(
    const certificate_request& request, wall_time now) const
{
    if (!is_acceptable(request)) return errc::malformed;
    struct {
        std::array<std::byte, nonce_bytes> nonce;
        std::uint64_t serial;
    } fresh{};
    if (::RAND_bytes(reinterpret_cast<unsigned char*>(&fresh), sizeof fresh) != 1)
        return errc::io_error;
    const auto key = generate_ed25519();
    const auto point = raw_public(key);
    if (!point) return point.error();

    blob_writer body;
    body.string(certificate_type);
    body.string(fresh.nonce);
    body.string(*point);
    body.long_number(fresh.serial);
    body.number(user_certificate_kind);
    body.string(escape_for_log(request.key_id));
    blob_writer principals{512};
    principals.string(request.login);
    body.string(principals.view());
    body.long_number(unix_seconds(now - clock_skew));
    body.long_number(unix_seconds(now + validity));
    write_options(body, request);
    write_extensions(body, request);
    body.string(std::string_view{}); // reserved
    body.string(ca_->public_blob);

    const auto signed_bytes = sign_ed25519(ca_->key, body.view());
    if (!signed_bytes) return signed_bytes.error();
    blob_writer signature{128};
    signature.string(ed25519_type);
    signature.string(*signed_bytes);
    body.string(signature.view());

    auto pair = to_key_pair(key, {});
    if (!pair) return pair.error();
    return user_certificate{std::string(certificate_type) + ' ' + to_base64(body.view()),
        std::move(pair->private_text)};
}

} // namespace verbatim::ssh
