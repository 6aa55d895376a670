// SPDX-License-Identifier: MIT
#include "qnn/training/progress.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace progress_test {
namespace {

/// A progress line on a string, with a clock that the test sets.
struct Fixture {
  double now = 1000;
  std::ostringstream stream;
  qnn::ProgressLine line;

  explicit Fixture(int epochs = 20, qnn::Progress progress = qnn::Progress::always)
      : line(epochs, progress, stream, [this] { return now; }) {}

  /// What was written since the last call.
  std::string take() {
    std::string text = stream.str();
    stream.str("");
    return text;
  }
};

}  // namespace

TEST_CASE("ProgressLine: shows epoch, measures, speed and what is left") {
  Fixture test;
  test.line.begin(3, 100'000);
  CHECK(test.take() == "");
  test.now += 4;
  test.line.update(45'000, 0.31234, 0.8841);
  CHECK(test.take() == "\repoch 3/20  45 %  loss 0.3123  accuracy 88.4 %  11250 images/s  0:05 left");
}

TEST_CASE("ProgressLine: the permanent line replaces the running one altogether") {
  Fixture test;
  test.line.begin(3, 100);
  test.now += 1;
  test.line.update(50, 0.5, 0.75);
  const std::size_t running = test.take().size() - 1;
  test.line.finish({.epoch = 3, .training_loss = 0.25, .training_accuracy = 0.5});
  const std::string shortest = "epoch 3/20  loss 0.2500  accuracy 50.0 %";
  CHECK(test.take() == "\r" + shortest + std::string(running - shortest.size(), ' ') + "\n");
  test.line.finish({.epoch = 4,
                    .training_loss = 0.25,
                    .training_accuracy = 0.5,
                    .validation_loss = 0.125,
                    .validation_accuracy = 1,
                    .seconds = 76.34});
  CHECK(test.take() ==
        "\repoch 4/20  loss 0.2500  accuracy 50.0 %  validation loss 0.1250  validation accuracy 100.0 %  76.3 s\n");
}

TEST_CASE("ProgressLine: draws at most ten times a second, over epochs too") {
  Fixture test;
  std::ptrdiff_t drawn = 0;
  for (int epoch = 1; epoch <= 20; ++epoch) {
    test.line.begin(epoch, 50);
    for (int done = 1; done <= 50; ++done) {
      test.now += 0.001;
      test.line.update(done, 1, 0.5);
    }
  }
  const std::string text = test.take();
  drawn = std::count(text.begin(), text.end(), '\r');
  CHECK(drawn >= 9);  // one second
  CHECK(drawn <= 11);
}

TEST_CASE("ProgressLine: never wraps on 80 columns") {
  const std::vector<double> losses{0, 1, 123456.789, 1e300, -3.5, qnn::not_measured};
  const std::vector<double> speeds{0.01, 1, 5e4, 1e12};
  for (const int epochs : {1, 20, 1000}) {
    for (const double loss : losses) {
      for (const double seconds : speeds) {
        for (const qnn::Index done : {1, 500, 1000}) {
          Fixture test(epochs);
          test.line.begin(epochs, 1000);
          test.now += seconds;
          test.line.update(done, loss, 1);
          const std::string text = test.take();
          CAPTURE(text);
          CHECK(text.size() - 1 <= 79);
        }
      }
    }
  }
}

TEST_CASE("ProgressLine: leaves out what is not known, but shows a loss that is NaN") {
  Fixture test;
  test.line.begin(1, 10);
  test.line.update(0, 2, qnn::not_measured);
  CHECK(test.take() == "\repoch 1/20  0 %  loss 2.0000");
  test.now += 1;
  test.line.update(10, qnn::not_measured, qnn::not_measured);
  CHECK(test.take() == "\repoch 1/20  100 %  loss nan  10 images/s  0:00 left");
}

TEST_CASE("ProgressLine: a line drawn by halves is left behind when training is broken off") {
  std::ostringstream stream;
  try {
    qnn::ProgressLine line(5, qnn::Progress::always, stream);
    line.begin(1, 10);
    line.update(5, 1, 0.5);
    throw std::runtime_error("broken off");
  } catch (const std::runtime_error&) {
  }
  CHECK(stream.str().back() == '\n');
  std::ostringstream unused;
  { const qnn::ProgressLine line(5, qnn::Progress::always, unused); }
  CHECK(unused.str() == "");
}

TEST_CASE("ProgressLine: is silent when told so, and by itself where it is no terminal") {
  for (const qnn::Progress progress : {qnn::Progress::silent, qnn::Progress::automatic}) {
    Fixture test(20, progress);
    CHECK_FALSE(test.line.enabled());
    test.line.begin(1, 10);
    test.line.update(5, 1, 0.5);
    test.line.finish({.epoch = 1});
    CHECK(test.take() == "");
  }
}

TEST_CASE("format_duration and format_fixed: boundaries") {
  CHECK(qnn::detail::format_duration(0) == "0:00");
  CHECK(qnn::detail::format_duration(59.4) == "0:59");
  CHECK(qnn::detail::format_duration(59.6) == "1:00");
  CHECK(qnn::detail::format_duration(3599) == "59:59");
  CHECK(qnn::detail::format_duration(3600) == "1:00:00");
  CHECK(qnn::detail::format_duration(11100) == "3:05:00");
  CHECK(qnn::detail::format_duration(1e300) == "99:59:59");
  CHECK(qnn::detail::format_fixed(0.99999, 4) == "1.0000");
  CHECK(qnn::detail::format_fixed(-0.5, 1) == "-0.5");
  CHECK(qnn::detail::format_fixed(1.23e7, 4) == "1.2e+07");
}

}  // namespace progress_test
