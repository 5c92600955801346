verbatim_unit_test(cli SOURCES program_test.cpp)
