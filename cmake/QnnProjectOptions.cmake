# qnn_project_options: how qnn compiles its own tests, examples and benchmarks. Never part of what users link.
add_library(qnn_project_options INTERFACE)

if(MSVC)
  target_compile_options(qnn_project_options INTERFACE /W4 /permissive- $<$<BOOL:${QNN_WERROR}>:/WX>)
else()
  target_compile_options(
    qnn_project_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
                                  $<$<BOOL:${QNN_WERROR}>:-Werror>)
endif()
if(QNN_NATIVE)
  target_compile_options(qnn_project_options INTERFACE -march=native)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 takes _mm512_undefined_ps() in Eigen's vector code for a mistake (GCC bug 105593), thousands of times.
    target_compile_options(qnn_project_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(QNN_SANITIZE)
  set(sanitize -fsanitize=${QNN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(qnn_project_options INTERFACE ${sanitize})
  target_link_options(qnn_project_options INTERFACE ${sanitize})
endif()
if(QNN_COVERAGE)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "QNN_COVERAGE needs clang++")
  endif()
  # Each executable adds up its counts in a file of its own. scripts/coverage reads them.
  set(count "-fprofile-instr-generate=${PROJECT_BINARY_DIR}/profiles/%m.profraw" -fcoverage-mapping)
  target_compile_options(qnn_project_options INTERFACE ${count})
  target_link_options(qnn_project_options INTERFACE ${count})
endif()
