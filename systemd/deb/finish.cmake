# What is done to the packages that CPack has made.
foreach(package ${CPACK_PACKAGE_FILES})
  if(package MATCHES "/shm-exporter_")
    execute_process(COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/name_mount.sh ${package}
                    COMMAND_ERROR_IS_FATAL ANY)
  endif()
endforeach()
