verbatim_unit_test(policy SOURCES authorizer_test.cpp cluster_test.cpp glob_test.cpp route_test.cpp)
