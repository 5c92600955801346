verbatim_unit_test(screen SOURCES emulator_test.cpp control_scanner_test.cpp)
