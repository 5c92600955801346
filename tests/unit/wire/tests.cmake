verbatim_unit_test(wire SOURCES
    control_test.cpp
    event_json_test.cpp
    event_line_test.cpp
    kube_request_test.cpp
    recording_codec_test.cpp
    recording_reader_test.cpp
    remote_command_test.cpp
    spdy_test.cpp
    ssh_connection_test.cpp
    terminal_modes_test.cpp
    websocket_test.cpp
    LIBRARIES Boost::json ZLIB::ZLIB protobuf::libprotobuf-lite)
# The generated classes check the code that does without them.
target_include_directories(test_wire PRIVATE ${CMAKE_BINARY_DIR}/src/wire/generated)
