// Any bytes as a recording, whole and in pieces of a length that the first byte chooses: both must
// tell the same, and never more than the file holds.
#include <verbatim/wire/recording_codec.hpp>
#include <verbatim/wire/recording_reader.hpp>

#include <cstdlib>

namespace {

using namespace verbatim;

struct outcome {
    std::uint64_t bytes = 0;
    wire::recording_verdict verdict;
};

outcome read_all(byte_view file, std::size_t step)
{
    wire::memory_source source(file, step);
    wire::recording_reader reader(source);
    outcome seen;
    for (;;) {
        auto next = reader.next();
        if (!next || !*next) break;
        if (auto* print = std::get_if<wire::recorded_print>(&(*next)->body))
            seen.bytes += print->data.size() + print->input.size();
    }
    seen.verdict = reader.verdict();
    return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    auto file = as_bytes(data, size).subspan(1);
    std::ignore = wire::decode_part_header(file);
    auto whole = read_all(file, SIZE_MAX);
    auto pieces = read_all(file, data[0] % 64 + 1);
    if (whole.bytes != pieces.bytes || whole.verdict.records != pieces.verdict.records ||
        whole.verdict.complete != pieces.verdict.complete ||
        whole.verdict.sound_bytes != pieces.verdict.sound_bytes ||
        whole.verdict.sound_bytes > file.size())
        std::abort();
    return 0;
}
