#pragma once
// Observers of what is not read: only that it passes is told, or it must not.

#include <verbatim/files/observer.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verbatim::files {

/// For a stream that is not read: one entry says why, when the first byte of it passes.
class unread_observer final : public observer {
public:
    unread_observer(direction way, std::string why) : way_(way), why_(std::move(why)) {}

    void feed(direction way, byte_view bytes, std::vector<file_passed>& passed) override;
    void end(std::vector<file_passed>&) override {}

private:
    direction way_;
    std::string why_;
    bool told_ = false;
};

/// For a protocol whose direction and paths are known and its content is not read: one entry at the
/// end says how many bytes passed.
class counting_observer final : public observer {
public:
    counting_observer(file_passed told) : told_(std::move(told)) {}

    void feed(direction way, byte_view bytes, std::vector<file_passed>& passed) override;
    void end(std::vector<file_passed>& passed) override;

private:
    file_passed told_;
    bool ended_ = false;
};

/// For what must not start. `end` tells it.
class refused_observer final : public observer {
public:
    refused_observer(file_passed told, std::string why);

    void feed(direction, byte_view, std::vector<file_passed>&) override {}
    void end(std::vector<file_passed>& passed) override;
    std::string_view refusal() const noexcept override { return why_; }

private:
    file_passed told_;
    std::string why_;
    bool ended_ = false;
};

} // namespace verbatim::files
