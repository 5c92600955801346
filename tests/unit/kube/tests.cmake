verbatim_unit_test(kube SOURCES
    http_chunks_test.cpp
    http_head_test.cpp
    http_reader_test.cpp
    LIBRARIES OpenSSL::SSL)
