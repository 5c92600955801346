#pragma once

#include <verbatim/config/settings.hpp>
#include <verbatim/policy/authorizer.hpp>

#include <memory>

namespace verbatim::server {

/// The configuration as one connection sees it for life: a reload makes a new one.
struct policy_snapshot {
    explicit policy_snapshot(config::settings s)
        : settings(std::move(s)), authorizer(policy::make_role_authorizer(settings))
    {}
    const config::settings settings;
    const std::unique_ptr<const policy::authorizer> authorizer;
};

/// Shared by the server, which hands out the newest, and by every connection that began with it.
using policy_pointer = std::shared_ptr<const policy_snapshot>;

} // namespace verbatim::server
