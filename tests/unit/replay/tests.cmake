verbatim_unit_test(replay SOURCES
    terminal_filter_test.cpp)
