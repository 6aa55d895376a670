# Installs the headers and the CMake package. The package works from the build folder as well.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(qnn_package_folder "${CMAKE_INSTALL_DATADIR}/cmake/qnn")

install(TARGETS qnn EXPORT qnnTargets FILE_SET HEADERS)
install(EXPORT qnnTargets NAMESPACE qnn:: DESTINATION "${qnn_package_folder}")
export(EXPORT qnnTargets NAMESPACE qnn:: FILE "${PROJECT_BINARY_DIR}/qnnTargets.cmake")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/qnnConfig.cmake.in" "${PROJECT_BINARY_DIR}/qnnConfig.cmake"
  INSTALL_DESTINATION "${qnn_package_folder}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/qnnConfigVersion.cmake"
  COMPATIBILITY SameMajorVersion
  ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/qnnConfig.cmake" "${PROJECT_BINARY_DIR}/qnnConfigVersion.cmake"
        DESTINATION "${qnn_package_folder}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
