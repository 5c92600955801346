verbatim_unit_test(record SOURCES
    directory_store_test.cpp
    joining_test.cpp
    repair_test.cpp)
