# libssh >= 0.12, built statically from source with larger reads: Debian 12 ships 0.10, which
# has no post-quantum key exchange and re-grants windows for data nobody has read yet.
# deploy/fetch-libssh leaves a tree in the cache; VERBATIM_LIBSSH_SOURCE names another one.
set(VERBATIM_LIBSSH_TESTED "0.12.0;0.12.1;0.12.2")

if(NOT VERBATIM_LIBSSH_SOURCE)
    if(DEFINED ENV{VERBATIM_CACHE})
        set(_cache "$ENV{VERBATIM_CACHE}")
    else()
        set(_cache "$ENV{HOME}/.cache/verbatim")
    endif()
    set(_source "${_cache}/libssh/source")
else()
    set(_source "${VERBATIM_LIBSSH_SOURCE}")
endif()
if(NOT EXISTS "${_source}/CMakeLists.txt")
    message(FATAL_ERROR "No libssh source in ${_source}.\n"
        "Run deploy/fetch-libssh, or pass -DVERBATIM_LIBSSH_SOURCE=<tree of libssh 0.12>.")
endif()

file(STRINGS "${_source}/CMakeLists.txt" _project REGEX "^project\\(libssh VERSION ")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" VERBATIM_LIBSSH_VERSION "${_project}")
if(NOT VERBATIM_LIBSSH_VERSION IN_LIST VERBATIM_LIBSSH_TESTED)
    message(FATAL_ERROR "libssh ${VERBATIM_LIBSSH_VERSION} in ${_source} is not among the versions that "
        "src/ssh/libssh_shim.c was tested with (${VERBATIM_LIBSSH_TESTED}).\n"
        "The shim uses private parts of libssh: run the tests against the new version, then add it to "
        "VERBATIM_LIBSSH_TESTED in cmake/VerbatimLibssh.cmake.")
endif()

set(_build "${CMAKE_BINARY_DIR}/libssh")
set(_c_flags "-DMAX_BUF_SIZE=65536 -w")
# The sanitizers see libssh too: hostile bytes meet its parsers first.
if(VERBATIM_SANITIZE)
    string(APPEND _c_flags " -fsanitize=${VERBATIM_SANITIZE} -fno-omit-frame-pointer -g1")
    # libssh's bundled ML-KEM code and its packet code shift and align in ways UBSan reports;
    # those checks are for our own sources.
    string(APPEND _c_flags " -fno-sanitize=undefined")
endif()
if(VERBATIM_FUZZ)
    string(APPEND _c_flags " -fsanitize=fuzzer-no-link")
endif()
include(ExternalProject)
ExternalProject_Add(libssh_build
    SOURCE_DIR "${_source}"
    BINARY_DIR "${_build}"
    CMAKE_GENERATOR Ninja
    CMAKE_ARGS -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DWITH_EXAMPLES=OFF -DWITH_GSSAPI=OFF
               -DUNIT_TESTING=OFF -DWITH_ABI_BREAK=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON
               -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER}
               "-DCMAKE_C_FLAGS=${_c_flags}"
    CMAKE_CACHE_ARGS "-DCMAKE_C_COMPILER_LAUNCHER:STRING=${VERBATIM_CCACHE}"
    INSTALL_COMMAND ""
    BUILD_BYPRODUCTS "${_build}/src/libssh.a")

add_library(libssh_static STATIC IMPORTED GLOBAL)
set_target_properties(libssh_static PROPERTIES IMPORTED_LOCATION "${_build}/src/libssh.a")
target_link_libraries(libssh_static INTERFACE OpenSSL::Crypto ZLIB::ZLIB Threads::Threads)
add_dependencies(libssh_static libssh_build)
# The shim alone sees these; see src/ssh/CMakeLists.txt.
set(VERBATIM_LIBSSH_INCLUDES "${_source}/include" "${_build}/include" "${_build}")
