verbatim_unit_test(server SOURCES
    admission_test.cpp
    certificate_check_test.cpp
    agent_guard_test.cpp
    forced_command_test.cpp
    join_keys_test.cpp
    session_registry_test.cpp
    ssh_login_test.cpp)
