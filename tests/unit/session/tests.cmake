verbatim_unit_test(session SOURCES
    audience_test.cpp
    endings_test.cpp
    failures_test.cpp
    files_test.cpp
    kubernetes_test.cpp
    limits_test.cpp
    party_test.cpp
    sharing_run_test.cpp
    sharing_test.cpp
    recording_test.cpp
    ssh_greeting_test.cpp)
