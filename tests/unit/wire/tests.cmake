verbatim_unit_test(wire SOURCES
    event_json_test.cpp
    event_line_test.cpp
    ssh_connection_test.cpp
    terminal_modes_test.cpp
    LIBRARIES Boost::json)
