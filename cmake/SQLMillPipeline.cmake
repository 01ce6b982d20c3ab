# sqlmill_add_pipeline(NAME SQL FILE.sql [OPTIONS OPTION...] [OUTPUT_DIRECTORY FOLDER])
#
# A target NAME that compiles FILE.sql (relative to the current source folder) to the binary FOLDER/NAME, as
# `sqlmill build FILE.sql -o FOLDER/NAME OPTION...` does. FOLDER is by default CMAKE_RUNTIME_OUTPUT_DIRECTORY or else bin/ below the
# current binary folder (not that folder itself: Ninja would take the file for the target); the target's property
# SQLMILL_BINARY has the binary's path. It is rebuilt when the file, its options, or SQLMill itself have changed.
# Pipelines are built one at a time, because each build keeps all cores busy.
set_property(GLOBAL APPEND PROPERTY JOB_POOLS sqlmill=1)

function(sqlmill_add_pipeline name)
  cmake_parse_arguments(PARSE_ARGV 1 PIPELINE "" "SQL;OUTPUT_DIRECTORY" "OPTIONS")
  if(NOT PIPELINE_SQL)
    message(FATAL_ERROR "sqlmill_add_pipeline(${name}): SQL FILE.sql is missing")
  endif()
  if(PIPELINE_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sqlmill_add_pipeline(${name}): unknown arguments ${PIPELINE_UNPARSED_ARGUMENTS}")
  endif()
  cmake_path(ABSOLUTE_PATH PIPELINE_SQL NORMALIZE OUTPUT_VARIABLE sql)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/bin)
  if(PIPELINE_OUTPUT_DIRECTORY)
    cmake_path(ABSOLUTE_PATH PIPELINE_OUTPUT_DIRECTORY BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} OUTPUT_VARIABLE folder)
  elseif(CMAKE_RUNTIME_OUTPUT_DIRECTORY)
    set(folder ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  endif()
  set(binary ${folder}/${name})
  cmake_path(GET sql FILENAME file)
  add_custom_command(
    OUTPUT ${binary}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND $<TARGET_FILE:SQLMill::sqlmill> build ${sql} -o ${binary} ${PIPELINE_OPTIONS}
    DEPENDS ${sql} $<TARGET_FILE:SQLMill::sqlmill> ${SQLMILL_INPUTS}
    JOB_POOL sqlmill
    COMMENT "Compiling ${file} to ${name}"
    VERBATIM)
  add_custom_target(${name} ALL DEPENDS ${binary})
  set_target_properties(${name} PROPERTIES SQLMILL_BINARY ${binary})
endfunction()
