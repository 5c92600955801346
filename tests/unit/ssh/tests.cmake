verbatim_unit_test(ssh SOURCES
    agent_messages_test.cpp
    auth_message_test.cpp
    engine_test.cpp
    gate_test.cpp
    global_requests_test.cpp
    key_store_test.cpp
    learned_hosts_test.cpp
    login_certificate_test.cpp
    public_key_test.cpp
    revocation_list_test.cpp
    signature_test.cpp
    user_certificate_test.cpp
    LIBRARIES OpenSSL::Crypto)
