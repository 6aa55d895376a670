// SPDX-License-Identifier: MIT
/// @file
/// Files that appear whole or not at all: written under another name in the same folder, flushed, then renamed.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"

#include <array>
#include <cerrno>
#include <concepts>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <locale>
#include <ostream>
#include <random>
#include <streambuf>
#include <string>
#include <system_error>
#include <utility>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace qnn {

namespace detail {

QNN_COLD inline std::string error_text(int code) { return std::generic_category().message(code); }

/// A file under a name that no other file has, removed again unless `replace` succeeds. A stream buffer that remembers
/// the system's first error, because std::ostream only tells that there was one.
class TemporaryFile final : public std::streambuf {
 public:
  /// Creates the file in the folder of `target`, with the permissions of `target` where that exists.
  QNN_COLD explicit TemporaryFile(const std::filesystem::path& target) : target_(target) {
    std::random_device entropy;
    do {
      std::array<char, 32> name{};
      std::snprintf(name.data(), name.size(), ".qnn-%08x.tmp", static_cast<unsigned>(entropy()));
      path_ = target_.parent_path() / name.data();
      file_ = std::fopen(path_.string().c_str(), "wbx");  // x: fails where the name is taken, so nobody's file is lost
    } while (file_ == nullptr && errno == EEXIST);
    if (file_ == nullptr) {
      throw FileError(target_, "cannot create a file in this folder: " + error_text(errno) +
                                   "; choose an existing folder that may be written to");
    }
    std::error_code ignored;  // a new target has no permissions to keep, and not every file system keeps any
    const auto status = std::filesystem::status(target_, ignored);
    if (std::filesystem::is_regular_file(status)) {
      std::filesystem::permissions(path_, status.permissions(), ignored);
    }
  }

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  ~TemporaryFile() override {
    close();
    if (!path_.empty()) {
      std::error_code ignored;  // a destructor has nobody to tell
      std::filesystem::remove(path_, ignored);
    }
  }

  /// Puts the file in the place of the target. The bytes reach the disk before the name does: after a crash the target
  /// is the old file or the new one, never an empty one. `complete` tells whether the writer's stream took everything.
  QNN_COLD void replace(bool complete) {
    note(std::fflush(file_) == 0);
#if __has_include(<unistd.h>)
    note(error_ != 0 || ::fsync(::fileno(file_)) == 0);
#endif
    close();
    if (error_ != 0) {
      throw FileError(target_, "cannot be written: " + error_text(error_));
    }
    if (!complete) {
      throw FileError(target_, "is not written: its contents could not be formatted (the stream failed, not the disk)");
    }
    std::error_code failure;
    std::filesystem::rename(path_, target_, failure);
    if (failure) {
      throw FileError(target_, "cannot be replaced: " + failure.message());
    }
    path_.clear();
  }

 protected:
  int_type overflow(int_type character) override {
    if (traits_type::eq_int_type(character, traits_type::eof())) {
      return traits_type::not_eof(character);
    }
    return note(std::fputc(character, file_) != EOF) ? character : traits_type::eof();
  }
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    const auto wanted = static_cast<std::size_t>(count);
    const std::size_t written = std::fwrite(text, 1, wanted, file_);
    note(written == wanted);
    return static_cast<std::streamsize>(written);
  }
  int sync() override { return note(std::fflush(file_) == 0) ? 0 : -1; }

 private:
  /// Keeps the reason of the first failure; returns `succeeded`.
  bool note(bool succeeded) {
    if (!succeeded && error_ == 0) {
      error_ = errno != 0 ? errno : EIO;
    }
    return succeeded;
  }
  void close() {
    if (file_ != nullptr) {
      note(std::fclose(std::exchange(file_, nullptr)) == 0);
    }
  }

  std::filesystem::path target_, path_;
  std::FILE* file_ = nullptr;
  int error_ = 0;
};

/// The file that a write to `path` replaces: `path`, or what it points to where it is a symbolic link.
/// @throws FileError for folders, devices and pipes, which a rename would destroy, and for write-protected files
QNN_COLD inline std::filesystem::path replaceable(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  if (!path.has_filename()) {
    throw FileError(path, "cannot be written: the path names a folder, not a file");
  }
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (!fs::exists(status)) {
    return path;  // a folder that is missing is reported when the file is created
  }
  if (!fs::is_regular_file(status)) {
    throw FileError(path, "cannot be written: it is a folder or a device, not a regular file");
  }
  constexpr fs::perms any_write = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
  if ((status.permissions() & any_write) == fs::perms::none) {
    throw FileError(path, "cannot be written: the file is write-protected");
  }
  const fs::path target = fs::canonical(path, failure);
  return failure ? path : target;
}

}  // namespace detail

/// Calls `write(std::ostream&)` and puts what it wrote in the place of `path`, whole or not at all.
///
/// Until the rename, which the operating system does in one step, whoever opens `path` sees the old file. Whatever
/// fails (the folder, the disk, `write` itself), the old file stays as it was, bit for bit, and no temporary file
/// remains. The permissions of an old file are kept. A symbolic link stays a link: the file that it points to is
/// replaced. The stream is binary, of the classic locale (numbers have a decimal point on every machine), and cannot
/// seek.
/// @throws FileError where the file cannot be created, written or replaced, or `write` left its stream in a failed
///         state; what `write` throws passes through
template <class Write>
  requires std::invocable<Write, std::ostream&>
void write_file_atomically(const std::filesystem::path& path, Write&& write) {
  detail::TemporaryFile temporary(detail::replaceable(path));
  std::ostream stream(&temporary);
  stream.imbue(std::locale::classic());
  std::invoke(std::forward<Write>(write), stream);
  temporary.replace(!stream.fail());
}

}  // namespace qnn
