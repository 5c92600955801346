// Any bytes as terminal sizes, however cut, and as the status that ends a session.
#include <verbatim/wire/remote_command.hpp>

#include <cstdlib>
#include <tuple>

using namespace verbatim;
using namespace verbatim::wire::remote_command;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = as_bytes(data, size);
    const auto whole = size_reader().feed(bytes);
    size_reader cut;
    std::vector<verbatim::wire::terminal_size> sizes;
    error_code failed;
    for (std::size_t i = 0; i < size && !failed; ++i) {
        const auto got = cut.feed(bytes.subspan(i, 1));
        if (!got) failed = got.error();
        else sizes.insert(sizes.end(), got->begin(), got->end());
    }
    require(whole.has_value() == !failed);
    if (whole) require(*whole == sizes);
    std::string again;
    for (const auto each : sizes) again += size_text(each);
    require(*size_reader().feed(as_bytes(again)) == sizes);

    for (const auto v : {version::v1, version::v4}) {
        const auto how = parse_status(v, as_text(bytes));
        if (how.success) require(how.exit_code == 0u);
        else require(!how.message.empty() || has_status(v));
    }
    const auto failure = parse_status(version::v5, failure_status(as_text(bytes)));
    require(!failure.success && !failure.exit_code);
    const std::vector<std::string> offered{std::string(as_text(bytes))};
    std::ignore = choose_websocket(offered);
    if (const auto v = choose_spdy(offered)) require(!spdy_name(*v).empty());
    return 0;
}
