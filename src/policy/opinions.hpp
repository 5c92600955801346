#pragma once
// What each role says to an access, for people who ask why.

#include "policy/role.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace verbatim::policy {

std::vector<role_opinion> opinions_of(
    std::span<const role* const> roles, const std::string& login, const subject& to);

std::vector<role_opinion> cluster_opinions_of(std::span<const role* const> roles,
    const std::string& cluster, const std::map<std::string, std::string>& labels);

} // namespace verbatim::policy
