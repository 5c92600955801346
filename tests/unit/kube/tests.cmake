verbatim_unit_test(kube SOURCES
    certificate_authority_test.cpp
    command_channels_test.cpp
    http_chunks_test.cpp
    http_head_test.cpp
    http_reader_test.cpp
    legs_test.cpp
    port_forward_test.cpp
    request_headers_test.cpp
    spdy_channels_test.cpp
    upgrade_test.cpp
    upstream_test.cpp
    websocket_channels_test.cpp
    LIBRARIES OpenSSL::SSL)
