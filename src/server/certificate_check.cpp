#include "server/certificate_check.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/config/address_range.hpp>

#include <algorithm>

namespace verbatim::server {
namespace {

// The one string in an option's data; nothing when it is not that.
std::optional<std::string> value_of(const std::string& data)
{
    if (data.size() < 4) return std::nullopt;
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i)
        size = size << 8 | static_cast<unsigned char>(data[static_cast<std::size_t>(i)]);
    if (size != data.size() - 4) return std::nullopt;
    return data.substr(4);
}

// "1.2.3.4:5", "[::1]:5"; an IPv4 address that came over an IPv6 socket is an IPv4 address.
std::optional<config::ip_address> address_of(std::string_view remote)
{
    auto host = remote.substr(0, remote.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    host = host.substr(0, host.find('%'));
    constexpr std::string_view mapped = "::ffff:";
    if (host.starts_with(mapped) && host.find('.') != host.npos) host.remove_prefix(mapped.size());
    return config::parse_ip_address(host);
}

// OpenSSH's source-address: any of a comma list of addresses and ranges. One that cannot be read
// makes the whole list match nothing.
bool matches(std::string_view list, const std::optional<config::ip_address>& address)
{
    bool found = false;
    while (true) {
        const auto comma = std::min(list.find(','), list.size());
        const auto range = config::parse_address_range(list.substr(0, comma));
        if (!range || !address) return false;
        found |= range->contains(*address);
        if (comma == list.size()) return found;
        list.remove_prefix(comma + 1);
    }
}

class judge {
public:
    judge(const ssh::login_certificate& certificate, std::string_view remote, std::string& why)
        : certificate_(certificate), remote_(remote), why_(why)
    {}

    bool trusts(const login_rules& rules, const ssh::public_key& target_ca)
    {
        if (certificate_.authority == target_ca)
            return refuse("a certificate that the proxy made for targets");
        if (std::find(rules.authorities.begin(), rules.authorities.end(), certificate_.authority) ==
            rules.authorities.end())
            return refuse("a certificate of an authority that is not trusted, " +
                          certificate_.authority.fingerprint());
        if (rules.revoked.holds(certificate_)) return refuse("a revoked certificate");
        if (!certificate_.for_users) return refuse("a host's certificate");
        if (certificate_.principals.empty()) return refuse("a certificate without principals");
        return true;
    }

    bool is_valid_at(wall_time now)
    {
        const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(
            0, std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count()));
        if (seconds < certificate_.valid_after)
            return refuse("a certificate that is not valid yet");
        if (seconds >= certificate_.valid_before) return refuse("an expired certificate");
        return true;
    }

    bool read_options(certificate_limits& to)
    {
        for (const auto& [name, data] : certificate_.critical_options)
            if (!read_critical(name, data, to)) return false;
        const auto permits = [&](std::string_view name) {
            return std::any_of(certificate_.extensions.begin(), certificate_.extensions.end(),
                [&](const auto& extension) { return extension.first == name; });
        };
        to.port_forwarding = permits("permit-port-forwarding");
        to.agent_forwarding = permits("permit-agent-forwarding");
        to.x11_forwarding = permits("permit-X11-forwarding");
        to.terminal = permits("permit-pty");
        to.user_rc = permits("permit-user-rc");
        to.touch_required = !permits("no-touch-required");
        return true;
    }

private:
    bool read_critical(const std::string& name, const std::string& data, certificate_limits& to)
    {
        if (name == "verify-required") {
            to.verify_required = true;
            return data.empty() || refuse("a certificate with a damaged option verify-required");
        }
        const auto value = value_of(data);
        if (name == "force-command" && value && !value->empty() &&
            value->find('\0') == value->npos) {
            to.force_command = *value;
            return true;
        }
        if (name == "source-address" && value)
            return matches(*value, address_of(remote_)) ||
                   refuse("a certificate that is not for this address");
        return refuse("a certificate with the critical option " + escape_for_log(name, 60) +
                      ", which is not understood");
    }

    bool refuse(std::string why)
    {
        why_ = std::move(why) + " (id " + escape_for_log(certificate_.key_id, 80) + ", serial " +
               std::to_string(certificate_.serial) + ")";
        return false;
    }

    const ssh::login_certificate& certificate_;
    std::string_view remote_;
    std::string& why_;
};

} // namespace

result<certificate_limits> check_certificate(const ssh::login_certificate& certificate,
    const login_rules& rules, const ssh::public_key& target_ca, std::string_view remote,
    wall_time now, std::string& why)
{
    judge by(certificate, remote, why);
    certificate_limits out;
    if (!by.trusts(rules, target_ca) || !by.is_valid_at(now) || !by.read_options(out))
        return errc::access_denied;
    // What lies behind the clock's own range never comes.
    constexpr auto last = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(wall_time::max().time_since_epoch()).count());
    if (certificate.valid_before < last)
        out.expires = wall_time(std::chrono::seconds(certificate.valid_before));
    return out;
}

std::optional<certificate_limits> limits_of_both(
    const certificate_limits& one, const certificate_limits& other)
{
    if (!one.force_command.empty() && !other.force_command.empty() &&
        one.force_command != other.force_command)
        return std::nullopt;
    certificate_limits out;
    out.expires = one.expires && other.expires ? std::min(one.expires, other.expires)
                  : one.expires                ? one.expires
                                               : other.expires;
    out.force_command = one.force_command.empty() ? other.force_command : one.force_command;
    out.port_forwarding = one.port_forwarding && other.port_forwarding;
    out.agent_forwarding = one.agent_forwarding && other.agent_forwarding;
    out.x11_forwarding = one.x11_forwarding && other.x11_forwarding;
    out.terminal = one.terminal && other.terminal;
    out.user_rc = one.user_rc && other.user_rc;
    out.touch_required = one.touch_required || other.touch_required;
    out.verify_required = one.verify_required || other.verify_required;
    return out;
}

} // namespace verbatim::server
