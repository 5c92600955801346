verbatim_unit_test(audit SOURCES
    audit_log_test.cpp
    auth_failure_limiter_test.cpp
    directory_sink_test.cpp
    fake_audit_test.cpp)
