option(VERBATIM_TESTS "Build the unit tests and register the integration tests" OFF)
option(VERBATIM_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(VERBATIM_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")
set(VERBATIM_LIBSSH_SOURCE "" CACHE PATH
    "A libssh source tree to build instead of the one that deploy/fetch-libssh keeps in the cache")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(VERBATIM_CCACHE ccache)
if(VERBATIM_CCACHE)
    # Precompiled headers need the first two; without them ccache never hits.
    set(VERBATIM_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${VERBATIM_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${VERBATIM_LAUNCHER})
    set(CMAKE_C_COMPILER_LAUNCHER ${VERBATIM_LAUNCHER})
endif()

find_program(VERBATIM_MOLD mold)
if(VERBATIM_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

add_library(verbatim_flags INTERFACE)
target_compile_options(verbatim_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Woverloaded-virtual>
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra>
    -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # False alarms of g++ 12 in inlined standard library code at -O2 (GCC bugs 105562, 107138).
    target_compile_options(verbatim_flags INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow>)
endif()
target_compile_definitions(verbatim_flags INTERFACE
    $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED BOOST_ALL_NO_LIB
    # As spdlog's own target has them; here, so that every layer can share one precompiled header.
    SPDLOG_FMT_EXTERNAL SPDLOG_COMPILED_LIB SPDLOG_SHARED_LIB FMT_SHARED)
target_link_options(verbatim_flags INTERFACE -Wl,-z,relro,-z,now)
if(VERBATIM_SANITIZE)
    target_compile_options(verbatim_flags INTERFACE
        -fsanitize=${VERBATIM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1 -g1)
    target_link_options(verbatim_flags INTERFACE -fsanitize=${VERBATIM_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # g++ 12 takes a coroutine frame's own operator delete for another one's (GCC bug 109224).
        target_compile_options(verbatim_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>)
    endif()
endif()
if(VERBATIM_FUZZ)
    target_compile_options(verbatim_flags INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(verbatim_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
