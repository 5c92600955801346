#include "kube/http_head.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::kube;
using kind = body_framing::kind;

namespace {

result<message_facts> request(const std::string& text)
{
    request_head head;
    return parse_head(as_bytes(text), head);
}
result<message_facts> post(const std::string& fields)
{
    return request("POST /a HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
}
result<message_facts> response(const std::string& text, bool to_head = false)
{
    response_head head;
    return parse_head(as_bytes(text), head, to_head);
}

} // namespace

BOOST_AUTO_TEST_SUITE(kube_http_head)

BOOST_AUTO_TEST_CASE(a_request_keeps_its_fields_in_order_and_as_they_came)
{
    request_head head;
    const auto facts = parse_head(as_bytes("POST /api/v1/pods/bb/exec?command=sh HTTP/1.1\r\n"
                                           "Host: 127.0.0.1:16443\r\n"
                                           "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n"
                                           "content-length:0\r\n"
                                           "X-Stream-Protocol-Version: \t v3.channel.k8s.io \r\n"
                                           "Empty:\r\n\r\n"),
        head);
    BOOST_REQUIRE(facts.has_value());
    BOOST_TEST(head.method == "POST");
    BOOST_TEST(head.target == "/api/v1/pods/bb/exec?command=sh");
    BOOST_TEST(head.version == 11u);
    BOOST_REQUIRE(head.fields.fields().size() == 5u);
    BOOST_TEST(head.fields.fields()[2].first == "content-length");
    BOOST_TEST(head.fields.fields()[3].second == "v3.channel.k8s.io");
    BOOST_TEST(head.fields.fields()[4].second.empty());
    BOOST_TEST((head.fields.all("x-stream-protocol-version") ==
                std::vector<std::string>{"v4.channel.k8s.io", "v3.channel.k8s.io"}));
    BOOST_TEST((facts->framing.how == kind::sized));
    BOOST_TEST(facts->keep_alive);
}

BOOST_AUTO_TEST_CASE(a_heads_end_is_found_wherever_the_bytes_are_cut)
{
    const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    std::size_t scanned = 0;
    for (std::size_t i = 0; i < head.size(); ++i)
        BOOST_TEST(find_head_end(as_bytes(head).first(i), scanned) == 0u);
    BOOST_TEST(find_head_end(as_bytes(head), scanned) == head.size());
    scanned = 0;
    BOOST_TEST(find_head_end(as_bytes(head + "POST / HTTP"), scanned) == head.size());
}

BOOST_AUTO_TEST_CASE(requests_that_break_the_grammar_are_refused)
{
    const std::string host = "Host: x\r\n";
    for (const std::string bad :
        {"GET /\r\n", "GET / HTTP/1.1 \r\n", "GET  / HTTP/1.1\r\n", "GET / HTTP/2.0\r\n",
            "GET / HTTP/0.9\r\n", "GET / http/1.1\r\n", "G\x01T / HTTP/1.1\r\n",
            "GET /\x80 HTTP/1.1\n", "G(T / HTTP/1.1\r\n", " GET / HTTP/1.1\r\n",
            "\r\nGET / HTTP/1.1\r\n", "GET / a HTTP/1.1\r\n", "GET /\tHTTP/1.1\r\n"})
        BOOST_TEST(!request(bad + host + "\r\n").has_value(), "accepted: " + bad);
    for (const std::string bad :
        {"Name : v\r\n", "Na me: v\r\n", ": v\r\n", "Name\r\n", "Na(me: v\r\n", "N\xe4me: v\r\n",
            "a: b\nc: d\r\n", "a: b\rc\r\n", "a: b\r\n folded\r\n", "a: b\r\n\tfolded\r\n",
            "a:\r\n \r\n", "a: \x01\r\n", "a: \x7f\r\n", "a: b\r\r\n", "Host: y\r\n"})
        BOOST_TEST(!post(bad).has_value(), "accepted: " + bad);
    BOOST_TEST(!post(std::string("a: b\0c\r\n", 8)).has_value());
    BOOST_TEST(!request("GET / HTTP/1.1\r\na: b\r\n\r\n").has_value()); // no host
}

BOOST_AUTO_TEST_CASE(a_length_is_said_once_and_in_one_way)
{
    for (const std::string bad : {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
             "Content-Length: 1\r\nContent-Length: 2\r\n",
             "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1, 1\r\n",
             "Content-Length: 1,2\r\n", "Content-Length: +1\r\n", "Content-Length: -1\r\n",
             "Content-Length: 0x1\r\n", "Content-Length: 1 2\r\n", "Content-Length:\r\n",
             "Content-Length: a\r\n", "Content-Length: 9223372036854775808\r\n",
             "Content-Length: 99999999999999999999999\r\n", "Transfer-Encoding: gzip\r\n",
             "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, gzip\r\n",
             "Transfer-Encoding: chunked, chunked\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
             "Transfer-Encoding: identity\r\n", "Transfer-Encoding: xchunked\r\n",
             "Transfer-Encoding: \"chunked\"\r\n", "Transfer-Encoding:\r\n",
             "Transfer-Encoding: chunked;q=1\r\n",
             "Transfer-Encoding:\x0b"
             "chunked\r\n",
             "Transfer-Encoding : chunked\r\n", "Content-Length : 1\r\n"}) {
        BOOST_TEST(!post(bad).has_value(), "accepted: " + bad);
        BOOST_TEST(!response("HTTP/1.1 200 OK\r\n" + bad + "\r\n").has_value(), "accepted: " + bad);
    }
    BOOST_TEST(!request("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").has_value());
}

BOOST_AUTO_TEST_CASE(framing_of_requests)
{
    BOOST_TEST((post("")->framing.how == kind::none));
    BOOST_TEST((post("Transfer-Encoding: Chunked\r\n")->framing.how == kind::chunked));
    const auto sized = post("Content-Length: 9223372036854775807\r\n");
    BOOST_TEST((sized->framing.how == kind::sized));
    BOOST_TEST(sized->framing.size == 9223372036854775807u);
}

BOOST_AUTO_TEST_CASE(framing_of_responses)
{
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const auto endless = response(ok + "\r\n");
    BOOST_TEST((endless->framing.how == kind::until_close));
    BOOST_TEST(!endless->keep_alive);
    BOOST_TEST((response(ok + "Transfer-Encoding: chunked\r\n\r\n")->framing.how == kind::chunked));
    BOOST_TEST((response(ok + "Content-Length: 7\r\n\r\n")->framing.size == 7u));
    const auto to_head = response(ok + "Content-Length: 7\r\n\r\n", true);
    BOOST_TEST((to_head->framing.how == kind::none));
    BOOST_TEST(to_head->keep_alive);
    for (const std::string status :
        {"101 Switching Protocols", "204 No Content", "304 Not Modified"})
        BOOST_TEST((response("HTTP/1.1 " + status + "\r\n\r\n")->framing.how == kind::none));
    BOOST_TEST((response("HTTP/1.1 304 \r\nContent-Length: 7\r\n\r\n")->framing.how == kind::none));
    for (const std::string bad :
        {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 abc OK", "HTTP/2 200 OK"})
        BOOST_TEST(!response(bad + "\r\n\r\n").has_value(), "accepted: " + bad);
}

BOOST_AUTO_TEST_CASE(keep_alive_is_as_the_version_and_the_connection_say)
{
    BOOST_TEST(post("Connection: keep-alive, Upgrade\r\n")->keep_alive);
    BOOST_TEST(!post("Connection: x, Close\r\n")->keep_alive);
    BOOST_TEST(!post("Connection: keep-alive\r\nConnection: close\r\n")->keep_alive);
    BOOST_TEST(!request("GET / HTTP/1.0\r\n\r\n")->keep_alive);
    BOOST_TEST(request("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")->keep_alive);
}

BOOST_AUTO_TEST_CASE(fields_are_bounded_in_number)
{
    std::string fields;
    for (std::size_t i = 1; i < max_head_fields; ++i) fields += "a:b\r\n";
    BOOST_TEST(post(fields).has_value());
    BOOST_TEST((post(fields + "a:b\r\n").error() == errc::out_of_range));
}

BOOST_AUTO_TEST_CASE(lists_join_lines_and_lose_empty_elements)
{
    http_fields fields;
    fields.add("Connection", " a ,,b");
    fields.add("connection", ",\t,");
    fields.add("CONNECTION", "c");
    BOOST_TEST((fields.list("Connection") == std::vector<std::string>{"a", "b", "c"}));
    fields.set("Connection", "close");
    BOOST_TEST((fields.all("connection") == std::vector<std::string>{"close"}));
    fields.remove("connection");
    BOOST_TEST(!fields.has("Connection"));
    BOOST_TEST(fields.first("Connection").empty());
}

BOOST_AUTO_TEST_CASE(a_head_is_written_as_it_is_read)
{
    request_head head{"GET", "/a?b", 11, {}};
    head.fields.add("Host", "x");
    head.fields.add("A", "");
    byte_buffer out;
    BOOST_REQUIRE(append_head(out, head).has_value());
    BOOST_TEST(as_text(out) == "GET /a?b HTTP/1.1\r\nHost: x\r\nA: \r\n\r\n");
    response_head answer{404, "Not Found", 11, {}};
    out.clear();
    BOOST_REQUIRE(append_head(out, answer).has_value());
    BOOST_TEST(as_text(out) == "HTTP/1.1 404 Not Found\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(no_head_is_written_that_would_be_read_as_another)
{
    const auto refused = [](const request_head& head) {
        byte_buffer out;
        return !append_head(out, head).has_value();
    };
    const auto with = [](std::string name, std::string value) {
        request_head head{"GET", "/", 11, {}};
        head.fields.add(std::move(name), std::move(value));
        return head;
    };
    BOOST_TEST(!refused(with("A", "b\xc3\xa4 c\td")));
    for (const std::string value : {"a\r\nb: c", "a\nb", "a\rb", "\x7f"})
        BOOST_TEST(refused(with("A", value)));
    BOOST_TEST(refused(with("A", std::string("a\0b", 3))));
    BOOST_TEST(refused(with("", "b")));
    BOOST_TEST(refused(with("A b", "c")));
    BOOST_TEST(refused(with("A:", "c")));
    BOOST_TEST(refused({"GET", "/a b", 11, {}}));
    BOOST_TEST(refused({"GET", "", 11, {}}));
    BOOST_TEST(refused({"GET /x", "/", 11, {}}));
    byte_buffer out;
    BOOST_TEST(!append_head(out, response_head{200, "a\r\nb", 11, {}}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
