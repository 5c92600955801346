// Whatever a tar stream holds, and however it is cut, the same files are told; none has more bytes
// than passed, and nothing follows what is not understood.

#include <verbatim/files/observer.hpp>

#include <algorithm>
#include <array>
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

std::vector<files::file_passed> observed(std::string_view stream, std::size_t step)
{
    static const std::array<std::string, 3> arguments = {"tar", "-xmf", "-"};
    const auto observer = files::observe_arguments(arguments);
    std::vector<files::file_passed> passed;
    while (!stream.empty()) {
        const auto piece = stream.substr(0, step);
        observer->feed(files::direction::upload, as_bytes(piece), passed);
        stream.remove_prefix(piece.size());
    }
    observer->end(passed);
    return passed;
}

bool same(const files::file_passed& a, const files::file_passed& b)
{
    return a.path == b.path && a.kind == b.kind && a.link_target == b.link_target &&
           a.size == b.size && a.mode == b.mode && a.sha256 == b.sha256 &&
           a.complete == b.complete && a.error == b.error;
}

// What a mutation breaks first is the checksum: it is set right in every block that claims to be a
// header.
std::string with_right_checksums(std::string stream)
{
    for (std::size_t at = 0; at + 512 <= stream.size(); at += 512) {
        if (stream.compare(at + 257, 5, "ustar") != 0) continue;
        stream.replace(at + 148, 8, 8, ' ');
        unsigned sum = 0;
        for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(stream[at + i]);
        for (std::size_t digit = 6; digit-- > 0; sum /= 8)
            stream[at + 148 + digit] = static_cast<char>('0' + sum % 8);
        stream[at + 154] = '\0';
    }
    return stream;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    // The first byte chooses the cut, and whether the checksums are the input's own.
    const std::size_t step = data[0] / 2 + 1;
    const auto stream = data[0] % 2 ? with_right_checksums(std::string(input.substr(1)))
                                    : std::string(input.substr(1));
    const auto whole = observed(stream, stream.size() + 1);
    const auto cut = observed(stream, step);
    require(std::ranges::equal(whole, cut, same));

    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const auto& file = whole[i];
        bytes += file.size;
        require(file.path.size() <= 64 * 1024 && file.link_target.size() <= 64 * 1024);
        require(file.path.find('\0') == std::string::npos);
        require((file.error.empty() && file.complete) || i + 1 == whole.size());
        require(file.sha256.size() == (file.kind == "file" ? 64U : 0U));
    }
    require(bytes <= stream.size());
    return 0;
}
