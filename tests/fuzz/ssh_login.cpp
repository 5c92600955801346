#include "ssh/agent_messages.hpp"
#include "ssh/auth_message.hpp"
#include "ssh/certificate_blob.hpp"
#include "ssh/signature.hpp"

#include <verbatim/base/bytes.hpp>
#include <verbatim/ssh/login_certificate.hpp>
#include <verbatim/ssh/revocation_list.hpp>

#include <cstdlib>

// What a stranger sends to log in, and what an operator has in a file of revoked keys: the first
// byte says which of them the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace verbatim;
    if (size == 0) return 0;
    const auto rest = as_bytes(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: {
        ssh::auth_message message;
        const bool read = ssh::read_auth_message(rest, message).has_value();
        if (message.user.size() > ssh::auth_message::longest_user) std::abort();
        if (message.answers.size() > ssh::auth_message::most_answers) std::abort();
        if (!read || message.signature.empty()) break;
        const auto plain = ssh::plain_key(message.key);
        if (plain)
            std::ignore = ssh::verify_signature(
                plain->blob(), message.signature, message.signed_part); // any answer will do
        break;
    }
    case 1: {
        const auto certificate = ssh::login_certificate::parse(rest);
        if (certificate && certificate->principals.size() > ssh::login_certificate::most_principals)
            std::abort();
        break;
    }
    case 3: {
        ssh::agent_answer_reader reader;
        if (!reader.feed(rest)) break;
        const auto answer = reader.take();
        if (!answer) break;
        constexpr std::size_t most = 10;
        const auto keys = ssh::read_agent_keys(*answer, most);
        if (keys && keys->size() > most) std::abort();
        std::ignore = ssh::read_agent_signature(*answer); // as above
        break;
    }
    default: {
        std::string why;
        const auto list = ssh::revocation_list::parse(as_text(rest), why);
        if (!list && why.empty()) std::abort();
    }
    }
    return 0;
}
