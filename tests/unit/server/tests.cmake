verbatim_unit_test(server SOURCES
    admission_test.cpp)
