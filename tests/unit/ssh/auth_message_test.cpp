#include "ssh/auth_message.hpp"

#include "ssh/blob.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using ssh::auth_message;
using ssh::blob_writer;
using kind = auth_message::kind;

byte_buffer bytes_of(const blob_writer& out)
{
    const auto view = out.view();
    return {view.begin(), view.end()};
}

void begin(blob_writer& out, std::string_view method, std::string_view user = "alice/root@web1",
    std::string_view service = "ssh-connection")
{
    out.byte(50);
    out.string(user);
    out.string(service);
    out.string(method);
}

byte_buffer by_key(bool is_signed, std::string_view method = "publickey")
{
    blob_writer out;
    begin(out, method);
    out.byte(is_signed);
    out.string(std::string_view("ssh-ed25519"));
    out.string(std::string_view("the key"));
    if (method != "publickey") out.string(std::string_view("the host's key"));
    if (is_signed) out.string(std::string_view("the signature"));
    return bytes_of(out);
}

byte_buffer by_password(std::string_view password, bool changes = false)
{
    blob_writer out;
    begin(out, "password");
    out.byte(changes);
    out.string(password);
    return bytes_of(out);
}

byte_buffer answers(std::uint32_t count, std::string_view each, std::uint32_t sent)
{
    blob_writer out;
    out.byte(61);
    out.number(count);
    for (std::uint32_t i = 0; i < sent; ++i) out.string(each);
    return bytes_of(out);
}

error_code fault(const byte_buffer& payload)
{
    auth_message message;
    const auto read = ssh::read_auth_message(payload, message);
    return read ? error_code{} : read.error();
}

byte_buffer interactive()
{
    blob_writer out;
    begin(out, "keyboard-interactive");
    out.string(std::string_view());
    out.string(std::string_view());
    return bytes_of(out);
}

byte_buffer none()
{
    blob_writer out;
    begin(out, "none");
    return bytes_of(out);
}

} // namespace

BOOST_AUTO_TEST_SUITE(auth_messages)

BOOST_AUTO_TEST_CASE(a_question_about_a_key)
{
    auth_message message;
    BOOST_REQUIRE(ssh::read_auth_message(by_key(false), message));
    BOOST_TEST((message.what == kind::publickey));
    BOOST_TEST(message.user == "alice/root@web1");
    BOOST_TEST(message.algorithm == "ssh-ed25519");
    BOOST_TEST(as_text(message.key) == "the key");
    BOOST_TEST(message.signature.empty());
    BOOST_TEST(message.signed_part.empty());
}

BOOST_AUTO_TEST_CASE(a_signed_login_says_what_was_signed)
{
    for (const auto* method : {"publickey", "publickey-hostbound-v00@openssh.com"}) {
        const auto payload = by_key(true, method);
        auth_message message;
        BOOST_REQUIRE(ssh::read_auth_message(payload, message));
        BOOST_TEST(message.method == "publickey");
        BOOST_TEST(as_text(message.signature) == "the signature");
        // All but the signature with its length (RFC 4252, section 7).
        BOOST_TEST(
            as_text(message.signed_part) == as_text(payload).substr(0, payload.size() - 4 - 13));
        BOOST_TEST(message.host_key.empty() == (message.method == std::string_view(method)));
    }
}

BOOST_AUTO_TEST_CASE(passwords_and_answers)
{
    auth_message message;
    BOOST_REQUIRE(ssh::read_auth_message(by_password("secret"), message));
    BOOST_TEST((message.what == kind::password));
    BOOST_TEST(message.password.reveal() == "secret");

    auth_message asks, answered;
    BOOST_REQUIRE(ssh::read_auth_message(interactive(), asks));
    BOOST_TEST((asks.what == kind::interactive));
    BOOST_REQUIRE(ssh::read_auth_message(answers(2, "123456", 2), answered));
    BOOST_TEST((answered.what == kind::answers));
    BOOST_REQUIRE(answered.answers.size() == 2u);
    BOOST_TEST(answered.answers[1].reveal() == "123456");
}

BOOST_AUTO_TEST_CASE(methods_we_do_not_have_are_named_and_bring_what_they_like)
{
    blob_writer out;
    begin(out, std::string(300, 'm'));
    out.string(std::string_view("anything"));
    auth_message message;
    BOOST_REQUIRE(ssh::read_auth_message(bytes_of(out), message));
    BOOST_TEST((message.what == kind::other));
    BOOST_TEST(message.method.size() == 64u);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_cut_anywhere_is_refused)
{
    for (const auto& whole : {by_key(false), by_key(true), by_password("secret"), interactive(),
             none(), answers(2, "x", 2), by_key(true, "publickey-hostbound-v00@openssh.com")}) {
        BOOST_TEST(!fault(whole));
        for (std::size_t size = 0; size < whole.size(); ++size)
            BOOST_TEST(fault({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}));
    }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_refused)
{
    for (auto whole : {by_key(false), by_key(true), by_password("secret"), answers(1, "x", 1)}) {
        whole.push_back(std::byte{0});
        BOOST_TEST((fault(whole) == errc::malformed));
    }
}

BOOST_AUTO_TEST_CASE(what_is_too_long_is_refused)
{
    BOOST_TEST((fault(by_password(std::string(1025, 'x'))) == errc::out_of_range));
    BOOST_TEST((fault(answers(9, "x", 9)) == errc::out_of_range));
    BOOST_TEST((fault(answers(0xffffffff, "x", 1)) == errc::out_of_range));
    BOOST_TEST((fault(answers(1, std::string(1025, 'x'), 1)) == errc::out_of_range));
    blob_writer long_user;
    begin(long_user, "none", std::string(1025, 'u'));
    auth_message message;
    BOOST_TEST(!ssh::read_auth_message(bytes_of(long_user), message));
    BOOST_TEST(message.user.size() == 1024u); // for the books
}

BOOST_AUTO_TEST_CASE(other_services_messages_and_password_changes_are_refused)
{
    blob_writer other;
    begin(other, "none", "alice", "ssh-userauth");
    BOOST_TEST((fault(bytes_of(other)) == errc::malformed));
    BOOST_TEST((fault(by_password("old", true)) == errc::malformed));
    BOOST_TEST((fault({std::byte{51}}) == errc::malformed));
    BOOST_TEST((fault({}) == errc::truncated));
    auto odd = by_key(false);
    odd[1 + 4 + 15 + 4 + 14 + 4 + 9] = std::byte{2}; // neither yes nor no
    BOOST_TEST((fault(odd) == errc::malformed));
}

BOOST_AUTO_TEST_CASE(answers_have_the_form_of_the_standard)
{
    using namespace std::string_view_literals;
    BOOST_TEST(as_text(ssh::make_auth_failure({"publickey", "password"}, true)) ==
               "\x33\0\0\0\x12publickey,password\1"sv);
    BOOST_TEST(as_text(ssh::make_prompts({{"Code: ", true}})) ==
               "\x3c\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\6Code: \1"sv);
    BOOST_TEST(as_text(ssh::make_key_would_do("a", as_bytes("k"sv))) == "\x3c\0\0\0\1a\0\0\0\1k"sv);
}

BOOST_AUTO_TEST_SUITE_END()
