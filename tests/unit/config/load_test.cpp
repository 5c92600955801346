#include <verbatim/config/settings.hpp>

#include "support/made_keys.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace verbatim;
using namespace verbatim::config;
using verbatim::test::ed25519_line;

namespace {

loaded load_lines(const std::string& lines) { return load_text("version: 1\n" + lines, "v.yaml"); }

// The single problem that these lines (the first of them is line 2) cause.
std::string problem_of(const std::string& lines)
{
    const auto read = load_lines(lines);
    if (read.problems.empty()) return "none";
    return to_string(read.problems.front()) + (read.problems.size() > 1 ? " ..." : "");
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

class scratch_directory {
public:
    scratch_directory()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "verbatim-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~scratch_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path write(
        const std::string& name, const std::string& text, mode_t mode = 0600)
    {
        const auto file = path / name;
        std::ofstream(file) << text;
        ::chmod(file.c_str(), mode);
        return file;
    }
    std::filesystem::path path;
};

struct bad_line {
    std::string text, problem;
};

} // namespace

BOOST_AUTO_TEST_CASE(the_smallest_configuration_has_the_documented_defaults)
{
    const auto read = load_lines("");
    BOOST_TEST(read.problems.empty());
    BOOST_TEST(read.value.record_session == "strict");
    BOOST_TEST(read.value.ssh.max_auth_tries == 6u);
    BOOST_TEST(!read.value.ssh.listen.has_value());
}

