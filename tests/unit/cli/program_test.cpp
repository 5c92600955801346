#include <verbatim/cli/commands.hpp>

#include "support/made_keys.hpp"

#include <verbatim/config/users_file.hpp>
#include <verbatim/login/password.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <fstream>
#include <sstream>

using namespace verbatim;

namespace {

struct program_fixture {
    program_fixture()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "verbatim-XXXXXX").string();
        directory = ::mkdtemp(pattern.data());
        write("v.yaml",
            "version: 1\ndata_dir: " + (directory / "data").string() +
                "\nroles: [{name: admin, allow: {logins: [root], targets: {'*': '*'}, addresses: "
                "[10.0.0.0/8]}}]\ntargets: [{name: web1, address: h}]\nusers: [{name: fixed}]\n");
        commands.push_back(cli::make_check());
        commands.push_back(cli::make_users());
    }
    ~program_fixture()
    {
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
    }
    std::string write(const std::string& name, const std::string& text) const
    {
        std::ofstream(directory / name) << text;
        return (directory / name).string();
    }
    int run(std::vector<std::string> words, const std::string& input = {})
    {
        // Each run is a program of its own: commands keep what was parsed into them.
        commands.clear();
        commands.push_back(cli::make_check());
        commands.push_back(cli::make_users());
        words.insert(words.begin(), "verbatim");
        std::vector<const char*> argv;
        for (const auto& word : words) argv.push_back(word.c_str());
        std::istringstream in(input);
        std::ostringstream out_stream, err_stream;
        const int code = cli::run_program(
            commands, static_cast<int>(argv.size()), argv.data(), in, out_stream, err_stream);
        out = out_stream.str();
        err = err_stream.str();
        return code;
    }
    int run_here(std::vector<std::string> words, const std::string& input = {})
    {
        words.push_back("-c");
        words.push_back((directory / "v.yaml").string());
        return run(std::move(words), input);
    }
    bool err_is_one_line() const { return err.find('\n') + 1 == err.size() && !err.empty(); }

    std::filesystem::path directory;
    std::vector<std::unique_ptr<cli::command>> commands;
    std::string out, err;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(wrong_usage_is_one_line_and_exit_code_2, program_fixture)
{
    const std::vector<std::vector<std::string>> table{{}, {"chekc"}, {"check", "--nonsense"},
        {"check", "extra"}, {"check", "-c"}, {"users"}, {"users", "add"}, {"users", "frob"},
        {"check", "--user", "alice"}, {"check", "--login", "root", "--target", "t"}};
    for (const auto& words : table) {
        BOOST_TEST(run(words) == 2);
        BOOST_TEST(err_is_one_line(), err);
        BOOST_TEST(err.find("--help`") != std::string::npos, err);
        BOOST_TEST(out.empty());
    }
}

BOOST_FIXTURE_TEST_CASE(help_and_version_are_answers, program_fixture)
{
    BOOST_TEST(run({"--help"}) == 0);
    BOOST_TEST(out.find("check") != std::string::npos);
    BOOST_TEST(run({"--version"}) == 0);
    BOOST_TEST(out.starts_with("verbatim "));
    for (const std::string name : {"check", "users"}) {
        BOOST_TEST(run({name, "--help"}) == 0);
        BOOST_TEST(out.find("Examples:") != std::string::npos);
        BOOST_TEST(out.find("--config") != std::string::npos);
    }
}

