verbatim_unit_test(login SOURCES
    accounts_test.cpp
    password_limiter_test.cpp
    password_test.cpp
    progress_test.cpp
    totp_test.cpp
    used_codes_test.cpp)
