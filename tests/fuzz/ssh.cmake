# The sources themselves: the layer's coroutines are what clang 14 cannot assemble.
set(key_sources ssh/private_key.cpp ssh/private_key_text.cpp ssh/public_key.cpp)
verbatim_fuzz(ssh_keys LAYERS base SOURCES ${key_sources} LIBRARIES OpenSSL::Crypto MAX_LEN 8192)
verbatim_fuzz(ssh_preauth LAYERS base libssh_shim SOURCES ${key_sources} LIBRARIES OpenSSL::Crypto MAX_LEN 16384)
verbatim_fuzz(ssh_login LAYERS base SOURCES ${key_sources} ssh/agent_messages.cpp ssh/auth_message.cpp ssh/login_certificate.cpp
    ssh/revocation_list.cpp ssh/signature.cpp LIBRARIES OpenSSL::Crypto MAX_LEN 16384)
