// SPDX-License-Identifier: MIT
/// @file
/// Files are replaced whole or not at all, whatever fails on the way.
#include "qnn/io/atomic_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>

#if __has_include(<sys/resource.h>)
#include <sys/resource.h>
#include <csignal>
#endif

namespace atomic_file_test {

namespace fs = std::filesystem;

namespace {

/// A folder of its own for each test, gone afterwards.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("qnn_atomic_file_test_" + std::to_string(std::random_device{}()));
  Folder() { fs::create_directory(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    fs::permissions(path, fs::perms::owner_all);
    fs::remove_all(path);
  }
  fs::path operator/(const char* name) const { return path / name; }
  std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator(path), fs::directory_iterator()); }
};

std::string contents(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void write_text(const fs::path& path, const std::string& text) {
  qnn::write_file_atomically(path, [&](std::ostream& stream) { stream << text; });
}

std::string failure_of(const fs::path& path) {
  try {
    write_text(path, "new");
  } catch (const qnn::FileError& error) {
    return error.what();
  }
  return "no error";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("atomic file: a new file, then the same name again") {
  const Folder folder;
  const fs::path file = folder / "report.csv";
  write_text(file, "first, and longer than what follows");
  CHECK(contents(file) == "first, and longer than what follows");
  write_text(file, "second");
  CHECK(contents(file) == "second");
  write_text(file, "");
  CHECK(contents(file).empty());
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: bytes arrive as they are") {
  const Folder folder;
  std::string all;
  for (int i = 0; i < 100'000; ++i) {
    all += static_cast<char>(i * 7);
  }
  qnn::write_file_atomically(folder / "x", [&](std::ostream& stream) {
    stream.put(all.front());
    stream.write(all.data() + 1, std::ssize(all) - 1).flush();
    stream << '\n' << 1234567 << ' ' << 0.5 << '\xff';
  });
  CHECK(contents(folder / "x") == all + "\n1234567 0.5\xff");
}

TEST_CASE("atomic file: readers see the old file until the new one is whole") {
  const Folder folder;
  write_text(folder / "x", "old");
  qnn::write_file_atomically(folder / "x", [&](std::ostream& stream) {
    stream << "new" << std::flush;
    CHECK(contents(folder / "x") == "old");
    CHECK(folder.entries() == 2);
  });
  CHECK(contents(folder / "x") == "new");
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: a writer that fails leaves the old file and nothing else") {
  const Folder folder;
  write_text(folder / "x", "old");
  SUBCASE("by an exception, which passes through") {
    CHECK_THROWS_WITH_AS(qnn::write_file_atomically(folder / "x",
                                                    [](std::ostream& stream) {
                                                      stream << "half" << std::flush;
                                                      throw std::domain_error("mine");
                                                    }),
                         "mine", std::domain_error);
  }
  SUBCASE("by the state of its stream") {
    CHECK_THROWS_AS(qnn::write_file_atomically(folder / "x",
                                               [](std::ostream& stream) {
                                                 stream << "half";
                                                 stream.setstate(std::ios::failbit);
                                               }),
                    qnn::FileError);
  }
  SUBCASE("by seeking, which a file written once does not offer") {
    CHECK_THROWS_AS(qnn::write_file_atomically(folder / "x", [](std::ostream& stream) { stream.seekp(0) << "half"; }),
                    qnn::FileError);
  }
  CHECK(contents(folder / "x") == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: a failing writer of a new file leaves no file") {
  const Folder folder;
  CHECK_THROWS_AS(qnn::write_file_atomically(folder / "x", [](std::ostream&) { throw std::domain_error("mine"); }),
                  std::domain_error);
  CHECK(folder.entries() == 0);
}

TEST_CASE("atomic file: a rename that fails is told, and the temporary file goes") {
  const Folder folder;
  CHECK_THROWS_AS(qnn::write_file_atomically(folder / "x",
                                             [&](std::ostream& stream) {
                                               stream << "new";
                                               fs::create_directories(folder / "x" / "taken");
                                             }),
                  qnn::FileError);
  CHECK(fs::is_directory(folder / "x" / "taken"));
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: what cannot be replaced is refused before anything is written") {
  const Folder folder;
  write_text(folder / "file", "old");
  fs::create_directory(folder / "folder");
  CHECK(has(failure_of(folder / "missing" / "x"), "cannot create a file in this folder"));
  CHECK(has(failure_of(folder / "missing" / "x"), "choose an existing folder"));
  CHECK(has(failure_of(folder / "file" / "x"), "cannot create a file in this folder"));
  CHECK(has(failure_of(folder / "folder"), "not a regular file"));
  CHECK(has(failure_of(folder / "folder/"), "names a folder"));
  CHECK(has(failure_of(""), "names a folder"));
  if (fs::exists("/dev/null")) {
    CHECK(has(failure_of("/dev/null"), "not a regular file"));  // a rename would have replaced the device
    CHECK(fs::is_character_file("/dev/null"));
  }
  fs::permissions(folder / "file", fs::perms::owner_read);
  CHECK(has(failure_of(folder / "file"), "write-protected"));
  CHECK(contents(folder / "file") == "old");
  CHECK(folder.entries() == 2);
}

TEST_CASE("atomic file: a folder without the right to write") {
  const Folder folder;
  write_text(folder / "x", "old");
  fs::permissions(folder.path, fs::perms::owner_read | fs::perms::owner_exec);
  if (std::ofstream(folder / "probe").is_open()) {
    MESSAGE("skipped: this user may write everywhere");
    return;
  }
  CHECK(has(failure_of(folder / "x"), "cannot create a file in this folder"));
  CHECK(contents(folder / "x") == "old");
}

TEST_CASE("atomic file: permissions of an old file are kept") {
  const Folder folder;
  write_text(folder / "x", "old");
  const fs::perms secret = fs::perms::owner_read | fs::perms::owner_write;
  fs::permissions(folder / "x", secret);
  write_text(folder / "x", "new");
  CHECK(contents(folder / "x") == "new");
  CHECK(fs::status(folder / "x").permissions() == secret);
}

TEST_CASE("atomic file: a symbolic link stays one") {
  const Folder folder;
  fs::create_directory(folder / "there");
  write_text(folder / "there" / "x", "old");
  fs::create_symlink(fs::path("there") / "x", folder / "link");
  write_text(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(contents(folder / "there" / "x") == "new");
  CHECK(folder.entries() == 2);
}

TEST_CASE("atomic file: a name as long as the file system allows, and one without a folder") {
  const Folder folder;
  const fs::path longest = folder.path / std::string(255, 'n');
  write_text(longest, "long");
  CHECK(contents(longest) == "long");
  const fs::path before = fs::current_path();
  fs::current_path(folder.path);
  write_text("here", "relative");
  fs::current_path(before);
  CHECK(contents(folder / "here") == "relative");
}

#if __has_include(<sys/resource.h>)
TEST_CASE("atomic file: a full disk leaves the old file and nothing else") {
  const Folder folder;
  write_text(folder / "x", "old");
  // A limit on the size of files fails as a full disk does: in the middle of a write.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit tight = before;
  tight.rlim_cur = 10'000;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &tight) == 0);
  std::string small_pieces, one_piece;
  try {
    qnn::write_file_atomically(folder / "x", [](std::ostream& stream) {
      for (int i = 0; i < 100'000; ++i) {
        stream << i << '\n';
      }
    });
  } catch (const qnn::FileError& error) {
    small_pieces = error.what();
  }
  try {
    write_text(folder / "x", std::string(11'000, 'x'));
  } catch (const qnn::FileError& error) {
    one_piece = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(has(small_pieces, "cannot be written: File too large"));
  CHECK(has(one_piece, "cannot be written: File too large"));
  CHECK(contents(folder / "x") == "old");
  CHECK(folder.entries() == 1);
}
#endif

}  // namespace atomic_file_test
