verbatim_unit_test(replay
    SOURCES
        event_log_test.cpp
        format_test.cpp
        playback_test.cpp
        time_spec_test.cpp
    LIBRARIES ZLIB::ZLIB)
