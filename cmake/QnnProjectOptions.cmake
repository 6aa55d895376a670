# qnn_project_options: how qnn compiles its own tests, examples and benchmarks. Never part of what users link.
add_library(qnn_project_options INTERFACE)

if(MSVC)
  target_compile_options(qnn_project_options INTERFACE /W4 /permissive- $<$<BOOL:${QNN_WERROR}>:/WX>)
else()
  target_compile_options(
    qnn_project_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
                                  $<$<BOOL:${QNN_WERROR}>:-Werror>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Warnings that g++ gives after inlining are wrong about Eigen's vector code: g++ 12 takes a packet load behind a branch
  # on the size for one beyond a small std::vector, and _mm512_undefined_ps() for a mistake (GCC bug 105593), thousands of
  # times with -march=native. clang++ compiles with all warnings as errors, and the sanitizers run the code.
  target_compile_options(qnn_project_options INTERFACE -Wno-error=array-bounds -Wno-error=stringop-overflow
                                                       -Wno-error=restrict -Wno-maybe-uninitialized)
endif()
if(QNN_NATIVE)
  target_compile_options(qnn_project_options INTERFACE -march=native)
endif()
if(QNN_SANITIZE)
  set(sanitize -fsanitize=${QNN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(qnn_project_options INTERFACE ${sanitize})
  target_link_options(qnn_project_options INTERFACE ${sanitize})
endif()
if(QNN_COVERAGE)
  target_compile_options(qnn_project_options INTERFACE --coverage)
  target_link_options(qnn_project_options INTERFACE --coverage)
endif()
