#pragma once

#include "record/file_system.hpp"

#include <verbatim/record/repair.hpp>

namespace verbatim::record {

/// As the public one, on a given disk.
std::vector<repaired_recording> repair_unfinished(const std::filesystem::path& in_progress_dir,
    const std::filesystem::path& records_dir, logger& log, file_system& files);

} // namespace verbatim::record
