verbatim_unit_test(cli SOURCES kubeconfig_test.cpp program_test.cpp)
