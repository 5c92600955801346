verbatim_unit_test(config SOURCES address_range_test.cpp kubeconfig_test.cpp load_test.cpp party_filter_test.cpp public_key_test.cpp users_file_test.cpp)
target_compile_definitions(test_config PRIVATE
    EXAMPLE_FILE="${PROJECT_SOURCE_DIR}/deploy/verbatim.example.yaml")
