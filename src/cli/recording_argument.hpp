#pragma once
// What `play` and `export` share: the recording that the command line names.

#include <verbatim/cli/command.hpp>
#include <verbatim/replay/recording_file.hpp>
#include <verbatim/wire/recording_reader.hpp>

#include <optional>
#include <string>

namespace verbatim::cli {

/// Finds it; the configuration is read for a session id only. Nothing: `code` is the exit code and
/// what to do was said.
std::optional<replay::located_recording> find_recording(
    const context& context, const std::string& name, int& code);

/// "PATH is damaged after N records: ..." for a reading that ended early. Returns
/// exit_code::failed.
int report_fault(const context& context, const replay::located_recording& recording,
    const error_code& fault, const wire::recording_verdict* verdict);

} // namespace verbatim::cli
