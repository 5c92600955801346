#include <verbatim/wire/remote_command.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::wire;
using namespace verbatim::wire::remote_command;
using std::string_literals::operator""s;
using strings = std::vector<std::string>;
using sizes = std::vector<terminal_size>;

result<sizes> read_sizes(std::string_view text, std::size_t at_a_time)
{
    size_reader reader;
    sizes all;
    for (std::size_t at = 0; at < text.size(); at += at_a_time) {
        const auto got = reader.feed(as_bytes(text.substr(at, at_a_time)));
        if (!got) {
            BOOST_TEST((reader.feed(as_bytes("{}")).error() == got.error()));
            return got.error();
        }
        all.insert(all.end(), got->begin(), got->end());
    }
    return all;
}

void check_sizes(std::string_view text, const sizes& expected)
{
    for (std::size_t step = 1; step <= text.size(); ++step) {
        const auto got = read_sizes(text, step);
        BOOST_REQUIRE(got);
        BOOST_TEST((*got == expected));
    }
}

void check_no_sizes(std::string_view text)
{
    for (const std::size_t step : {std::size_t{1}, text.size()})
        BOOST_TEST((read_sizes(text, step).error() == error_code(errc::malformed)), text);
}

std::string name_chosen(const strings& offered)
{
    const auto chosen = choose_websocket(offered);
    if (!chosen) return "nothing";
    return std::string(chosen->name) + " " + std::to_string(int(chosen->protocol)) +
           (chosen->base64 ? " base64" : "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(remote_commands)

BOOST_AUTO_TEST_CASE(spdy_takes_the_first_of_the_clients_list_that_is_known)
{
    const auto choose = [](const strings& offered) { return choose_spdy(offered); };
    BOOST_TEST(
        (choose({"v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io"}) == version::v4));
    BOOST_TEST((choose({"v2.channel.k8s.io", "v4.channel.k8s.io"}) == version::v2));
    BOOST_TEST((choose({"v9.channel.k8s.io, v3.channel.k8s.io"}) == version::v3));
    BOOST_TEST((choose({" channel.k8s.io "}) == version::v1));
    BOOST_TEST(!choose({"v5.channel.k8s.io"}));
    BOOST_TEST(!choose({"V4.channel.k8s.io", "v4.channel.k8s.io.example.com", "", ","}));
    BOOST_TEST(!choose({}));
    BOOST_TEST(spdy_name(version::v1) == "channel.k8s.io");
    BOOST_TEST(spdy_name(version::v4) == "v4.channel.k8s.io");
}

BOOST_AUTO_TEST_CASE(websocket_prefers_the_fifth_version_wherever_it_stands)
{
    BOOST_TEST(name_chosen({"v5.channel.k8s.io"}) == "v5.channel.k8s.io 5");
    BOOST_TEST(name_chosen({"v4.channel.k8s.io,v5.channel.k8s.io"}) == "v5.channel.k8s.io 5");
    BOOST_TEST(name_chosen({"channel.k8s.io", "v4.channel.k8s.io"}) == "channel.k8s.io 1");
    BOOST_TEST(
        name_chosen({"x", "v4.base64.channel.k8s.io"}) == "v4.base64.channel.k8s.io 4 base64");
    BOOST_TEST(name_chosen({"base64.channel.k8s.io"}) == "base64.channel.k8s.io 1 base64");
    BOOST_TEST(name_chosen({}) == " 1");
    BOOST_TEST(name_chosen({" , "}) == " 1");
    BOOST_TEST(name_chosen({"v3.channel.k8s.io", "v2.channel.k8s.io"}) == "nothing");
}

BOOST_AUTO_TEST_CASE(versions_differ_in_what_they_have)
{
    BOOST_TEST((!has_resize(version::v2) && has_resize(version::v3) && has_resize(version::v5)));
    BOOST_TEST((!has_status(version::v3) && has_status(version::v4) && has_status(version::v5)));
}

BOOST_AUTO_TEST_CASE(sizes_are_read_wherever_the_sequence_is_cut)
{
    check_sizes(
        "{\"Width\":81,\"Height\":25}\n{\"Width\":80,\"Height\":24}\n", {{81, 25}, {80, 24}});
    check_sizes("{\"Width\":1,\"Height\":2}{\"Height\":65535,\"Width\":0}", {{1, 2}, {0, 65535}});
    check_sizes(" \r\n\t{ \"width\" : 132 , \"HEIGHT\" : 43 } ", {{132, 43}});
    check_sizes(
        R"({"a}":"\"}{","b":{"c":[{}]},"Width":7,"Height":8,"d":null}{})", {{7, 8}, {0, 0}});
    check_sizes("{\"Width\":7", {});
    BOOST_TEST(read_sizes("", 1)->empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_sequence_of_sizes_is_malformed)
{
    for (const auto* text : {"x", "[]", "80", "null", "}", "{}x", "{}}", "{\"Width\":}",
             "{\"Width\":-1}", "{\"Width\":65536}", "{\"Width\":1.5}", "{\"Width\":\"80\"}",
             "{\"Width\":null}", "{\"Width\":1e2}", "{\"Height\":18446744073709551616}",
             "{\"Width\":1,}", "{'Width':1}", "\xff"})
        check_no_sizes(text);
}

BOOST_AUTO_TEST_CASE(an_object_of_sizes_has_a_limit)
{
    const auto object = [](std::size_t size) {
        return "{\"Width\":7" + std::string(size - 11, ' ') + "}";
    };
    check_sizes(object(256), {{7, 0}});
    check_no_sizes(object(257));
    check_no_sizes("{" + std::string(300, '['));
    check_no_sizes("{\"" + std::string(5000, 'x'));
    check_no_sizes("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}");
}

BOOST_AUTO_TEST_CASE(a_written_size_is_read_back)
{
    BOOST_TEST(size_text({80, 24}) == "{\"Width\":80,\"Height\":24}\n");
    check_sizes(size_text({70000, 1}), {{65535, 1}});
}

BOOST_AUTO_TEST_CASE(statuses_of_real_servers)
{
    const auto good = parse_status(version::v4, R"({"metadata":{},"status":"Success"})");
    BOOST_TEST(good.success);
    BOOST_TEST((good.exit_code == 0u));

    const auto code = parse_status(version::v4,
        R"({"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: )"
        R"(exit code 3","reason":"NonZeroExitCode","details":{"causes":[{"message":"x"},)"
        R"({"reason":"ExitCode","message":"3"}]}})");
    BOOST_TEST(!code.success);
    BOOST_TEST((code.exit_code == 3u));
    BOOST_TEST(code.reason == "NonZeroExitCode");
    BOOST_TEST(code.message.ends_with("exit code 3"));

    const auto internal = parse_status(version::v5,
        R"({"metadata":{},"status":"Failure","message":"Internal error occurred: no such file",)"
        R"("reason":"InternalError","details":{"causes":[{"message":"no such file"}]},"code":500})");
    BOOST_TEST((!internal.success && !internal.exit_code));
    BOOST_TEST(internal.message == "Internal error occurred: no such file");
}

BOOST_AUTO_TEST_CASE(before_the_fourth_version_text_means_failure)
{
    BOOST_TEST(parse_status(version::v3, "").success);
    BOOST_TEST((parse_status(version::v1, "").exit_code == 0u));
    const auto failed = parse_status(version::v2, "exit \xff 3");
    BOOST_TEST((!failed.success && !failed.exit_code));
    BOOST_TEST(failed.message == "exit \xff 3");
}

BOOST_AUTO_TEST_CASE(a_status_that_cannot_be_read_is_a_failure)
{
    const auto deep = "{\"status\":" + std::string(20000, '[');
    const auto large =
        "{\"status\":\"Success\",\"x\":\"" + std::string(max_status_bytes, 'x') + "\"}";
    for (const std::string& text : {""s, "x"s, "null"s, "[]"s, "{}"s, "{\"status\":\"Success\""s,
             "{\"status\":\"Success\"} x"s, "{\"status\":\"Success\"}{}"s, "{\"status\":true}"s,
             "{\"status\":{\"status\":\"Success\"}}"s, "{\"status\":\"success\"}"s, "\0"s, deep,
             large}) {
        const auto got = parse_status(version::v4, text);
        BOOST_TEST((!got.success && !got.exit_code && !got.message.empty()));
    }
    BOOST_TEST(!parse_status(version::v1, std::string(max_status_bytes + 1, 'x')).success);
}

BOOST_AUTO_TEST_CASE(an_exit_code_is_taken_only_where_it_is_one)
{
    const auto code = [](const std::string& causes, const char* reason = "NonZeroExitCode") {
        return parse_status(version::v4, "{\"status\":\"Failure\",\"reason\":\""s + reason +
                                             "\",\"message\":\"\xff\",\"details\":" + causes + "}");
    };
    const auto cause = [](const std::string& message) {
        return "{\"causes\":[{\"reason\":\"ExitCode\",\"message\":" + message + "}]}";
    };
    BOOST_TEST((code(cause("\"137\"")).exit_code == 137u));
    BOOST_TEST(code(cause("\"137\"")).message == "\xff");
    for (const auto& none :
        {cause("137"), cause("\"-1\""), cause("\"1x\""), cause("\"\""), cause("\"99999999999\""),
            "{}"s, "null"s, "[]"s, "{\"causes\":{}}"s, "{\"causes\":[1,null,[],{}]}"s})
        BOOST_TEST((!code(none).success && !code(none).exit_code));
    BOOST_TEST(!code(cause("\"3\""), "InternalError").exit_code);
}

BOOST_AUTO_TEST_CASE(statuses_are_written_as_the_servers_write_them)
{
    BOOST_TEST(success_status() == R"({"metadata":{},"status":"Success"})");
    BOOST_TEST(exit_status(3) ==
               R"({"metadata":{},"status":"Failure","message":"command terminated with non-zero )"
               R"(exit code: command terminated with exit code 3","reason":"NonZeroExitCode",)"
               R"("details":{"causes":[{"reason":"ExitCode","message":"3"}]}})");
    BOOST_TEST(failure_status("a \"b\"\n") ==
               R"({"metadata":{},"status":"Failure","message":"a \"b\"\n",)"
               R"("reason":"InternalError","details":{"causes":[{"message":"a \"b\"\n"}]},)"
               R"("code":500})");
    BOOST_TEST(http_status(403, "Forbidden", "no \xff") ==
               R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
               R"("message":"no \\xff","reason":"Forbidden","code":403})");
    BOOST_TEST((parse_status(version::v5, exit_status(137)).exit_code == 137u));
    BOOST_TEST(parse_status(version::v4, failure_status("\xff\0"s)).message == "\\xff\0"s);
    BOOST_TEST(parse_status(version::v4, success_status()).success);
}

BOOST_AUTO_TEST_SUITE_END()
