#include "auth_message.hpp"

#include "blob.hpp"

namespace verbatim::ssh {
namespace {

constexpr std::uint8_t userauth_request = 50, userauth_failure = 51, userauth_pk_ok = 60,
                       userauth_info_request = 60, userauth_info_response = 61;
constexpr std::size_t longest_method = 64, longest_algorithm = 128;
constexpr std::string_view host_bound = "publickey-hostbound-v00@openssh.com";

std::uint8_t take_byte(blob_reader& in)
{
    const auto byte = in.raw(1);
    return in.bad() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(byte[0]);
}

result<void> read_publickey(byte_view payload, blob_reader& in, bool bound, auth_message& to)
{
    to.what = auth_message::kind::publickey;
    const auto has_signature = take_byte(in);
    const auto algorithm = in.string();
    const auto key = in.string();
    const auto host_key = bound ? in.string() : byte_view{};
    if (in.bad()) return errc::truncated;
    if (has_signature > 1) return errc::malformed; // what is signed would have another form
    if (algorithm.size() > longest_algorithm || key.size() > auth_message::longest_key ||
        host_key.size() > auth_message::longest_key)
        return errc::out_of_range;
    to.algorithm = as_text(algorithm);
    to.key.assign(key.begin(), key.end());
    to.host_key.assign(host_key.begin(), host_key.end());
    if (has_signature == 0) return {};
    const auto unsigned_part = payload.first(payload.size() - in.rest().size());
    const auto signature = in.string();
    if (in.bad()) return errc::truncated;
    if (signature.empty()) return errc::malformed;
    if (signature.size() > auth_message::longest_signature) return errc::out_of_range;
    to.signature.assign(signature.begin(), signature.end());
    to.signed_part.assign(unsigned_part.begin(), unsigned_part.end());
    return {};
}

result<void> read_password(blob_reader& in, auth_message& to)
{
    to.what = auth_message::kind::password;
    const auto changes = take_byte(in);
    const auto password = in.string();
    if (in.bad()) return errc::truncated;
    if (changes != 0) return errc::malformed; // we never ask for a new one
    if (password.size() > auth_message::longest_password) return errc::out_of_range;
    to.password = secret(std::string(as_text(password)));
    return {};
}

result<void> read_answers(blob_reader& in, auth_message& to)
{
    to.what = auth_message::kind::answers;
    to.method = "keyboard-interactive";
    const auto count = in.number();
    if (in.bad()) return errc::truncated;
    if (count > auth_message::most_answers) return errc::out_of_range;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto answer = in.string();
        if (in.bad()) return errc::truncated;
        if (answer.size() > auth_message::longest_password) return errc::out_of_range;
        to.answers.emplace_back(std::string(as_text(answer)));
    }
    return {};
}

result<void> read_request(byte_view payload, blob_reader& in, auth_message& to)
{
    const auto user = in.string();
    const auto service = as_text(in.string());
    const auto method = as_text(in.string());
    to.user = as_text(user.first(std::min(user.size(), auth_message::longest_user)));
    to.method = method.substr(0, longest_method);
    if (in.bad()) return errc::truncated;
    if (user.size() > auth_message::longest_user) return errc::out_of_range;
    if (service != "ssh-connection") return errc::malformed;
    if (method == "publickey" || method == host_bound) {
        to.method = "publickey";
        return read_publickey(payload, in, method == host_bound, to);
    }
    if (method == "password") return read_password(in, to);
    if (method == "keyboard-interactive") {
        to.what = auth_message::kind::interactive;
        in.string(); // language
        in.string(); // submethods: there is one
        if (in.bad()) return errc::truncated;
        return {};
    }
    in.raw(in.rest().size()); // methods that we do not have bring what they like
    return {};
}

byte_buffer bytes_of(const blob_writer& out)
{
    const auto view = out.view();
    return {view.begin(), view.end()};
}

} // namespace

result<void> read_auth_message(byte_view payload, auth_message& to)
{
    blob_reader in{payload};
    const auto number = take_byte(in);
    if (in.bad()) return errc::truncated;
    auto read = number == userauth_request         ? read_request(payload, in, to)
                : number == userauth_info_response ? read_answers(in, to)
                                                   : result<void>(errc::malformed);
    if (read && !in.rest().empty()) return errc::malformed;
    return read;
}

byte_buffer make_auth_failure(const std::vector<std::string>& methods, bool partly)
{
    std::string list;
    for (const auto& method : methods) list += (list.empty() ? "" : ",") + method;
    blob_writer out{256};
    out.byte(userauth_failure);
    out.string(std::string_view{list});
    out.byte(partly ? 1 : 0);
    return bytes_of(out);
}

byte_buffer make_key_would_do(std::string_view algorithm, byte_view key)
{
    blob_writer out;
    out.byte(userauth_pk_ok);
    out.string(algorithm);
    out.string(key);
    return bytes_of(out);
}

byte_buffer make_prompts(const std::vector<login_answer::prompt>& prompts)
{
    blob_writer out{512};
    out.byte(userauth_info_request);
    for (int field = 0; field < 3; ++field)
        out.string(std::string_view{}); // name, instruction, language
    out.number(static_cast<std::uint32_t>(prompts.size()));
    for (const auto& each : prompts) {
        out.string(std::string_view{each.text});
        out.byte(each.echo ? 1 : 0);
    }
    return bytes_of(out);
}

} // namespace verbatim::ssh
