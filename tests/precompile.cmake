# Builds that only test (the sanitizers') parse the headers that nearly every file includes once. The
# release build does not: it is what shows that each file includes what it needs.
#
# clang wants a precompiled header to be position independent in the same way as what uses it, so
# there is one for libraries and one for programs.
set(headers <algorithm> <chrono> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <mutex>
            <optional> <set> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant>
            <vector> <gmock/gmock.h> <gtest/gtest.h>)
file(WRITE ${PROJECT_BINARY_DIR}/precompiled.cc "")
find_package(GTest REQUIRED)
foreach(kind library program)
  add_library(shmx_precompiled_${kind} OBJECT ${PROJECT_BINARY_DIR}/precompiled.cc)
  target_precompile_headers(shmx_precompiled_${kind} PRIVATE ${headers})
  # For GTEST_HAS_PTHREAD: a macro may not be defined differently later.
  target_link_libraries(shmx_precompiled_${kind} PRIVATE GTest::gtest)
  # What it says does not depend on when it was compiled: for ccache.
  target_compile_options(shmx_precompiled_${kind} PRIVATE -Xclang -fno-pch-timestamp)
endforeach()
set_target_properties(shmx_precompiled_program PROPERTIES POSITION_INDEPENDENT_CODE OFF)
target_compile_options(shmx_precompiled_program PRIVATE -fPIE)

function(shmx_precompile directory)
  get_property(targets DIRECTORY ${directory} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    if(target MATCHES "^shmx_precompiled_")
      continue()
    elseif(type STREQUAL EXECUTABLE)
      target_precompile_headers(${target} REUSE_FROM shmx_precompiled_program)
    elseif(type MATCHES "^(STATIC|OBJECT|SHARED|MODULE)_LIBRARY$")
      target_precompile_headers(${target} REUSE_FROM shmx_precompiled_library)
    endif()
  endforeach()
  get_property(below DIRECTORY ${directory} PROPERTY SUBDIRECTORIES)
  foreach(subdirectory ${below})
    shmx_precompile(${subdirectory})
  endforeach()
endfunction()
# Not shm and shim: what is visible of them differs, and they are small.
get_property(rooms DIRECTORY PROPERTY SUBDIRECTORIES)
list(REMOVE_ITEM rooms ${PROJECT_SOURCE_DIR}/shm ${PROJECT_SOURCE_DIR}/shim)
foreach(room ${rooms})
  shmx_precompile(${room})
endforeach()
