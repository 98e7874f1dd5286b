# As dh_strip does, of what CPack has staged: no debugging symbols in static libraries, which CPack's own
# stripping leaves alone, and no notes of the compiler anywhere.
file(GLOB_RECURSE archives ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*.a)
file(GLOB programs ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/bin/*)
set(notes --remove-section=.comment --remove-section=.note)
foreach(archive ${archives})
  execute_process(COMMAND strip --strip-debug --enable-deterministic-archives ${notes} ${archive}
                  COMMAND_ERROR_IS_FATAL ANY)
endforeach()
foreach(program ${programs})
  execute_process(COMMAND strip ${notes} ${program} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
