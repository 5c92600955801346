// Whatever a program prints, and however it is cut: the same screen, within its limits, and a paint
// of it is the same screen again.
#include <verbatim/screen/emulator.hpp>

#include <algorithm>
#include <cstdlib>

using namespace verbatim;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2) return 0;
    const int columns = data[0] % 40 + 1, rows = data[1] % 12 + 1;
    const auto output = as_bytes(data + 2, size - 2);
    screen::emulator whole(columns, rows);
    whole.feed(output);
    const auto painted = whole.paint();
    screen::emulator late(whole.columns(), whole.rows());
    late.feed(as_bytes(std::string_view(painted)));
    require(late.columns() == whole.columns() && late.rows() == whole.rows());
    require(late.text() == whole.text());
    require(late.cursor() == whole.cursor());
    require(late.paint() == painted);
    screen::emulator bytewise(columns, rows);
    for (std::size_t i = 0; i < std::min<std::size_t>(output.size(), 4096); ++i)
        bytewise.feed(output.subspan(i, 1));
    if (output.size() <= 4096) require(bytewise.paint() == painted);
    // In two pieces with a change of the size between, and back: nothing to compare, but it stands.
    screen::emulator resized(columns, rows);
    resized.feed(output.first(output.size() / 2));
    resized.resize(rows, columns);
    resized.feed(output.subspan(output.size() / 2));
    resized.resize(columns, rows);
    require(resized.paint().size() < 1024 * 1024);
    require(static_cast<int>(resized.text().size()) == resized.rows());
    return 0;
}
