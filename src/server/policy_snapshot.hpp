#pragma once

#include "server/login_rules.hpp"

#include <verbatim/config/settings.hpp>
#include <verbatim/policy/authorizer.hpp>

#include <atomic>
#include <memory>

namespace verbatim::server {

/// The configuration as one connection sees it for life: a reload makes a new one.
struct policy_snapshot {
    explicit policy_snapshot(config::settings s)
        : settings(std::move(s)), authorizer(policy::make_role_authorizer(settings)),
          logins(settings)
    {}
    const config::settings settings;
    const std::unique_ptr<const policy::authorizer> authorizer;
    const login_rules logins;
};

/// Shared by the server, which hands out the newest, and by every connection that began with it.
using policy_pointer = std::shared_ptr<const policy_snapshot>;

/// The newest one. Thread: any.
class policy_holder {
public:
    explicit policy_holder(policy_pointer first) : newest_(std::move(first)) {}
    policy_pointer get() const { return std::atomic_load(&newest_); }
    void set(policy_pointer next) { std::atomic_store(&newest_, std::move(next)); }

private:
    policy_pointer newest_;
};

} // namespace verbatim::server
