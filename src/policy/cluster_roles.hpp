#pragma once
// What roles say about Kubernetes clusters.

#include "policy/options_sum.hpp"

#include <verbatim/base/result.hpp>

#include <map>
#include <span>
#include <string>

namespace verbatim::policy {

/// As authorizer::authorize_kubernetes, by these roles of that user.
[[nodiscard]] result<kubernetes_grant> authorize_cluster(std::span<const role* const> roles,
    const std::string& user, const std::string& cluster,
    const std::map<std::string, std::string>& labels, recording_defaults defaults,
    std::string& why);

} // namespace verbatim::policy
