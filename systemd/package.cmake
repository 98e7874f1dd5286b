# The Debian packages, by CPack from what `cmake --install` knows: shm-exporter is for hosts,
# libshm-exporter-dev for those who build services, python3-shm-exporter for services in Python, and a
# component is what a package has. Included by the top level once all rules of installation are known;
# `cpack --config BUILD/CPackConfig.cmake` makes them.
set(SHMX_MAINTAINER "shm_exporter maintainers <maintainers@shm-exporter.example>"
    CACHE STRING "Who answers for the packages: NAME <ADDRESS>")
set(package_source ${CMAKE_CURRENT_LIST_DIR}/deb)
set(package_build ${PROJECT_BINARY_DIR}/package)
set(packages shm-exporter libshm-exporter-dev)
if(TARGET shm_exporter_python)
  list(APPEND packages python3-shm-exporter)
  # The module is for this minor version of Python alone.
  execute_process(COMMAND ${SHMX_PYTHON} -c "import sys; a, b = sys.version_info[:2]
print(f'python3 (>= {a}.{b}~), python3 (<< {a}.{b + 1})', end='')"
                  OUTPUT_VARIABLE python_dependency COMMAND_ERROR_IS_FATAL ANY)
endif()

# The revision counts packages of one version of the sources.
set(SHMX_DEB_REVISION 1)
set(SHMX_DEB_VERSION ${PROJECT_VERSION}-${SHMX_DEB_REVISION})

# What only packages have. Debian wants the changelog compressed, without a time of its own.
foreach(package ${packages})
  set(SHMX_DEB_PACKAGE ${package})
  configure_file(${package_source}/changelog.in ${package_build}/${package}/changelog.Debian @ONLY)
  execute_process(COMMAND gzip --best --no-name --force --keep changelog.Debian
                  WORKING_DIRECTORY ${package_build}/${package} COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${package_build}/${package}/changelog.Debian.gz ${package_source}/copyright
          DESTINATION share/doc/${package} COMPONENT ${package} EXCLUDE_FROM_ALL)
  if(EXISTS ${package_source}/${package}.lintian-overrides)
    install(FILES ${package_source}/${package}.lintian-overrides DESTINATION share/lintian/overrides
            RENAME ${package} COMPONENT ${package} EXCLUDE_FROM_ALL)
  endif()
endforeach()

# All packages
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME shm-exporter)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${SHMX_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Whatever the umask of who builds.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL ${packages})
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${SHMX_DEB_REVISION})
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PRE_BUILD_SCRIPTS ${package_source}/stage.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${package_source}/finish.cmake)

# shm-exporter
set(CPACK_DEBIAN_SHM-EXPORTER_PACKAGE_NAME shm-exporter)
set(CPACK_DEBIAN_SHM-EXPORTER_PACKAGE_SECTION net)
set(CPACK_COMPONENT_SHM-EXPORTER_DESCRIPTION
"Prometheus exporter for all gRPC services of a host
One agent per host adds up what the processes of all services count into
shared memory, and serves it as a single Prometheus endpoint; it also pushes
OTLP and streams over gRPC. Processes that end keep their counts, and no
service waits for its metrics. With shmtool, which looks at segments, checks
configurations and certificates, and shows the host's jobs live.")
# Libraries are found by dpkg-shlibdeps. Users and directories are made also where systemd does not run;
# tenants' directories are mounted by mount(8).
set(CPACK_DEBIAN_SHM-EXPORTER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SHM-EXPORTER_PACKAGE_DEPENDS
    "mount, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_SHM-EXPORTER_PACKAGE_RECOMMENDS "systemd, ca-certificates")
set(CPACK_DEBIAN_SHM-EXPORTER_PACKAGE_SUGGESTS "prometheus")
set(CPACK_DEBIAN_SHM-EXPORTER_PACKAGE_CONTROL_EXTRA
    "${package_source}/postinst;${package_source}/prerm;${package_source}/postrm;${package_source}/conffiles")

# libshm-exporter-dev
set(CPACK_DEBIAN_LIBSHM-EXPORTER-DEV_PACKAGE_NAME libshm-exporter-dev)
set(CPACK_DEBIAN_LIBSHM-EXPORTER-DEV_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_LIBSHM-EXPORTER-DEV_DESCRIPTION
"Metrics of gRPC services over shared memory (development files)
Interceptors for gRPC C++ servers and clients, custom metrics, and a bridge
for prometheus-cpp registries. They count into a segment of shared memory,
which the agent of the package shm-exporter serves to Prometheus. Headers,
static libraries, a CMake package and pkg-config files.")
# What the exported targets link. Custom metrics alone need none of it, but a package is one.
set(CPACK_DEBIAN_LIBSHM-EXPORTER-DEV_PACKAGE_DEPENDS "libc6-dev, libgrpc++-dev, libprotobuf-dev, libstdc++-12-dev")
set(CPACK_DEBIAN_LIBSHM-EXPORTER-DEV_PACKAGE_RECOMMENDS "prometheus-cpp-dev, protobuf-compiler-grpc")
set(CPACK_DEBIAN_LIBSHM-EXPORTER-DEV_PACKAGE_SUGGESTS "shm-exporter, libboost1.81-dev")

# python3-shm-exporter
set(CPACK_DEBIAN_PYTHON3-SHM-EXPORTER_PACKAGE_NAME python3-shm-exporter)
set(CPACK_DEBIAN_PYTHON3-SHM-EXPORTER_PACKAGE_SECTION python)
set(CPACK_COMPONENT_PYTHON3-SHM-EXPORTER_DESCRIPTION
"Metrics of gRPC services over shared memory (Python 3)
Interceptors for gRPC servers and clients, synchronous and asyncio, that take
the place of py-grpc-prometheus; custom metrics; and a bridge for registries of
prometheus_client. They count into a segment of shared memory, which the agent
of the package shm-exporter serves to Prometheus: also what the workers of a
pre-forking server count, those that are gone included.")
set(CPACK_DEBIAN_PYTHON3-SHM-EXPORTER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PYTHON3-SHM-EXPORTER_PACKAGE_DEPENDS "${python_dependency}, python3-grpcio")
set(CPACK_DEBIAN_PYTHON3-SHM-EXPORTER_PACKAGE_SUGGESTS "shm-exporter, python3-prometheus-client")
set(CPACK_DEBIAN_PYTHON3-SHM-EXPORTER_PACKAGE_CONTROL_EXTRA
    "${package_source}/python3/postinst;${package_source}/python3/prerm")

include(CPack)
