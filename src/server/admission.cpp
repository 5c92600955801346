#include "server/admission.hpp"

#include <boost/asio/ip/address_v6.hpp>

namespace verbatim::server {

std::string source_of(const boost::asio::ip::address& address)
{
    if (address.is_v4()) return address.to_string();
    auto v6 = address.to_v6();
    if (v6.is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

admission::verdict admission::enter(const std::string& source)
{
    if (in_all_ >= limits_.in_all) return verdict::too_many;
    const auto known = by_source_.find(source);
    if ((known == by_source_.end() ? 0 : known->second) >= limits_.per_source)
        return verdict::too_many_from_source;
    ++by_source_[source];
    ++in_all_;
    return verdict::admitted;
}

void admission::leave(const std::string& source)
{
    const auto known = by_source_.find(source);
    if (known == by_source_.end()) return;
    if (--known->second == 0) by_source_.erase(known);
    --in_all_;
}

} // namespace verbatim::server
