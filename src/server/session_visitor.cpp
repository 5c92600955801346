#include "server/session_visitor.hpp"

namespace verbatim::server {
namespace {

policy::session_owner owner_of(const session::live_session& session)
{
    return {session.header().user.user, session.owner_roles(), session.kind()};
}

} // namespace

policy::session_rights session_visitor::rights_over(const session::live_session& session) const
{
    if (!authorizer) return {true, true};
    return authorizer->rights_over(name, owner_of(session));
}

bool session_visitor::may_join(const session::live_session& session, policy::party_mode mode) const
{
    return !authorizer || authorizer->may_join(name, owner_of(session), mode);
}

session_visitor visitor_of(const ssh_connection_facts& facts)
{
    const auto* authorizer = facts.policy->authorizer.get();
    session_visitor out{facts.user, facts.header(), authorizer->roles_of(facts.user), authorizer};
    if (authorizer->ends_with_certificate(facts.user)) out.expires = facts.certificate_expires;
    out.refused = [&facts](const std::string& reason) { facts.reject(reason); };
    return out;
}

} // namespace verbatim::server
