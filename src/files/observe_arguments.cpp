#include <verbatim/files/observer.hpp>

#include "files/tar_command.hpp"
#include "files/tar_observer.hpp"

namespace verbatim::files {

std::unique_ptr<observer> observe_arguments(std::span<const std::string> arguments)
{
    const auto command = parse_tar_command(arguments);
    if (!command) return nullptr;
    const auto way = command->extracts ? direction::upload : direction::download;
    if (command->compressed)
        return std::make_unique<unread_observer>(
            way, "compressed with gzip; its files are not read");
    if (command->first_byte != 1)
        return std::make_unique<unread_observer>(
            way, "the stream begins at byte " + std::to_string(command->first_byte) +
                     " of a tar stream; its files are not read");
    return std::make_unique<tar_observer>(way);
}

} // namespace verbatim::files
