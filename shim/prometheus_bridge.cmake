# The bridge for programs that count with prometheus-cpp; built where that is installed, a library of
# its own so that nobody else links prometheus-cpp.
find_package(prometheus-cpp CONFIG QUIET)
if(NOT prometheus-cpp_FOUND)
  return()
endif()

add_library(shm_exporter_prometheus_bridge STATIC
  ${CMAKE_CURRENT_LIST_DIR}/prometheus_bridge.cc
  ${CMAKE_CURRENT_LIST_DIR}/prometheus_bridge_series.cc
  ${CMAKE_CURRENT_LIST_DIR}/publication_lock.cc)
add_library(shm_exporter::prometheus_bridge ALIAS shm_exporter_prometheus_bridge)
set_target_properties(shm_exporter_prometheus_bridge PROPERTIES EXPORT_NAME prometheus_bridge
                      POSITION_INDEPENDENT_CODE ON)
target_compile_options(shm_exporter_prometheus_bridge
                       PRIVATE -fvisibility=hidden -fvisibility-inlines-hidden)
target_link_libraries(shm_exporter_prometheus_bridge
                      PUBLIC shm_exporter_metrics prometheus-cpp::core)
