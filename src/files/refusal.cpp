#include "files/refusal.hpp"

namespace verbatim::files {

std::string_view refusal_line(direction way)
{
    return way == direction::upload ? "copying files to the target is not permitted"
                                    : "copying files from the target is not permitted";
}

std::string not_understood_line(permitted may)
{
    const auto way = may.upload ? direction::download : direction::upload;
    return std::string(refusal_line(way)) + ", and this cannot be read";
}

file_passed not_understood(direction way, std::string_view why)
{
    file_passed out;
    out.way = way;
    out.kind = "other";
    out.complete = false;
    out.error = why;
    return out;
}

} // namespace verbatim::files
