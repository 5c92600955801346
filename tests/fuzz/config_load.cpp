#include <verbatim/config/settings.hpp>

#include <cstdlib>

// Any text gives settings or problems: no exception, no unbounded work.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = verbatim::config::load_text(text, "fuzz");
    for (const auto& problem : read.problems)
        if (verbatim::config::to_string(problem).find('\n') != std::string::npos) std::abort();
    return 0;
}
