# What `cmake --install` copies: the compiler, what it needs to build pipelines, and find_package(SQLMill). The folders' places
# relative to each other are fixed, because sqlmill finds its files from where it is itself.
include(CMakePackageConfigHelpers)

add_executable(SQLMill::sqlmill ALIAS sqlmill)
set(SQLMILL_INPUTS ${PROJECT_BINARY_DIR}/lib/sqlmill/toolchain.conf)
foreach(layer ${SQLMILL_RUNTIME_LAYERS})
  list(APPEND SQLMILL_INPUTS $<TARGET_FILE:${layer}>)
endforeach()

install(TARGETS sqlmill EXPORT SQLMillTargets RUNTIME DESTINATION bin)
install(TARGETS ${SQLMILL_RUNTIME_LAYERS} ARCHIVE DESTINATION lib/sqlmill)
install(FILES ${PROJECT_BINARY_DIR}/install/toolchain.conf DESTINATION lib/sqlmill)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/runtime DESTINATION include/sqlmill
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def")

set(package lib/cmake/SQLMill)
install(EXPORT SQLMillTargets NAMESPACE SQLMill:: DESTINATION ${package})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/SQLMillConfig.cmake.in
  ${PROJECT_BINARY_DIR}/install/SQLMillConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/install/SQLMillConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/install/SQLMillConfig.cmake ${PROJECT_BINARY_DIR}/install/SQLMillConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/SQLMillPipeline.cmake
        DESTINATION ${package})
