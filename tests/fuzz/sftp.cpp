// Whatever both sides of an SFTP session say, and however it is cut, the same is told; nothing that
// is not permitted is told as done, and never more content than passed.

#include <verbatim/files/observer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace verbatim;

void require(bool holds)
{
    if (!holds) std::abort();
}

using steps = std::vector<std::pair<files::direction, std::string>>;

// Records: two bytes (0x80: from the target, 0x40: as it stands, else its length is put before it;
// the rest its length), then so many bytes.
steps read_steps(std::string_view input)
{
    steps out;
    while (input.size() >= 2) {
        const auto first = static_cast<unsigned char>(input[0]);
        const std::size_t size = (first & 0x3fU) << 8 | static_cast<unsigned char>(input[1]);
        input.remove_prefix(2);
        const auto bytes = input.substr(0, size);
        input.remove_prefix(bytes.size());
        std::string framed;
        if ((first & 0x40) == 0)
            for (int shift = 24; shift >= 0; shift -= 8)
                framed += static_cast<char>(bytes.size() >> shift & 0xff);
        const auto way =
            (first & 0x80) != 0 ? files::direction::download : files::direction::upload;
        out.emplace_back(way, framed + std::string(bytes));
    }
    return out;
}

struct outcome {
    std::vector<files::file_passed> passed;
    std::string refusal;
    std::uint64_t fed = 0;
    steps going; // what goes on
};

outcome follow(const steps& all, std::size_t step, files::permitted may)
{
    const auto observer = files::observe_subsystem("sftp", may);
    outcome out;
    for (const auto& [way, bytes] : all)
        for (std::string_view rest = bytes; !rest.empty() && observer->refusal().empty();) {
            const auto piece = rest.substr(0, step);
            observer->feed(way, as_bytes(piece), out.passed);
            out.fed += piece.size();
            std::string going(piece);
            for (const auto& each : observer->edits())
                going.at(each.at) = static_cast<char>(each.value);
            if (observer->refusal().empty()) out.going.emplace_back(way, std::move(going));
            rest.remove_prefix(piece.size());
        }
    out.refusal = observer->refusal();
    observer->end(out.passed);
    return out;
}

bool same(const files::file_passed& a, const files::file_passed& b)
{
    return a.way == b.way && a.what == b.what && a.path == b.path && a.size == b.size &&
           a.link_target == b.link_target && a.mode == b.mode && a.sha256 == b.sha256 &&
           a.complete == b.complete && a.error == b.error && a.note == b.note &&
           a.refused == b.refused && a.read_size == b.read_size && a.read_sha256 == b.read_sha256;
}

void check_permitted(const files::file_passed& file, files::permitted may)
{
    if (file.refused || file.what == files::action::unknown) return;
    using files::action;
    const bool changes =
        file.what != action::open && file.what != action::opendir && file.what != action::transfer;
    if (!may.upload) require(!changes && (file.way == files::direction::download || !file.size));
    if (!may.download) require(file.what != action::open || file.way == files::direction::upload);
}

// As the target understands it.
void check_what_goes_on(const steps& going, files::permitted may)
{
    const auto observer = files::observe_subsystem("sftp", {});
    std::vector<files::file_passed> passed;
    for (const auto& [way, bytes] : going)
        observer->feed(way, as_bytes(std::string_view(bytes)), passed);
    observer->end(passed);
    for (const auto& file : passed) check_permitted(file, may);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const files::permitted may{(data[0] & 1) == 0, (data[0] & 2) == 0};
    const auto all = read_steps(input.substr(1));
    const auto whole = follow(all, std::string_view::npos, may);
    const auto cut = follow(all, data[0] / 4 + 1, may);
    check_what_goes_on(whole.going, may);
    check_what_goes_on(cut.going, may);
    const auto refused = [](const auto& file) { return file.refused; };
    if (std::ranges::none_of(whole.passed, refused)) { // else it depends on what has gone on
        require(std::ranges::equal(whole.passed, cut.passed, same));
        require(whole.refusal == cut.refusal);
    }

    std::uint64_t bytes = 0;
    for (const auto& file : whole.passed) {
        bytes += file.size + file.read_size;
        require(file.sha256.empty() || file.sha256.size() == 64U);
        require(file.note.size() <= 512U);
        check_permitted(file, may);
    }
    require(bytes <= whole.fed);
    return 0;
}
