# verbatim_layer(<name> SOURCES <file>... [USES <layer>...] [LIBRARIES <target>...])
#
# One static library per layer. USES are the layers whose headers it may include (public:
# they show in its own headers); LIBRARIES are foreign and stay private to its sources.
function(verbatim_layer name)
    cmake_parse_arguments(LAYER "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
    set(target verbatim_${name})
    add_library(${target} STATIC ${LAYER_SOURCES})
    target_include_directories(${target}
        PUBLIC ${PROJECT_SOURCE_DIR}/include
        PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} PUBLIC verbatim_flags Boost::headers Threads::Threads)
    foreach(used IN LISTS LAYER_USES)
        target_link_libraries(${target} PUBLIC verbatim_${used})
    endforeach()
    target_link_libraries(${target} PRIVATE ${LAYER_LIBRARIES})
    if(NOT name STREQUAL "base")
        target_precompile_headers(${target} REUSE_FROM verbatim_base)
    endif()
endfunction()
