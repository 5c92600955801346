verbatim_unit_test(record SOURCES
    directory_store_test.cpp
    repair_test.cpp)