BOOST_FIXTURE_TEST_CASE(check_tells_sound_from_wrong, program_fixture)
{
    BOOST_TEST(run_here({"check"}) == 0);
    BOOST_TEST(err.empty());
    const auto bad = write("bad.yaml", "version: 1\nssh: {lisen: x}\n");
    BOOST_TEST(run({"check", "-c", bad}) == 2);
    BOOST_TEST(err == bad + ":2: unknown key 'lisen' in ssh; did you mean 'listen'?\n");
    BOOST_TEST(run({"check", "-c", (directory / "none").string()}) == 2);
    BOOST_TEST(err.find("cannot be read: No such file") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(check_explains_a_decision, program_fixture)
{
    BOOST_TEST(run_here({"users", "add", "alice", "--role", "admin"}) == 0);
    BOOST_TEST(run_here({"check", "--user", "alice", "--target", "web1", "--login", "root"}) == 0);
    BOOST_TEST(out.starts_with("allowed: role admin allows it\n"));
    BOOST_TEST(
        out.find(": role admin allows login 'root' (allow.logins, line ") != std::string::npos);
    BOOST_TEST(out.find("\n  limits: none\n") != std::string::npos);
    BOOST_TEST(
        out.find("\n  forwarding: local no, remote no, agent no, X11 no\n") != std::string::npos);
    BOOST_TEST(out.find("\n  SSH inside forwards: no\n") != std::string::npos);
    BOOST_TEST(run_here({"check", "--user", "alice", "--target", "web1", "--login", "bob"}) == 1);
    BOOST_TEST(out.starts_with("denied: role admin does not allow login 'bob'\n"));
    BOOST_TEST(run_here({"check", "--user", "alice", "--target", "other", "--login", "root",
                   "--address", "192.0.2.1"}) == 1);
    BOOST_TEST(run_here({"check", "--user", "a/b", "--target", "web1", "--login", "root"}) == 2);
    BOOST_TEST(err_is_one_line());
}

BOOST_FIXTURE_TEST_CASE(users_are_added_listed_and_removed, program_fixture)
{
    const auto key = test::ed25519_line('k');
    BOOST_TEST(
        run_here({"users", "add", "bob", "--role", "admin", "--key", "-"}, key + " b\n") == 0);
    BOOST_TEST(out.find("bob: added (1 role, 1 key)") == 0u);
    BOOST_TEST(out.find("SIGHUP") != std::string::npos);
    BOOST_TEST(run_here({"users", "add", "bob", "--key", "-"}, key + " again\n") == 0);
    BOOST_TEST(out.find("nothing to change") != std::string::npos);
    BOOST_TEST(run_here({"users", "list"}) == 0);
    BOOST_TEST(out.find("ssh-ed25519 (b)") != std::string::npos);
    BOOST_TEST(run_here({"users", "rm", "bob"}) == 0);
    BOOST_TEST(run_here({"users", "rm", "bob"}) == 1);
    BOOST_TEST(err_is_one_line());
}

BOOST_FIXTURE_TEST_CASE(a_password_is_kept_as_a_hash_alone, program_fixture)
{
    BOOST_TEST(run_here({"users", "add", "bob", "--role", "admin"}) == 0);
    BOOST_TEST(run_here({"users", "passwd", "bob"}, "correct horse\nmore\n") == 0, err);
    BOOST_TEST((out + err).find("horse") == std::string::npos);
    const auto kept = config::load_users_file(directory / "data/users.yaml");
    BOOST_REQUIRE(kept.users.size() == 1u);
    BOOST_REQUIRE(kept.users[0].password_hash);
    BOOST_TEST(login::is_password("correct horse", kept.users[0].password_hash->reveal()));
    BOOST_TEST(run_here({"users", "list"}) == 0);
    BOOST_TEST(out.find("password") != std::string::npos);
    BOOST_TEST(out.find("$y$") == std::string::npos);
    BOOST_TEST(run_here({"users", "passwd", "bob", "--remove"}) == 0);
    BOOST_TEST(!config::load_users_file(directory / "data/users.yaml").users[0].password_hash);
    BOOST_TEST(run_here({"users", "passwd", "bob"}, "\n") == 1);
    BOOST_TEST(run_here({"users", "passwd", "bob"}, std::string(600, 'x') + '\n') == 1);
    BOOST_TEST(run_here({"users", "passwd", "nobody"}, "x\n") == 1);
    BOOST_TEST(run_here({"users", "passwd", "fixed"}, "x\n") == 1);
    BOOST_TEST(err_is_one_line());
}

BOOST_FIXTURE_TEST_CASE(a_secret_for_codes_is_shown_once, program_fixture)
{
    BOOST_TEST(run_here({"users", "add", "bob"}) == 0);
    BOOST_TEST(run_here({"users", "totp", "bob"}) == 0);
    const auto users = config::load_users_file(directory / "data/users.yaml").users;
    BOOST_REQUIRE(users.at(0).totp_secret);
    const std::string made(users[0].totp_secret->reveal());
    BOOST_TEST(out.find("otpauth://totp/") != std::string::npos);
    BOOST_TEST(out.find(":bob?secret=" + made + "&") != std::string::npos);
    BOOST_TEST(out.find("\nsecret: " + made + "\n") != std::string::npos);
    BOOST_TEST(run_here({"users", "list"}) == 0);
    BOOST_TEST(out.find("totp") != std::string::npos);
    BOOST_TEST(out.find(made) == std::string::npos);
    BOOST_TEST(run_here({"users", "totp", "bob", "--remove"}) == 0);
    BOOST_TEST(!config::load_users_file(directory / "data/users.yaml").users.at(0).totp_secret);
    BOOST_TEST(run_here({"users", "totp", "nobody"}) == 1);
    BOOST_TEST(out.empty());
    BOOST_TEST(err_is_one_line());
}

BOOST_FIXTURE_TEST_CASE(users_that_cannot_be_are_refused_with_a_reason, program_fixture)
{
    const auto key = test::ed25519_line('k');
    BOOST_TEST(run_here({"users", "add", "Bob"}) == 2);
    BOOST_TEST(run_here({"users", "add", "bob", "--role", "boss"}) == 2);
    BOOST_TEST(run_here({"users", "add", "fixed"}) == 1);
    BOOST_TEST(run_here({"users", "rm", "fixed"}) == 1);
    BOOST_TEST(run_here({"users", "add", "bob", "--key", "/nonexistent"}) == 1);
    BOOST_TEST(run_here({"users", "add", "bob", "--key", "-"},
                   "-----BEGIN OPENSSH PRIVATE KEY-----\n") == 1);
    BOOST_TEST(err.find("*.pub") != std::string::npos);
    BOOST_TEST(run_here({"users", "add", "bob", "--key", "-"}, "") == 1);
    BOOST_TEST(run_here({"users", "add", "bob", "--key", "-"}, key) == 0);
    BOOST_TEST(run_here({"users", "add", "eve", "--key", "-"}, key) == 1);
    BOOST_TEST(err == "verbatim: that key belongs to user 'bob'; a key names one user\n");
}
