verbatim_unit_test(net SOURCES
    alpn_test.cpp
    byte_stream_test.cpp
    local_socket_test.cpp
    tls_test.cpp
    turn_test.cpp
    LIBRARIES OpenSSL::SSL)
