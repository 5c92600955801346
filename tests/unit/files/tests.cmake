verbatim_unit_test(files SOURCES
    real_tar_test.cpp
    scp_observer_test.cpp
    sftp_observer_test.cpp
    tar_command_test.cpp
    tar_reader_test.cpp
    transfer_command_test.cpp)
