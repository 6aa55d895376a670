// SPDX-License-Identifier: MIT
/// @file
/// Where data sets live on this machine. There is one order; `find_data_files` states it.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"

#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace qnn {

/// What is needed to look for a data set.
struct DataPlace {
  /// Its name, which is also the name of its folder under a root: "fashion-mnist".
  std::string_view name;
  /// Where a package of the operating system installs it; empty where there is none.
  std::string_view system_folder;
  /// What to do where it is missing, in whole sentences.
  std::string_view how_to_get;
};

namespace detail {

/// The folders that may hold the files of a data set, in the order in which they are tried.
QNN_COLD inline std::vector<std::filesystem::path> candidate_folders(const DataPlace& place,
                                                                     const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> folders;
  const auto add_root = [&](const std::filesystem::path& root) {
    folders.push_back(root / place.name);
    folders.push_back(root);
  };
  if (!folder.empty()) {
    add_root(folder);
  }
  if (const char* root = std::getenv("QNN_DATA_DIR"); root != nullptr && *root != '\0') {
    add_root(root);
  }
  if (!place.system_folder.empty()) {
    folders.emplace_back(place.system_folder);
  }
  return folders;
}

/// `folder/name`, or packed: `.gz`, `.xz`. Empty where there is none.
QNN_COLD inline std::filesystem::path find_in(const std::filesystem::path& folder, std::string_view name) {
  for (const char* suffix : {"", ".gz", ".xz"}) {
    const std::filesystem::path file = folder / (std::string(name) + suffix);
    std::error_code ignored;  // a folder that may not be read holds nothing for us
    if (std::filesystem::is_regular_file(file, ignored)) {
      return file;
    }
  }
  return {};
}

}  // namespace detail

/// Paths of the files `names` of a data set, all in one folder: images and labels from two copies of a data set need
/// not belong together, so a folder that lacks one of the files is passed over.
///
/// The roots, in order: `folder` where it is not empty; the environment variable QNN_DATA_DIR where it is set; the
/// system's own folder for this data set. Under each root `<root>/<place.name>` is tried before `<root>` itself, and
/// each file without a suffix before `.gz` before `.xz`.
/// @throws FileError that lists every folder tried with the first file missing there, and how to get the data set
QNN_COLD inline std::vector<std::filesystem::path> find_data_files(const DataPlace& place,
                                                                   std::span<const std::string_view> names,
                                                                   const std::filesystem::path& folder = {}) {
  std::string tried;
  for (const std::filesystem::path& candidate : detail::candidate_folders(place, folder)) {
    std::vector<std::filesystem::path> files;
    for (const std::string_view name : names) {
      const std::filesystem::path file = detail::find_in(candidate, name);
      if (file.empty()) {
        tried += "\n  " + (candidate / name).string() + "[.gz|.xz]";
        break;
      }
      files.push_back(file);
    }
    if (files.size() == names.size()) {
      return files;
    }
  }
  if (tried.empty()) {
    tried = "\n  nowhere: no folder was given and QNN_DATA_DIR is not set";
  }
  throw FileError(place.name, "data set not found. Looked for:" + tried + "\n" + std::string(place.how_to_get));
}

}  // namespace qnn
