#include "kube/http_head.hpp"

#include "kube/http_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <charconv>

namespace verbatim::kube {

namespace {

namespace http = boost::beast::http;
using boost::optional;
using text = boost::beast::string_view;

std::string copy(text from) { return {from.data(), from.size()}; }

/// Beast's parser, which hands out what it finds in a head. Bodies never reach it.
template <bool IsRequest, class Head>
class collector final : public http::basic_parser<IsRequest> {
public:
    explicit collector(Head& into) : into_(into)
    {
        this->header_limit(static_cast<std::uint32_t>(max_head_bytes));
        this->body_limit(boost::none);
        this->skip(true); // how a body is framed is judged here, more strictly
    }

    bool too_many() const noexcept { return too_many_; }

private:
    void on_request_impl(http::verb, text method, text target, int version, error_code&) override
    {
        if constexpr (IsRequest) {
            into_.method = copy(method);
            into_.target = copy(target);
            into_.version = static_cast<unsigned>(version);
        }
    }
    void on_response_impl(int code, text reason, int version, error_code&) override
    {
        if constexpr (!IsRequest) {
            into_.status = code;
            into_.reason = copy(reason);
            into_.version = static_cast<unsigned>(version);
        }
    }
    void on_field_impl(http::field, text name, text value, error_code& error) override
    {
        if (into_.fields.fields().size() == max_head_fields) {
            too_many_ = true;
            error = errc::out_of_range;
            return;
        }
        into_.fields.add(copy(name), copy(value));
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override
    {
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    Head& into_;
    bool too_many_ = false;
};

/// What Beast forgives and others read differently: folded lines, line ends of one byte, control
/// characters.
bool has_strict_lines(byte_view head) noexcept
{
    const auto bytes = as_text(head);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto c = static_cast<unsigned char>(bytes[i]);
        if (c == '\r') {
            if (i + 1 == bytes.size() || bytes[++i] != '\n') return false;
            if (i + 1 < bytes.size() && (bytes[i + 1] == ' ' || bytes[i + 1] == '\t')) return false;
        } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

template <bool IsRequest, class Head>
result<void> collect(byte_view whole, Head& into)
{
    into = {};
    if (!has_strict_lines(whole)) return errc::malformed;
    collector<IsRequest, Head> parser(into);
    error_code error;
    const auto used = parser.put(boost::asio::buffer(whole.data(), whole.size()), error);
    if (parser.too_many()) return errc::out_of_range;
    if (error || !parser.is_header_done() || used != whole.size()) return errc::malformed;
    return result<void>{};
}

result<std::uint64_t> parse_length(std::string_view digits)
{
    std::uint64_t out = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, out);
    // from_chars takes no sign for unsigned numbers and no space.
    if (digits.empty() || error != std::errc{} || stopped != end) return errc::malformed;
    // Go's servers and clients count in 63 bits.
    if (out > static_cast<std::uint64_t>(INT64_MAX)) return errc::malformed;
    return out;
}

/// As the fields say it; `kind::none` where they say nothing. RFC 9112 6.3.
result<body_framing> said_framing(const http_fields& fields, unsigned version)
{
    const auto codings = fields.all("Transfer-Encoding");
    const auto lengths = fields.all("Content-Length");
    if (!codings.empty()) {
        if (!lengths.empty() || codings.size() != 1 || version < 11) return errc::malformed;
        if (!same_name(codings.front(), "chunked")) return errc::malformed;
        return body_framing{body_framing::kind::chunked, 0};
    }
    if (lengths.empty()) return body_framing{};
    if (lengths.size() != 1) return errc::malformed;
    const auto length = parse_length(lengths.front());
    if (!length) return length.error();
    return body_framing{body_framing::kind::sized, *length};
}

bool may_go_on(const http_fields& fields, unsigned version)
{
    bool kept = version >= 11;
    for (const auto& option : fields.list("Connection")) {
        if (same_name(option, "close")) return false;
        if (same_name(option, "keep-alive")) kept = true;
    }
    return kept;
}

} // namespace

std::size_t find_head_end(byte_view bytes, std::size_t& scanned) noexcept
{
    constexpr std::string_view end = "\r\n\r\n";
    const auto found = as_text(bytes).find(end, scanned);
    if (found != std::string_view::npos) return found + end.size();
    scanned = bytes.size() < end.size() ? 0 : bytes.size() - (end.size() - 1);
    return 0;
}

result<message_facts> parse_head(byte_view whole, request_head& into)
{
    if (const auto collected = collect<true>(whole, into); !collected) return collected.error();
    const auto hosts = into.fields.all("Host").size();
    if (hosts > 1 || (hosts == 0 && into.version >= 11)) return errc::malformed;
    const auto framing = said_framing(into.fields, into.version);
    if (!framing) return framing.error();
    return message_facts{*framing, may_go_on(into.fields, into.version)};
}

result<message_facts> parse_head(byte_view whole, response_head& into, bool to_head)
{
    if (const auto collected = collect<false>(whole, into); !collected) return collected.error();
    const auto framing = said_framing(into.fields, into.version);
    if (!framing) return framing.error();
    message_facts out{*framing, may_go_on(into.fields, into.version)};
    const bool bodiless =
        to_head || into.status / 100 == 1 || into.status == 204 || into.status == 304;
    if (bodiless) {
        out.framing = {};
    } else if (out.framing.how == body_framing::kind::none) {
        out.framing.how = body_framing::kind::until_close;
        out.keep_alive = false;
    }
    return out;
}

} // namespace verbatim::kube
