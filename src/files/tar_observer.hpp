#pragma once

#include "files/sha256.hpp"
#include "files/tar_reader.hpp"

#include <verbatim/files/observer.hpp>

#include <optional>
#include <string>
#include <vector>

namespace verbatim::files {

/// Tells the files of the tar stream that one direction of a session is.
class tar_observer final : public observer, private tar_handler {
public:
    explicit tar_observer(direction way) : way_(way) {}

    void feed(direction way, byte_view bytes, std::vector<file_passed>& passed) override;
    void end(std::vector<file_passed>& passed) override;

    /// More are not told one by one: one last entry says so.
    static constexpr std::size_t most_members = 100'000;

private:
    void begin_member(tar_member member) override;
    void content(byte_view bytes) override;
    void end_member() override;
    void give_up(std::string_view why);

    direction way_;
    tar_reader reader_;
    sha256 hash_;
    std::optional<file_passed> open_;
    std::size_t told_ = 0;
    bool over_ = false;
    std::vector<file_passed>* passed_ = nullptr; // the caller's, during a call
};

} // namespace verbatim::files
