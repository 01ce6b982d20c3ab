# Writes lib/sqlmill/toolchain.conf, by which `sqlmill build` knows how to compile generated C++: one for the build tree, and one
# with relative paths for the install tree.
set(SQLMILL_RUNTIME_LAYERS sqlmill_main sqlmill_admin sqlmill_pgwire sqlmill_query sqlmill_checkpoint sqlmill_object_store sqlmill_connectors sqlmill_formats sqlmill_engine
    sqlmill_incremental sqlmill_bind sqlmill_plan sqlmill_parse sqlmill_antlr sqlmill_ast sqlmill_diag sqlmill_sql sqlmill_base)

# The system libraries behind the runtime. fmt and spdlog are in sqlmill_base, gmp is linked statically; simdjson has no static form
# in Debian, and librdkafka's would need those of nine others. The binary's --version names their packages.
set(SQLMILL_SYSTEM_LIBRARIES -Wl,--as-needed -lsimdjson -lrdkafka -lrocksdb -lcurl -lre2 -lcpp-httplib -lssl -lcrypto -l:libgmp.a ${SQLMILL_ANTLR_LIBRARY}
    -lpthread)

set(start "# How sqlmill compiles pipelines. Paths are relative to this folder.\ncompiler=${CMAKE_CXX_COMPILER}\n")
foreach(flag -std=c++20 -Wall -Wextra -Werror -fPIE)
  string(APPEND start "flag=${flag}\n")
endforeach()
separate_arguments(user_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")  # Sanitizers, say: what is linked must agree.
set(end)
foreach(flag ${user_flags})
  string(APPEND start "flag=${flag}\n")
  string(APPEND end "library=${flag}\n")
endforeach()
foreach(library ${SQLMILL_SYSTEM_LIBRARIES})
  string(APPEND end "library=${library}\n")
endforeach()
if(SQLMILL_MOLD)
  string(APPEND end "library=-fuse-ld=mold\n")
endif()

set(built "${start}include=${PROJECT_SOURCE_DIR}\n")
set(installed "${start}include=../../include/sqlmill\n")
foreach(layer ${SQLMILL_RUNTIME_LAYERS})
  string(APPEND built "library=$<TARGET_FILE:${layer}>\n")
  string(APPEND installed "library=$<TARGET_FILE_NAME:${layer}>\n")
endforeach()
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/lib/sqlmill/toolchain.conf CONTENT "${built}${end}")
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/install/toolchain.conf CONTENT "${installed}${end}")

add_dependencies(sqlmill ${SQLMILL_RUNTIME_LAYERS})  # Without them it can check SQL, but build nothing.
