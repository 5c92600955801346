// Whatever both sides of an scp session say, and however it is cut, the same is told, and never
// more content than passed.

#include <verbatim/files/observer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace verbatim;

void require(bool holds)
{
    if (!holds) std::abort();
}

struct outcome {
    std::vector<files::file_passed> passed;
    std::string refusal;
};

// Records: a byte (0x80: of the sink; the rest its length), then so many bytes.
outcome follow(std::string_view input, std::size_t step, bool upload, files::permitted may)
{
    const auto observer =
        files::observe_command(upload ? "scp -r -t x" : "scp -r -f x /etc/y", may);
    outcome out;
    while (!input.empty() && observer->refusal().empty()) {
        const auto first = static_cast<unsigned char>(input[0]);
        input.remove_prefix(1);
        auto rest = input.substr(0, first & 0x7fU);
        input.remove_prefix(rest.size());
        const bool from_client = ((first & 0x80) == 0) == upload;
        while (!rest.empty() && observer->refusal().empty()) {
            const auto piece = rest.substr(0, step);
            observer->feed(from_client ? files::direction::upload : files::direction::download,
                as_bytes(piece), out.passed);
            rest.remove_prefix(piece.size());
        }
    }
    out.refusal = observer->refusal();
    observer->end(out.passed);
    return out;
}

bool same(const files::file_passed& a, const files::file_passed& b)
{
    return a.way == b.way && a.path == b.path && a.kind == b.kind && a.size == b.size &&
           a.mode == b.mode && a.sha256 == b.sha256 && a.complete == b.complete &&
           a.error == b.error && a.note == b.note && a.refused == b.refused;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    const bool upload = (data[0] & 1) == 0;
    const bool restricted = (data[0] & 2) != 0;
    const files::permitted may{upload || !restricted, !upload || !restricted};
    const auto whole = follow(input, std::string_view::npos, upload, may);
    const auto cut = follow(input, data[0] / 4 + 1, upload, may);
    require(std::ranges::equal(whole.passed, cut.passed, same));
    require(whole.refusal == cut.refusal);
    require(restricted || whole.refusal.empty());

    std::uint64_t bytes = 0;
    for (const auto& file : whole.passed) {
        bytes += file.size;
        require(file.path.size() <= 64 * 1024 && file.error.size() <= 1024);
        require(file.sha256.empty() || file.kind == "file");
    }
    require(bytes <= size);
    return 0;
}
