verbatim_unit_test(files SOURCES
    real_tar_test.cpp
    tar_command_test.cpp
    tar_reader_test.cpp)
