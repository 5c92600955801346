#pragma once
// Keys and certificates made by OpenSSH's own ssh-keygen.

#include "scratch_directory.hpp"

#include <verbatim/ssh/login_certificate.hpp>
#include <verbatim/ssh/public_key.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace verbatim::test {

struct keygen_fixture {
    scratch_directory scratch;

    void run(const std::string& arguments) const
    {
        const auto said =
            output_of("cd " + scratch.path().string() + " && ssh-keygen " + arguments);
        BOOST_REQUIRE_MESSAGE(said.ends_with("exit 0"), said);
    }
    /// A key pair in NAME and NAME.pub.
    void make_key(const std::string& name, const std::string& type = "ed25519") const
    {
        run("-q -t " + type + " -N '' -C '' -f " + name);
    }
    std::string line(const std::string& name) const
    {
        auto text = contents(scratch / (name + ".pub"));
        while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
        return text;
    }
    ssh::public_key key(const std::string& name) const
    {
        return *ssh::public_key::parse(line(name));
    }

    /// "type base64" of a certificate for `name` by `ca`.
    std::string sign(
        const std::string& ca, const std::string& name, const std::string& options) const
    {
        run("-q -s " + ca + ' ' + options + ' ' + name + ".pub");
        auto text = line(name + "-cert");
        return text.substr(0, text.find(' ', text.find(' ') + 1));
    }
    ssh::login_certificate certificate(
        const std::string& ca, const std::string& name, const std::string& options) const
    {
        auto read = ssh::login_certificate::parse(sign(ca, name, options));
        BOOST_REQUIRE(read);
        return std::move(*read);
    }
};

inline const auto needs_ssh_keygen =
    boost::unit_test::precondition([](boost::unit_test::test_unit_id) { return has_ssh_keygen(); });

} // namespace verbatim::test
