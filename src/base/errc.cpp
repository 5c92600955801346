#include <verbatim/base/errc.hpp>

#include <string>

namespace verbatim {
namespace {

const char* describe(errc value) noexcept
{
    switch (value) {
    case errc::truncated: return "the data ends too early";
    case errc::out_of_range: return "a length or number is out of range";
    case errc::malformed: return "the data is malformed";
    case errc::unsupported_version: return "unsupported version";
    case errc::encrypted: return "the recording is encrypted";
    case errc::checksum_mismatch: return "checksum mismatch: the data was altered or damaged";
    case errc::not_allowed_now: return "the peer sent a message that is not allowed now";
    case errc::ssh_transport: return "the SSH transport failed";
    case errc::host_key_mismatch: return "the target's host key is not the expected one";
    case errc::target_login_refused: return "the target refused the login";
    case errc::timed_out: return "timed out";
    case errc::closed: return "closed by the other side";
    case errc::cancelled: return "cancelled";
    case errc::target_unreachable: return "the target cannot be reached";
    case errc::recording_failed: return "the recorder failed";
    case errc::queue_full: return "a bounded queue is full";
    case errc::audit_failed: return "the audit log cannot be written";
    case errc::disk_full: return "not enough free disk space";
    case errc::access_denied: return "access denied";
    case errc::limit_reached: return "a limit is reached";
    case errc::not_found: return "not found";
    case errc::already_exists: return "already exists";
    case errc::io_error: return "input/output error";
    }
    return "unknown error";
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "verbatim"; }
    std::string message(int value) const override { return describe(static_cast<errc>(value)); }
};

} // namespace

const boost::system::error_category& verbatim_category() noexcept
{
    static const category instance;
    return instance;
}

} // namespace verbatim
