verbatim_unit_test(wire SOURCES
    ssh_connection_test.cpp
    terminal_modes_test.cpp)
