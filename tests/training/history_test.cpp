// SPDX-License-Identifier: MIT
#include "qnn/training/history.hpp"

#include <doctest/doctest.h>

#include <locale>
#include <sstream>

namespace history_test {
namespace {

constexpr std::string_view header =
    "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy,learning_rate,seconds\n";

struct Comma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

std::string csv(const qnn::History& history) {
  std::ostringstream stream;
  stream.imbue(std::locale(std::locale::classic(), new Comma));
  qnn::write_csv(stream, history);
  return stream.str();
}

}  // namespace

TEST_CASE("History: nothing trained, nothing kept") {
  CHECK(qnn::History{}.best_epoch == 0);
  CHECK(csv({}) == header);
}

TEST_CASE("write_csv: one line for each epoch, in any locale, empty where nothing was measured") {
  const qnn::History history{.epochs = {{.epoch = 1,
                                         .training_loss = 2.25,
                                         .training_accuracy = 0.1,
                                         .validation_loss = 1e-300,
                                         .validation_accuracy = 1,
                                         .learning_rate = 1e-3,
                                         .seconds = 1234.5},
                                        {.epoch = 12345, .training_loss = 0.5}},
                             .best_epoch = 1};
  CHECK(csv(history) == std::string(header) + "1,2.25,0.1,1e-300,1,0.001,1234.5\n" + "12345,0.5,,,,,\n");
}

TEST_CASE("write_csv: numbers read back exactly") {
  const double third = 1.0 / 3, small = -2.2250738585072014e-308;
  const std::string text = csv({.epochs = {{.epoch = 1, .training_loss = third, .training_accuracy = small}}});
  std::istringstream stream(text.substr(header.size() + 2));
  std::string cell;
  std::getline(stream, cell, ',');
  CHECK(std::stod(cell) == third);
  std::getline(stream, cell, ',');
  CHECK(std::stod(cell) == small);
}

}  // namespace history_test
