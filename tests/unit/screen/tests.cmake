verbatim_unit_test(screen SOURCES emulator_test.cpp terminal_filter_test.cpp)
