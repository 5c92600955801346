#include <verbatim/wire/event_json.hpp>

#include <verbatim/base/text.hpp>

#include "event_samples.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;
using namespace verbatim;
using namespace verbatim::test;

namespace {

json::object parsed(const std::string& line)
{
    BOOST_TEST(line.size() < wire::max_line_bytes);
    BOOST_TEST(line.find('\n') == line.npos);
    return json::parse(line).as_object();
}

std::string text(const json::object& line, std::string_view key)
{
    return std::string(line.at(key).as_string());
}

const std::string front =
    R"({"ei":3,"event":"%","uid":"0b7c1f0e-55b1-4f0e-8a37-0d1f7c3b6a11","code":"#",)"
    R"("time":"2026-03-02T09:14:07.512Z","cluster_name":"rec.example.net","user":"alice",)"
    R"("login":"root","user_roles":["admin"],)";
const std::string sid = R"("sid":"7d0c3a52-6f0e-4c1b-9b61-2f6c1a9e8b10",)";
const std::string server =
    R"("namespace":"default","server_id":"f1a0c9d2","server_hostname":"web1",)"
    R"("server_addr":"10.0.4.17:22","server_labels":{"env":"prod","team":"web"},)";
const std::string connection =
    R"("addr.local":"10.0.1.5:3022","addr.remote":"198.51.100.7:51514","proto":"ssh",)";
const std::string number = R"("connection_id":7)";

std::string golden(std::string type, std::string code, const std::string& body)
{
    auto line = front + body + "}";
    line.replace(line.find('%'), 1, type);
    line.replace(line.find('#'), 1, code);
    return line;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_json)

BOOST_AUTO_TEST_CASE(every_type_has_its_documented_fields_in_their_documented_order)
{
    const std::vector<std::string> expected = {
        golden("user.login", "T1000I",
            R"("success":true,"method":"local","user_agent":"SSH-2.0-OpenSSH_9.2",)" + connection +
                sid + server + number),
        golden("auth", "T3007W",
            connection + R"("success":false,"error":"access denied","message":"no such key",)" +
                server + sid + number + R"(,"repeated":4)"),
        golden("session.start", "T2000I",
            sid + server + connection +
                R"("size":"120:40","initial_command":["ls -l"],"session_recording":"proxy",)" +
                number),
        golden(
            "session.join", "T2001I", sid + server + connection + number + R"(,"mode":"observer")"),
        golden("session.leave", "T2003I", sid + server + connection + number),
        golden("resize", "T2002I", sid + connection + server + R"("size":"160:48",)" + number),
        golden("session.end", "T2004I",
            sid + connection + server +
                R"("enhanced_recording":false,"interactive":true,"participants":["alice","bob"],)"
                R"("session_start":"2026-03-02T09:14:07.512Z",)"
                R"("session_stop":"2026-03-02T09:14:16.512Z","initial_command":["ls -l"],)"
                R"("session_recording":"proxy",)" +
                number + R"(,"reason":"killed","synthesised":true)"),
        golden("session.data", "T2006I",
            sid + server + connection + R"("tx":48213,"rx":3120,)" + number),
        golden("session.rejected", "T1006W",
            server + connection + R"("reason":"too many","max":3,)" + sid + number),
        golden("exec", "T3002E",
            connection + sid + server +
                R"("command":"ls /","exitCode":"1","exitError":"signal: TERM",)" + number),
        golden("subsystem", "T3001E",
            connection + R"("name":"sftp","exitError":"refused",)" + server + sid + number),
        golden("client.disconnect", "T3006I",
            connection + server + R"("reason":"gone",)" + sid + number),
        golden("port", "T3003E",
            connection + R"("success":false,"error":"not permitted","addr":"10.0.0.9:80",)" + sid +
                server + number + R"(,"originator":"::1 5")"),
        golden("x11-forward", "T3008W",
            connection + R"("success":false,"error":"not permitted",)" + sid + server + number +
                R"(,"originator":"127.0.0.1:6010")"),
        golden("kube.request", "T3009I",
            connection + server +
                R"("request_path":"/api/v1/namespaces/shop/pods/cart-0","verb":"GET",)"
                R"("resource_api_group":"core/v1","resource_namespace":"shop",)"
                R"("resource_kind":"pods","resource_name":"cart-0","response_code":403,)" +
                sid + number +
                R"(,"audit_id":"a-1","user_agent":"kubectl/v1.33.0","kubectl_session":"k-1",)"
                R"("refused":"not allowed")"),
        golden("scp", "T3005E",
            connection + sid + server +
                R"("command":"tar -xmf - -C /srv","exitError":"cut off","path":"app.conf",)"
                R"("action":"upload",)" +
                number +
                R"(,"len":42,"mode":"0640","sha256":"9f86d081","kind":"hardlink",)"
                R"("link_target":"other.conf","complete":false,"note":"odd")"),
        golden("sftp", "TS001E",
            connection + sid + server +
                R"("working_directory":"/home/alice","path":"a.txt","target_path":"b.txt",)"
                R"("flags":26,"attributes":{"file_size":5,"uid":1,"gid":2,"permissions":33188,)"
                R"("access_time":"2026-03-02T09:14:07.512Z",)"
                R"("modification_time":"2026-03-02T09:14:07.512Z"},"action":1,)"
                R"("error":"no such file",)" +
                number +
                R"(,"transfer":"upload","len":42,"mode":"0640","sha256":"9f86d081",)"
                R"("read_len":7,"read_sha256":"0a0b","complete":false,"note":"appended")"),
        golden("verbatim.recording.repaired", "TV001W",
            sid + server + connection + number + R"(,"bytes_dropped":512)"),
        golden("verbatim.events.lost", "TV002E",
            server + sid + connection + number + R"(,"sink":"stdout://","first":5,"last":9)")};
    const auto events = every_event(full_header());
    BOOST_TEST_REQUIRE(events.size() == expected.size());
    BOOST_TEST(events.size() == std::variant_size_v<wire::event>);
    for (std::size_t i = 0; i < events.size(); ++i)
        BOOST_TEST(wire::to_json_line(events[i]) == expected[i]);
}

BOOST_AUTO_TEST_CASE(what_is_empty_is_left_out_but_for_what_readers_expect)
{
    wire::session_end end;
    end.session_recording.clear();
    BOOST_TEST(wire::to_json_line(end) ==
               R"({"ei":0,"event":"session.end","code":"T2004I","time":"0001-01-01T00:00:00Z",)"
               R"("sid":"","namespace":"default","server_id":"","enhanced_recording":false,)"
               R"("interactive":false,"participants":null,)"
               R"("session_start":"0001-01-01T00:00:00Z","session_stop":"0001-01-01T00:00:00Z"})");
    wire::exec command;
    const auto line = parsed(wire::to_json_line(command));
    BOOST_TEST(text(line, "command") == "");
    BOOST_TEST(!line.contains("exitCode"));
    BOOST_TEST(!line.contains("connection_id"));
}

BOOST_AUTO_TEST_CASE(codes_tell_success_from_failure)
{
    BOOST_TEST(wire::code_of(wire::exec{}) == "T3002I");
    BOOST_TEST(wire::code_of(wire::subsystem{}) == "T3001I");
    BOOST_TEST(wire::code_of(wire::user_login{{}, false, {}, {}}) == "T1000W");
    BOOST_TEST(wire::code_of(wire::port_forward{}) == "T3003I");
    BOOST_TEST(wire::code_of(wire::port_forward{{}, wire::port_forward::state::stop, {}, {}, {}}) ==
               "T3003S");
    wire::file_transfer file;
    BOOST_TEST(wire::code_of(file) == "T3004I");
    file.error = "cut off";
    BOOST_TEST(wire::code_of(file) == "T3004E");
    file.upload = true;
    BOOST_TEST(wire::code_of(file) == "T3005E");
    file.error.clear();
    BOOST_TEST(wire::code_of(file) == "T3005I");
    file.refused = true;
    BOOST_TEST(wire::code_of(file) == "T3010E");
    wire::sftp sftp;
    sftp.action = wire::sftp_action::rename;
    BOOST_TEST(wire::code_of(sftp) == "TS016I");
    sftp.error = "failure";
    BOOST_TEST(wire::code_of(sftp) == "TS016E");
    sftp.refused = true;
    BOOST_TEST(wire::code_of(sftp) == "TS020E");
}

BOOST_AUTO_TEST_CASE(kubernetes_fields_stand_where_the_message_has_them)
{
    wire::session_start start;
    start.header.kubernetes = {"prod-eu", {"alice"}, {"viewers"}, {{"env", "prod"}}, "cart-0",
        "shop", "app", "img:1", "node-3"};
    const auto line = wire::to_json_line(start);
    BOOST_TEST(
        line.find(R"("kubernetes_cluster":"prod-eu","kubernetes_users":["alice"],)"
                  R"("kubernetes_groups":["viewers"],"kubernetes_labels":{"env":"prod"},)"
                  R"("kubernetes_pod_name":"cart-0","kubernetes_pod_namespace":"shop",)"
                  R"("kubernetes_container_name":"app","kubernetes_container_image":"img:1",)"
                  R"("kubernetes_node_name":"node-3","session_recording":"proxy"})") != line.npos);
}

BOOST_AUTO_TEST_CASE(kubernetes_fields_stand_where_every_message_has_them)
{
    const wire::kubernetes_metadata kubernetes = {
        "prod", {}, {}, {}, "cart-0", "shop", "app", "img:1", "node-3"};
    const std::string cluster = R"("kubernetes_cluster":"prod",)";
    const std::string pod =
        R"("kubernetes_pod_name":"cart-0","kubernetes_pod_namespace":"shop",)"
        R"("kubernetes_container_name":"app","kubernetes_container_image":"img:1",)"
        R"("kubernetes_node_name":"node-3")";
    wire::resize resized;
    wire::session_end end;
    wire::exec command;
    wire::port_forward forward;
    wire::kube_request_event request;
    resized.header.kubernetes = end.header.kubernetes = command.header.kubernetes =
        forward.header.kubernetes = request.header.kubernetes = kubernetes;
    const auto has = [](const wire::event& event, const std::string& piece) {
        return wire::to_json_line(event).find(piece) != std::string::npos;
    };
    BOOST_TEST(has(resized, R"("size":"0:0",)" + cluster + pod));
    BOOST_TEST(has(end, cluster + pod + R"(,"session_recording")"));
    BOOST_TEST(has(command, R"("command":"",)" + cluster + pod));
    BOOST_TEST(has(forward, R"("addr":"",)" + cluster + pod));
    BOOST_TEST(has(request, R"("response_code":0,)" + cluster + R"("sid":"",)" + pod));
}

BOOST_AUTO_TEST_CASE(a_path_of_any_bytes_keeps_them)
{
    wire::file_transfer file;
    file.path = "caf\xe9";
    file.link_target = std::string("\xff\0", 2);
    const auto line = parsed(wire::to_json_line(file));
    BOOST_TEST(text(line, "path") == "caf\\xe9");
    BOOST_TEST(text(line, "path_raw") == to_base64(as_bytes(file.path)));
    BOOST_TEST(text(line, "link_target_raw") == to_base64(as_bytes(file.link_target)));
    BOOST_TEST(text(line, "mode") == "0000");
}

BOOST_AUTO_TEST_CASE(things_done_by_sftp_have_no_content)
{
    wire::sftp removal;
    removal.action = wire::sftp_action::remove;
    removal.path = "x";
    const auto line = wire::to_json_line(removal);
    BOOST_TEST(line.find(R"("path":"x","action":11})") != line.npos, line);
}

BOOST_AUTO_TEST_CASE(the_number_of_the_log_comes_last)
{
    BOOST_TEST(wire::to_json_line(wire::session_leave{}, 18446744073709551615u)
                   .ends_with(R"(,"seq":18446744073709551615})"));
}

BOOST_AUTO_TEST_CASE(html_characters_stay_and_control_characters_do_not)
{
    wire::exec command;
    command.command = std::string("<&>\"\\\n\r\t\x1b[2J\x7f\0\xc2\x9b", 16) + "\xc3\xa9";
    const auto line = wire::to_json_line(command);
    BOOST_TEST(line.find(R"("command":"<&>\"\\\n\r\t\u001b[2J\u007f\u0000\u009b)"
                         "\xc3\xa9\"") != line.npos);
    BOOST_TEST(text(parsed(line), "command") == command.command);
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_keeps_its_bytes_in_a_twin)
{
    wire::user_login login;
    login.header.user.user = "m\xff\"\x80";
    login.header.user.roles = {"ok", "\xfe"};
    login.header.server.server_id = "id";
    login.header.server.server_labels = {{"k\xff", "v"}};
    const auto line = parsed(wire::to_json_line(login));
    BOOST_TEST(text(line, "user") == "m\\xff\"\\x80");
    BOOST_TEST(text(line, "user_raw") == to_base64(as_bytes(login.header.user.user)));
    BOOST_TEST(line.at("user_roles").as_array().at(1).as_string() == "\\xfe");
    BOOST_TEST(line.at("user_roles_raw").as_array().at(1).as_string() == "/g==");
    BOOST_TEST(line.at("server_labels").as_object().contains("k\\xff"));
    BOOST_TEST(line.at("server_labels_raw").as_array().at(0).as_string() == "a/8=");
    BOOST_TEST(!line.contains("login_raw"));
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut_with_its_length_and_its_hash)
{
    wire::exec command;
    command.command.assign(200'000, 'a');
    const auto line = parsed(wire::to_json_line(command));
    BOOST_TEST(text(line, "command") == std::string(16 * 1024, 'a'));
    BOOST_TEST(line.at("command_len").to_number<int>() == 200'000);
    // sha256sum of 200,000 times "a"
    BOOST_TEST(text(line, "command_sha256") ==
               "2287d207f24a941ff3b56c04c8a25ad56b63e3023207b3bb5b4ac0c9869d74be");
    command.command = "b" + command.command;
    BOOST_TEST(text(parsed(wire::to_json_line(command)), "command_sha256") !=
               text(line, "command_sha256"));
}

BOOST_AUTO_TEST_CASE(a_cut_does_not_split_a_character)
{
    wire::exec command;
    command.command = "a";
    while (command.command.size() < 20'000) command.command += "\xe2\x82\xac";
    const auto line = parsed(wire::to_json_line(command));
    BOOST_TEST(!line.contains("command_raw"));
    BOOST_TEST(text(line, "command") == command.command.substr(0, 16'384));
}

BOOST_AUTO_TEST_CASE(a_list_of_one_is_hashed_as_its_element)
{
    wire::session_start start;
    start.initial_command = {std::string(70'000, 'x')};
    wire::exec command;
    command.command = start.initial_command.front();
    BOOST_TEST(text(parsed(wire::to_json_line(start)), "initial_command_sha256") ==
               text(parsed(wire::to_json_line(command)), "command_sha256"));
}

BOOST_AUTO_TEST_CASE(the_worst_event_still_fits_a_line)
{
    const std::string hostile(100'000, '\x01');
    const std::string wrong(100'000, '\xff');
    auto header = full_header();
    header.metadata.uid = hostile;
    header.metadata.cluster_name = wrong;
    header.user = {hostile, wrong, std::vector<std::string>(50'000)};
    header.server = {hostile, wrong, hostile, {}};
    for (int i = 0; i < 10'000; ++i)
        header.server.server_labels[std::to_string(i) + "\xff"] = "\x01";
    header.connection = {wrong, hostile, wrong, 1};
    header.kubernetes = {wrong, {hostile, wrong}, {wrong}, {{wrong, hostile}}, wrong, hostile,
        wrong, hostile, wrong};
    for (auto& event : every_event(header)) {
        if (auto* end = std::get_if<wire::session_end>(&event)) {
            end->participants.assign(3000, wrong);
            end->reason = hostile;
        }
        const auto line = parsed(wire::to_json_line(event, 1));
        BOOST_TEST(line.at("server_labels").as_object().size() > 0u);
        BOOST_TEST(line.contains("user_len"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
