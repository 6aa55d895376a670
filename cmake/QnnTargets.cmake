# The library: qnn::qnn, and one more target for each dependency that only some headers need.
file(GLOB_RECURSE QNN_HEADERS CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/qnn/*.hpp")
# Parts of headers that are included once for each instruction set.
file(GLOB_RECURSE QNN_HEADER_PARTS CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/qnn/*.inl")

qnn_need_eigen()
add_library(qnn INTERFACE)
add_library(qnn::qnn ALIAS qnn)
target_sources(qnn INTERFACE FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include"
                             FILES ${QNN_HEADERS} ${QNN_HEADER_PARTS})
target_compile_features(qnn INTERFACE cxx_std_20)
target_link_libraries(qnn INTERFACE Eigen3::Eigen)
# The reason stands in qnn/kernels/eigen/eigen.hpp; here, so that every translation unit of a program agrees.
target_compile_definitions(qnn INTERFACE EIGEN_DONT_PARALLELIZE)
if(QNN_OPENMP)
  find_package(OpenMP QUIET COMPONENTS CXX)
  if(OpenMP_CXX_FOUND)
    # By name and only if it exists: whoever uses an installed qnn may have a compiler without OpenMP.
    target_link_libraries(qnn INTERFACE $<TARGET_NAME_IF_EXISTS:OpenMP::OpenMP_CXX>)
  else()
    message(STATUS "qnn: no OpenMP, work is not shared among threads")
  endif()
endif()

# qnn::data: readers of compressed data sets.
find_package(ZLIB QUIET)
find_package(LibLZMA QUIET)
if(ZLIB_FOUND AND LIBLZMA_FOUND)
  add_library(qnn_data INTERFACE)
  add_library(qnn::data ALIAS qnn_data)
  target_link_libraries(qnn_data INTERFACE qnn::qnn ZLIB::ZLIB LibLZMA::LibLZMA)
else()
  message(STATUS "qnn: no target qnn::data, since zlib or liblzma is missing")
endif()

# qnn::safetensors: the safetensors file format. It is fetched for qnn's own programs only.
find_package(nlohmann_json 3.11 CONFIG QUIET)
if(NOT nlohmann_json_FOUND AND (QNN_BUILD_TESTS OR QNN_BUILD_EXAMPLES OR QNN_BUILD_BENCH))
  qnn_need_nlohmann_json()
endif()
if(TARGET nlohmann_json::nlohmann_json)
  add_library(qnn_safetensors INTERFACE)
  add_library(qnn::safetensors ALIAS qnn_safetensors)
  target_link_libraries(qnn_safetensors INTERFACE qnn::qnn nlohmann_json::nlohmann_json)
else()
  message(STATUS "qnn: no target qnn::safetensors, since nlohmann_json is missing")
endif()
