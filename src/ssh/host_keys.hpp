#pragma once

#include "ssh/engine.hpp"

#include <verbatim/ssh/connection.hpp>

namespace verbatim::ssh {

class parsed_host_keys final : public host_keys {
public:
    host_key_handle ed25519, ecdsa, rsa;
};

} // namespace verbatim::ssh
