# What is done to the staged files of the packages before CPack packs them.
# As dh_strip does: no debugging symbols in static libraries, which CPack's own stripping leaves alone,
# and no notes of the compiler anywhere.
file(GLOB_RECURSE archives ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*.a)
file(GLOB programs ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/bin/*
     ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/lib/python3/dist-packages/*/*.so)
set(notes --remove-section=.comment --remove-section=.note)
foreach(archive ${archives})
  execute_process(COMMAND strip --strip-debug --enable-deterministic-archives ${notes} ${archive}
                  COMMAND_ERROR_IS_FATAL ANY)
endforeach()
foreach(program ${programs})
  execute_process(COMMAND strip ${notes} ${program} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# CPack takes a backslash in a name for a slash. finish.cmake gives the unit its name.
execute_process(COMMAND find ${CPACK_TEMPORARY_INSTALL_DIRECTORY} -name run-shm*-segments.mount
                        -execdir mv {} segments.mount \;
                COMMAND_ERROR_IS_FATAL ANY)
