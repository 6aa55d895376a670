# cmake -D settings=<file> -D case=<file> -P run_case.cmake: compiles a case and its twin. See README.md.
cmake_minimum_required(VERSION 3.23)
include("${settings}")
cmake_path(GET case STEM name)

# Compiles the case with the definitions in ARGN; what the compiler said is in `output`, its exit status in `status`.
macro(compile)
  set(command "${CMAKE_COMMAND}" -E env LC_ALL=C "${compiler}" -std=c++20 -fsyntax-only -fdiagnostics-color=never)
  foreach(folder IN LISTS include_folders)
    list(APPEND command "-I${folder}")
  endforeach()
  foreach(folder IN LISTS system_folders)
    list(APPEND command -isystem "${folder}")
  endforeach()
  execute_process(
    COMMAND ${command} ${ARGN} "${case}"
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
endmacro()

function(broken reason)
  message(NOTICE "${output}") # by itself, since an error message is wrapped
  message(FATAL_ERROR "${name}: ${reason}. What ${compiler} said stands above.")
endfunction()

# Value of the comment `// key: value` of the case; empty where there is none.
function(read_limit key result)
  file(STRINGS "${case}" line REGEX "^// ${key}: [0-9]+$" LIMIT_COUNT 1)
  string(REGEX REPLACE "^// ${key}: " "" value "${line}")
  set(${result} "${value}" PARENT_SCOPE)
endfunction()

# Occurrences of `text` in the output, without CMake lists: diagnostics are full of brackets and semicolons.
function(count text result)
  string(LENGTH "${output}" before)
  string(REPLACE "${text}" "" rest "${output}")
  string(LENGTH "${rest}" after)
  string(LENGTH "${text}" length)
  math(EXPR number "(${before} - ${after}) / ${length}")
  set(${result} ${number} PARENT_SCOPE)
endfunction()

compile()
if(NOT status EQUAL 0)
  broken("the twin that must compile does not")
endif()

compile(-DQNN_MUST_FAIL)
if(status EQUAL 0)
  broken("the case that must not compile does")
endif()
if(output MATCHES "internal compiler error|PLEASE submit a bug report")
  broken("the compiler crashed")
endif()

file(STRINGS "${case}" expectations REGEX "^// expect: ")
if(NOT expectations)
  broken("the case says nothing of what it expects, as in `// expect: regular expression`")
endif()
foreach(expectation IN LISTS expectations)
  string(REGEX REPLACE "^// expect: " "" expectation "${expectation}")
  if(NOT output MATCHES "${expectation}")
    broken("expected a match of \"${expectation}\"")
  endif()
endforeach()

if(compiler_id STREQUAL "GNU")
  read_limit(max-lines-gcc most_lines)
else()
  read_limit(max-lines-clang most_lines)
endif()
count("\n" lines)
if(most_lines AND lines GREATER most_lines)
  broken("${lines} lines of diagnostics, at most ${most_lines} are allowed")
endif()
read_limit(max-errors most_errors)
count(" error: " errors)
if(most_errors AND errors GREATER most_errors)
  broken("${errors} errors, at most ${most_errors} allowed")
endif()
message(STATUS "${name}: ${errors} errors, ${lines} lines")
