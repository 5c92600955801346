#include "kube/token_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace verbatim::kube {

result<secret> read_token_file(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) return errc::io_error;
    std::string text(max_token_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    const auto size = static_cast<std::size_t>(in.gcount());
    const bool failed = in.bad();
    text.resize(size);
    const secret whole(std::move(text)); // wiped, whatever comes
    if (failed) return errc::io_error;
    constexpr std::string_view blanks = " \t\r\n";
    auto token = whole.reveal();
    if (size > max_token_bytes) return errc::malformed;
    const auto begin = token.find_first_not_of(blanks);
    if (begin == token.npos) return errc::malformed;
    token = token.substr(begin, token.find_last_not_of(blanks) - begin + 1);
    if (!std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
        return errc::malformed;
    return secret(std::string(token));
}

} // namespace verbatim::kube
