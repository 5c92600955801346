#include "kube/http_chunks.hpp"

#include <verbatim/base/bytes.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace verbatim;
using namespace verbatim::kube;

namespace {

struct decoded {
    std::string data;
    std::size_t consumed = 0;
    bool done = false, failed = false;
};

decoded decode(std::string text, std::size_t at_once)
{
    decoded out;
    chunk_decoder decoder;
    while (out.consumed < text.size() && !decoder.done()) {
        const auto size = std::min(at_once, text.size() - out.consumed);
        const std::span<std::byte> part(
            reinterpret_cast<std::byte*>(text.data()) + out.consumed, size);
        const auto step = decoder.decode(part);
        if (!step) {
            out.failed = true;
            return out;
        }
        BOOST_REQUIRE(step->consumed == size || decoder.done());
        out.data += as_text(part.first(step->data));
        out.consumed += step->consumed;
    }
    out.done = decoder.done();
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kube_http_chunks)

BOOST_AUTO_TEST_CASE(data_comes_out_alike_however_the_bytes_arrive)
{
    const std::string body = "5\r\nhello\r\n1;a=\"b c\";d\r\n,\r\nA  \r\n the world\r\n"
                             "000\r\nTrailer: x\r\nOther: y\r\n\r\n";
    for (std::size_t at_once = 1; at_once <= body.size() + 4; ++at_once) {
        const auto out = decode(body + "GET ", at_once);
        BOOST_TEST_CONTEXT(at_once)
        {
            BOOST_TEST(out.data == "hello, the world");
            BOOST_TEST(out.done);
            BOOST_TEST(out.consumed == body.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(an_empty_body_ends_at_once)
{
    const auto out = decode("0\r\n\r\n", 100);
    BOOST_TEST(out.done);
    BOOST_TEST(out.data.empty());
}

BOOST_AUTO_TEST_CASE(what_breaks_the_grammar_is_refused)
{
    for (const char* bad : {"\r\n", "g\r\n", "-1\r\n", "+1\r\n", " 1\r\nx\r\n", "0x1\r\nx\r\n",
             "1\nx\r\n", "1\rx", "1\r\nxy", "1\r\nx\n", "1\r\nx\rz", "1 \n", "1;a\nb\r\n",
             "1;\x01\r\n", "1,1\r\n", "0\r\n folded: x\r\n", "0\r\n\n", "0\r\n\rx", "0\r\na\nb",
             "0\r\na: \x7f", "FFFFFFFFFFFFFFFFF\r\n", "8000000000000000\r\n"})
        for (const std::size_t at_once : {1, 100})
            BOOST_TEST(decode(bad, at_once).failed, std::string("accepted: ") + bad);
}

BOOST_AUTO_TEST_CASE(framing_is_bounded)
{
    BOOST_TEST(decode("1;" + std::string(max_chunk_line, 'a'), 999).failed);
    BOOST_TEST(decode("0\r\na:" + std::string(max_chunk_line, 'a'), 999).failed);
    std::string trailers = "0\r\n";
    for (int i = 0; i < 2000; ++i) trailers += "a:b\r\n";
    BOOST_TEST(decode(trailers, 999).failed);
    BOOST_TEST(decode(std::string(max_chunk_line + 1, '0'), 999).failed);
}

BOOST_AUTO_TEST_SUITE_END()
