#pragma once
// Every call that can fail is made to fail once.

#include <cstddef>
#include <stdexcept>

namespace verbatim::test {

/// Counts the calls of the fakes that share it; the n-th is to fail.
class fail_point {
public:
    /// 0: none fails.
    explicit fail_point(std::size_t at = 0) : at_(at) {}

    /// Asked once in each call: true in the one that fails.
    bool is_due() { return ++calls_ == at_; }
    bool was_reached() const noexcept { return at_ != 0 && calls_ >= at_; }
    std::size_t at() const noexcept { return at_; }

private:
    std::size_t at_, calls_ = 0;
};

/// Runs `scenario` with a failure in its first call, then in its second, until it has no more.
/// Returns how many failures there were.
template <class Scenario>
std::size_t for_each_failure(Scenario scenario)
{
    constexpr std::size_t too_many = 1000; // a scenario that calls without end
    for (std::size_t at = 1; at < too_many; ++at) {
        fail_point point(at);
        scenario(point);
        if (!point.was_reached()) return at - 1;
    }
    throw std::logic_error("the scenario has no end");
}

} // namespace verbatim::test
