# What `cmake --install` gives to services, as the component libshm-exporter-dev: the headers, the static
# libraries, a CMake package and pkg-config files. Included by the top level once all targets exist. The
# programs install themselves.
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME libshm-exporter-dev)

# Each library with dependencies of its own is an export of its own, so that find_package asks for those
# of the components in use only.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/shm_exporter)
function(shmx_export component)
  install(TARGETS ${ARGN} EXPORT shm_exporter-${component} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT shm_exporter-${component} NAMESPACE shm_exporter:: DESTINATION ${package_dir})
endfunction()

# shmx_pkgconfig(NAME LIBRARIES archive... REQUIRES package... DESCRIPTION text)
function(shmx_pkgconfig name)
  cmake_parse_arguments(PC "" "DESCRIPTION" "LIBRARIES;REQUIRES" ${ARGN})
  list(TRANSFORM PC_LIBRARIES PREPEND "-l")
  list(JOIN PC_LIBRARIES " " PC_LIBRARIES)
  list(JOIN PC_REQUIRES ", " PC_REQUIRES)
  # The files may be moved, so the prefix is where they are found.
  file(RELATIVE_PATH PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/pkgconfig.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

shmx_export(metrics shm_exporter_shm shm_exporter_metrics)
shmx_pkgconfig(shm_exporter_metrics
  DESCRIPTION "Custom metrics that the host's shm_exporter agent exposes"
  LIBRARIES shm_exporter_metrics shm_exporter_shm)
if(TARGET shm_exporter_shim)
  shmx_export(shim shm_exporter_rpc shm_exporter_shim)
  shmx_pkgconfig(shm_exporter
    DESCRIPTION "gRPC interceptors whose metrics the host's shm_exporter agent exposes"
    LIBRARIES shm_exporter_shim shm_exporter_rpc REQUIRES shm_exporter_metrics grpc++ protobuf)
endif()
if(TARGET shm_exporter_prometheus_bridge)
  shmx_export(prometheus_bridge shm_exporter_prometheus_bridge)
  shmx_pkgconfig(shm_exporter_prometheus_bridge
    DESCRIPTION "Publishes a prometheus-cpp registry through shm_exporter"
    LIBRARIES shm_exporter_prometheus_bridge REQUIRES shm_exporter_metrics prometheus-cpp-core)
endif()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/shm ${PROJECT_SOURCE_DIR}/shim
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/shm_exporter FILES_MATCHING PATTERN "*.h"
        PATTERN python EXCLUDE)  # a program of its own

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/shm_exporter-config.cmake.in
                              ${PROJECT_BINARY_DIR}/shm_exporter-config.cmake
                              INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change what it offers.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/shm_exporter-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/shm_exporter-config.cmake
              ${PROJECT_BINARY_DIR}/shm_exporter-config-version.cmake
        DESTINATION ${package_dir})
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME shm-exporter)