BOOST_AUTO_TEST_CASE(the_example_configuration_is_sound)
{
    const auto read = load(EXAMPLE_FILE);
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    BOOST_TEST(read.value.users.size() == 1u);
    BOOST_TEST(read.value.targets.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_example_names_every_key_with_its_default)
{
    // Uncommented, every line must still be a key that is known.
    std::ifstream file(EXAMPLE_FILE);
    std::string text, line;
    while (std::getline(file, line)) {
        const auto hash = line.find("# ");
        const auto colon = line.find(": ", hash == std::string::npos ? 0 : hash);
        const bool is_key =
            hash != std::string::npos && colon != std::string::npos &&
            line.find_first_not_of(" ") == hash && line.find(' ', hash + 2) == colon + 1 &&
            line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", hash + 2) == colon;
        // Words at the start of a sentence ("strict: a session ends ...") are no keys.
        const bool is_prose = is_key && colon - hash > 2 && contains(line.substr(colon), " a ");
        const bool other = contains(line, "strict:") || contains(line, "proxy: every") ||
                           contains(line, "web: {}");
        if (is_key && !is_prose && !other) line.erase(hash, 2);
        text += line + '\n';
    }
    const auto read = load_text(text, "example");
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    BOOST_TEST(read.value.ssh.login_grace_time.count() == 30);
    BOOST_TEST(read.value.audit_events_uri.size() == 2u);
    BOOST_TEST(read.value.ssh.kex.size() == 3u);
    BOOST_TEST(read.value.targets[0].identity_file.has_value());
}

BOOST_AUTO_TEST_CASE(values_arrive_where_they_belong)
{
    const auto key = ed25519_line('a');
    const auto read = load_lines(
        "cluster_name: c1\ndata_dir: /srv/v\nfree_space_floor: 2GiB\ndrain_timeout: 2m\n"
        "ssh: {listen: '[::1]:22', ciphers: [aes256-gcm@openssh.com], dial_timeout: 5}\n"
        "users: [{name: alice, roles: admin, authorized_keys: ['" +
        key +
        " at home']}]\n"
        "roles: [{name: admin, allow: {logins: [root], targets: {env: [a, 'b*'], x: y}},\n"
        "         options: {forward_agent: yes, ssh_in_forward: yes, record_session: strict}}]\n"
        "targets: [{name: t, address: '[fe80::1]:2200', labels: {env: a}, host_keys: '" +
        key + "'}, {name: u, address: 2001:db8::5}]\n");
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    const auto& value = read.value;
    BOOST_TEST(value.data_dir == "/srv/v");
    BOOST_TEST(value.free_space_floor_bytes == 2ull << 30);
    BOOST_TEST(value.drain_timeout.count() == 120);
    BOOST_TEST(value.ssh.listen->host == "::1");
    BOOST_TEST(value.ssh.listen->port == 22);
    BOOST_TEST(value.ssh.dial_timeout.count() == 5);
    BOOST_TEST(value.users.at(0).authorized_keys.at(0) == key + " at home");
    BOOST_TEST(value.users.at(0).roles.at(0) == "admin");
    BOOST_TEST(value.roles.at(0).allow.targets.at("env").size() == 2u);
    BOOST_TEST((value.roles.at(0).options.agent_forwarding == true));
    BOOST_TEST((value.roles.at(0).options.ssh_in_forward == true));
    BOOST_TEST(*value.roles.at(0).options.record_session == "strict");
    BOOST_TEST(value.targets.at(0).host == "fe80::1");
    BOOST_TEST(value.targets.at(0).port == 2200);
    BOOST_TEST(value.targets.at(1).host == "2001:db8::5");
    BOOST_TEST(value.targets.at(1).port == 22);
}

BOOST_AUTO_TEST_CASE(hashes_of_passwords_cost_the_same)
{
    const auto with = [](const std::string& hash) {
        return problem_of("users: [{name: u, password_hash: '" + hash + "'}]\n");
    };
    const std::string salt_and_digits = "LYLRRoH4Bo.8QMz7J.vaG1$" + std::string(43, 'a');
    BOOST_TEST(with("$y$j9T$" + salt_and_digits) == "none");
    for (const std::string other : {"$y$j75$", "$y$jAT$", "$y$jFT$", "$y$j9T", "$y$j9T$x$"})
        BOOST_TEST(
            contains(with(other + salt_and_digits), "of the default cost ($y$j9T$...)"), other);
    for (const std::string other : {"", "$6$", "$7$j9T$", "y"})
        BOOST_TEST(contains(with(other + salt_and_digits), "a yescrypt hash ($y$...)"), other);
    BOOST_TEST(contains(with("$y$j9T$short"), "a yescrypt hash ($y$...)"));
}

BOOST_AUTO_TEST_CASE(clusters_are_read_with_paths_beside_the_file)
{
    const auto hash = "sha256:" + std::string(64, '0');
    const auto read =
        load_text("version: 1\n"
                  "kubernetes:\n"
                  "  listen: ':3026'\n"
                  "  certificate: tls.crt\n"
                  "  private_key: /k/tls.key\n"
                  "  handshake_timeout: 5s\n"
                  "  clusters:\n"
                  "  - {name: prod, kubeconfig: prod.conf, labels: {env: prod}}\n"
                  "  - {name: own, in_cluster: true, default: true}\n"
                  "users: [{name: u, kubernetes_tokens: ['" +
                      hash + "']}]\n" + "roles: [{name: r, options: {record_port_forward: off}}]\n",
            "/etc/verbatim/v.yaml");
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    BOOST_TEST(read.notices.empty());
    const auto& kubernetes = read.value.kubernetes;
    BOOST_TEST(kubernetes.listen->port == 3026);
    BOOST_TEST(kubernetes.certificate == "/etc/verbatim/tls.crt");
    BOOST_TEST(kubernetes.private_key == "/k/tls.key");
    BOOST_TEST(kubernetes.handshake_timeout.count() == 5);
    BOOST_TEST(kubernetes.clusters.at(0).kubeconfig == "/etc/verbatim/prod.conf");
    BOOST_TEST(kubernetes.clusters.at(0).labels.at("env") == "prod");
    BOOST_TEST(kubernetes.clusters.at(1).in_cluster);
    BOOST_TEST(default_cluster(kubernetes)->name == "own");
    BOOST_TEST(read.value.users.at(0).kubernetes_tokens.at(0) == hash);
    BOOST_TEST(!read.value.roles.at(0).options.record_port_forward);
}

BOOST_AUTO_TEST_CASE(a_single_cluster_is_the_default_and_one_of_many_is_not)
{
    kubernetes_settings settings;
    BOOST_TEST(default_cluster(settings) == nullptr);
    settings.clusters.push_back({.name = "a", .kubeconfig = {}, .labels = {}});
    BOOST_TEST(default_cluster(settings)->name == "a");
    settings.clusters.push_back({.name = "b", .kubeconfig = {}, .labels = {}});
    BOOST_TEST(default_cluster(settings) == nullptr);
}

BOOST_AUTO_TEST_CASE(each_fault_is_named_with_its_line)
{
    const bad_line table[] = {
        {"sssh: {}", "v.yaml:2: unknown key 'sssh' in the file; did you mean 'ssh'?"},
        {"ssh:\n  lisen: ':1'", "v.yaml:3: unknown key 'lisen' in ssh; did you mean 'listen'?"},
        {"ssh: {zzzzzzzz: 1}", "v.yaml:2: unknown key 'zzzzzzzz' in ssh"},
        {"ssh: [1]", "v.yaml:2: ssh in the file: keys with values are needed"},
        {"ssh: {listen: 3022}", "v.yaml:2: listen in ssh: '3022' is not an address"},
        {"ssh: {listen: '::1:22'}", "is not an address"},
        {"ssh: {listen: 'proxy.example.com:22'}", "address of this machine in numbers"},
        {"ssh: {listen: '1.2.3.4:65536'}", "is not an address"},
        {"ssh: {listen: {}}", "a single value is needed"},
        {"ssh: {ciphers: [aes128-gcm]}", "did you mean 'aes128-gcm@openssh.com'?"},
        {"ssh: {ciphers: [aes128-ctr, aes128-ctr]}", "stands there twice"},
        {"ssh: {kex: [diffie-hellman-group1-sha1]}", "unknown or unsafe"},
        {"ssh: {max_auth_tries: 0}", "'0' is not a number from 1 to 100"},
        {"ssh: {max_auth_tries: -1}", "'-1' is not a number"},
        {"ssh: {max_auth_tries: 99999999999999999999}", "is not a number"},
        {"ssh: {login_grace_time: 30 days}", "is not a time from 1s to 3600s"},
        {"ssh: {login_grace_time: 18446744073709551615h}", "is not a time"},
        {"ssh: {target_host_keys: no}", "'no' is none of: strict, accept-new"},
        {"free_space_floor: 1 GB", "is not a size such as 256MiB"},
        {"data_dir: lib", "an absolute path is needed"},
        {"cluster_name: 'a b'", "letters, digits"},
        {"record_session: Strict", "'Strict' is none of: strict, best_effort"},
        {"record_input: masked", "'masked' is not in this build; use full or off"},
        {"session_recording: proxy-sync", "'proxy-sync' is not in this build; use proxy"},
        {"kubernetes: {listen: 3026}", "v.yaml:2: listen in kubernetes: '3026' is not an address"},
        {"kubernetes: {clusters: [{name: c}]}",
            "cluster 'c' needs either a kubeconfig or `in_cluster: true`"},
        {"kubernetes: {clusters: [{name: c, kubeconfig: k, in_cluster: true}]}", "needs either"},
        {"kubernetes: {clusters: [{name: a/b, kubeconfig: k}]}", "must be letters"},
        {"kubernetes: {clusters: [{name: a, kubeconfig: k}, {name: a, kubeconfig: k}]}",
            "there is a cluster 'a' already"},
        {"kubernetes: {clusters: [{name: a, kubeconfig: k, default: true},"
         " {name: b, kubeconfig: k, default: true}]}",
            "cluster 'a' is the default already"},
        {"kubernetes: {certificate: c}", "certificate and private_key are needed both"},
        {"kubernetes: {certificate_authority: c}", "the proxy has a CA of its own"},
        {"kubernetes: {handshake_timeout: 0}", "is not a time from 1s"},
        {"users: [{name: u, kubernetes_tokens: [secret]}]", "64 lower-case hexadecimal digits"},
        {"roles: [{name: r, allow: {kubernetes_groups: ['*']}}]", "must be the names themselves"},
        {"roles: [{name: r, allow: {kubernetes_users: ['']}}]", "empty"},
        {"roles: [{name: r, options: {record_port_forward: no}}]", "is none of: full, off"},
        {"web: {listen: '127.0.0.1:3080'}", "this build has no such listener"},
        {"audit_sessions_uri: s3://bucket", "this build writes to file:///absolute/path only"},
        {"audit_events_uri: [file://relative]", "needs an absolute path"},
        {"audit_events_uri: ['stdout://', 'syslog://x']", "or stdout://"},
        {"users: {}", "a list is needed"},
        {"users: [alice]", "v.yaml:2: a user in users needs keys with values"},
        {"roles: [{name: r, options: {max_sessions: 0}}]", "is not a number from 1 to"},
        {"roles: [{name: r, options: {client_idle_timeout: soon}}]", "is not a time from"},
        {"roles: [{name: r, options: {file_copy: up}}]", "is neither true nor false"},
        {"roles: [{name: r, options: {file_copy: {up: true}}}]", "unknown key 'up' in file_copy"},
        {"roles: [{name: r, options: {ssh_port_forwarding: {local: {on: true}}}}]", "unknown key"},
        {"roles: [{name: r, options: {force_command: ''}}]", "of at most 16 KiB is needed"},
        {"roles:\n- name: r\n  allow:\n    sessions: [lst]", "v.yaml:5: sessions in allow of role"},
        {"users: [{roles: []}]", "a user needs a name"},
        {"users: [{name: Alice}]", "must be lower-case letters"},
        {"users:\n- {name: al}\n- {name: al}",
            "v.yaml:4: name in user 'al': there is a user 'al' already"},
        {"users:\n- name: al\n  roles: [x]", "v.yaml:4: user 'al' has the role 'x'"},
        {"roles: [{name: r}, {name: r}]", "there is a role 'r' already, on line 2"},
        {"roles: [{name: r, allow: {targets: {'*': prod}}}]", "may only stand as"},
        {"roles: [{name: r, allow: {targets: {env: []}}}]", "no value"},
        {"roles: [{name: r, allow: {targets: {env: '^a.*$'}}}]", "regular expressions"},
        {"roles: [{name: r, allow: {addresses: [10.0.0.1/8]}}]", "is not a range"},
        {"roles: [{name: r, allow: {addresses: ['10.0.*']}}]", "looks like addresses"},
        {"roles: [{name: r, allow: {addresses: ['a b']}}]", "neither a range"},
        {"roles: [{name: r, allow: {login: [root]}}]", "did you mean 'logins'?"},
        {"roles: [{name: r, allow: {join_sessions: [{modes: [boss]}]}}]", "is none of: observer"},
        {"targets: [{name: t}]", "target 't' needs an address"},
        {"targets: [{name: t, address: 'h:0'}]", "is not an address"},
        {"targets: [{name: t, address: 'a/b'}]", "is not an address"},
        {"targets: [{name: t, address: h, host_keys: [x]}]", "unknown key type"},
        {"targets: [{name: t, address: h, port: 22}]", "unknown key 'port' in target 't'"},
        {"version: 1", "v.yaml:2: key 'version' again; it is already on line 1"},
        {"data_dir: \"/a\\nb\"", "a control character"},
        {"cluster_name: !!int c", "the tag"},
        {"ssh:\n\tlisten: x", "v.yaml:3: a tab in the indentation"},
        {"ssh: {listen: ", "not YAML"},
        {"---\nversion: 1", "v.yaml:3: a second document"},
        {"cluster_name: \"\xff\"", "v.yaml:2: not UTF-8 text"},
    };
    for (const auto& [text, expected] : table) {
        const auto found = problem_of(text);
        BOOST_TEST(contains(found, expected), text << "\n  gives: " << found);
        BOOST_TEST(!found.ends_with(" ..."), text << "\n  gives more than one: " << found);
    }
}

BOOST_AUTO_TEST_CASE(all_problems_of_a_file_are_reported_in_the_order_of_its_lines)
{
    const auto read = load_text("a: 1\nb: 2\nssh:\n  c: 3\nrecord_input: 4\n", "v.yaml");
    std::vector<int> lines;
    for (const auto& problem : read.problems) lines.push_back(problem.line);
    const std::vector<int> expected{0, 1, 2, 4, 5};
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_version_is_required_and_must_be_known)
{
    BOOST_TEST(contains(load_text("", "v").problems.at(0).message, "empty"));
    BOOST_TEST(
        contains(load_text("ssh: {}", "v").problems.at(0).message, "`version: 1` is missing"));
    BOOST_TEST(contains(load_text("version: 2", "v").problems.at(0).message, "it reads 1"));
    BOOST_TEST(contains(load_text("- a", "v").problems.at(0).message, "keys with values"));
}

BOOST_AUTO_TEST_CASE(a_key_belongs_to_one_user)
{
    const auto key = ed25519_line('k');
    const auto twice = "users:\n- {name: a, authorized_keys: ['" + key +
                       "']}\n- {name: b, authorized_keys: ['" + key + " other comment']}\n";
    BOOST_TEST(problem_of(twice) ==
               "v.yaml:4: this key belongs to user 'a' already (v.yaml:3); a key names one user");
}

BOOST_AUTO_TEST_CASE(aliases_are_expanded_within_bounds)
{
    const auto read = load_lines("targets:\n- {name: a, address: h, labels: &l {env: prod}}\n"
                                 "- {name: b, address: h, labels: *l}\n");
    BOOST_TEST(read.problems.empty());
    BOOST_TEST(read.value.targets.at(1).labels.at("env") == "prod");

    std::string bomb = "users:\n- &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        bomb += "- &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j) bomb += (j ? ", *a" : "*a") + std::to_string(i - 1);
        bomb += "]\n";
    }
    BOOST_TEST(contains(problem_of(bomb), "more than 400000 values"));
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_a_problem_and_not_a_crash)
{
    BOOST_TEST(contains(problem_of("users: " + std::string(100'000, '[')), "nested too deeply"));
    BOOST_TEST(load_lines("users: " + std::string(100'000, '{')).problems.size() >= 1u);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named)
{
    scratch_directory here;
    const auto missing = here.path / "none.yaml";
    BOOST_TEST(to_string(load(missing).problems.at(0)) ==
               missing.string() + ": cannot be read: No such file or directory");
    BOOST_TEST(contains(load(here.path).problems.at(0).message, "it is a directory"));
    const auto large = here.write("large.yaml", std::string(max_file_bytes + 1, '#'));
    BOOST_TEST(contains(load(large).problems.at(0).message, "larger than 4 MiB"));
}

BOOST_AUTO_TEST_CASE(the_users_file_is_merged_and_judged_like_the_main_one)
{
    scratch_directory here;
    const auto main =
        here.write("v.yaml", "version: 1\ndata_dir: " + here.path.string() +
                                 "\nroles: [{name: admin}]\nusers: [{name: alice}]\n");
    here.write("users.yaml", "users:\n- {name: bob, roles: [admin]}\n");
    const auto read = load(main);
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    BOOST_TEST(read.value.users.size() == 2u);

    const auto users =
        here.write("users.yaml", "users:\n- {name: bob, roles: [admn]}\n- {name: alice}\n");
    const auto bad = load(main).problems;
    BOOST_TEST_REQUIRE(bad.size() == 2u);
    BOOST_TEST(contains(to_string(bad[0]), users.string() + ":2: user 'bob' has the role 'admn'"));
    BOOST_TEST(contains(to_string(bad[1]), users.string() + ":3: name in user 'alice'"));
}

BOOST_AUTO_TEST_CASE(a_users_file_that_others_may_open_is_refused)
{
    scratch_directory here;
    const auto main = here.write("v.yaml", "version: 1\ndata_dir: " + here.path.string() + "\n");
    here.write("users.yaml", "users: []\n", 0640);
    BOOST_TEST(contains(load(main).problems.at(0).message, "chmod 600"));
    std::filesystem::remove(here.path / "users.yaml");
    std::filesystem::create_symlink(main, here.path / "users.yaml");
    BOOST_TEST(contains(load(main).problems.at(0).message, "symbolic link"));
}

BOOST_AUTO_TEST_CASE(a_file_full_of_wrong_keys_is_refused_without_delay)
{
    std::string wrong = "targets:\n- name: t\n  address: h\n  labels:\n", labels;
    for (int i = 0; i < 60'000; ++i) labels += "    k" + std::to_string(i) + ": x\n";
    BOOST_TEST(load_lines(wrong + labels).problems.empty());
    std::string keys;
    for (int i = 0; i < 60'000; ++i) keys += "k" + std::to_string(i) + ": x\n";
    BOOST_TEST(load_lines(keys).problems.size() == 1000u);
}
