# Writes lib/sqlmill/toolchain.conf, by which `sqlmill build` knows how to compile generated C++.
set(SQLMILL_RUNTIME_LAYERS sqlmill_main sqlmill_connectors sqlmill_formats sqlmill_engine sqlmill_sql sqlmill_base)

# The system libraries behind the runtime. simdjson, librdkafka and fmt have no static form in Debian; the binary's
# --version names their packages.
set(SQLMILL_SYSTEM_LIBRARIES -lsimdjson -lrdkafka -lfmt -lspdlog -l:libgmp.a -lpthread)

set(conf ${PROJECT_BINARY_DIR}/lib/sqlmill/toolchain.conf)
set(text "# How sqlmill compiles pipelines. Paths are relative to this folder.\ncompiler=${CMAKE_CXX_COMPILER}\n")
foreach(flag -std=c++20 -Wall -Wextra -Werror -fPIE)
  string(APPEND text "flag=${flag}\n")
endforeach()
string(APPEND text "include=${PROJECT_SOURCE_DIR}\n")
foreach(layer ${SQLMILL_RUNTIME_LAYERS})
  string(APPEND text "library=$<TARGET_FILE:${layer}>\n")
endforeach()
foreach(library ${SQLMILL_SYSTEM_LIBRARIES})
  string(APPEND text "library=${library}\n")
endforeach()
if(SQLMILL_MOLD)
  string(APPEND text "library=-fuse-ld=mold\n")
endif()
file(GENERATE OUTPUT ${conf} CONTENT "${text}")
