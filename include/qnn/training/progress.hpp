// SPDX-License-Identifier: MIT
/// @file
/// A line on the terminal that tells how training gets on, rewritten in place; one line remains of each epoch.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/training/history.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <string>
#include <utility>

#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

namespace qnn {

/// When progress is shown: where standard error is a terminal, never, or wherever it goes.
enum class Progress { automatic, silent, always };

namespace detail {

inline bool stderr_is_terminal() {
#if defined(_WIN32)
  return _isatty(2) != 0;
#else
  return ::isatty(2) != 0;
#endif
}

/// Seconds of a clock that never goes back.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// `value` with `digits` decimals whatever the locale; from 10^7 on, where that would be wide, "1.2e+07".
QNN_COLD inline std::string format_fixed(double value, int digits) {
  std::array<char, 32> text;
  const bool wide = !(std::fabs(value) < 1e7);
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value,
                                  wide ? std::chars_format::scientific : std::chars_format::fixed, wide ? 1 : digits)
                        .ptr;
  return {text.data(), static_cast<std::size_t>(end - text.data())};
}

/// "0:42", "12:07", "3:05:00".
QNN_COLD inline std::string format_duration(double seconds) {
  const auto total = static_cast<long long>(std::clamp(seconds, 0.0, 359999.0) + 0.5);
  const long long hours = total / 3600, minutes = total / 60 % 60;
  std::string text;
  const auto append = [&text](long long number) {
    if (!text.empty()) {
      text += number < 10 ? ":0" : ":";
    }
    text += std::to_string(number);
  };
  if (hours > 0) {
    append(hours);
  }
  append(minutes);
  append(total % 60);
  return text;
}

/// "  loss 0.3123  accuracy 88.4 %", each name after `prefix`. Without the accuracy where there is none, but never
/// without the loss: that it became NaN is news.
QNN_COLD inline std::string format_measures(const std::string& prefix, double loss, double accuracy) {
  std::string text = "  " + prefix + "loss " + format_fixed(loss, 4);
  if (!std::isnan(accuracy)) {
    text += "  " + prefix + "accuracy " + format_fixed(100 * accuracy, 1) + " %";
  }
  return text;
}

}  // namespace detail

/// Draws, while an epoch runs and at most ten times a second,
///
///     epoch 3/20  45 %  loss 0.3123  accuracy 88.4 %  12345 images/s  0:42 left
///
/// (examples per second and the rest of the epoch), and replaces it when the epoch is done by
///
///     epoch 3/20  loss 0.2913  accuracy 89.0 %  validation loss 0.3011  validation accuracy 88.7 %  76.3 s
///
/// It is cut to fit a terminal of 80 columns: a line that wraps cannot be rewritten.
/// Not to be called from several threads at once.
class ProgressLine {
 public:
  /// Seconds since a fixed moment, never decreasing.
  using Clock = std::function<double()>;

  /// `automatic` writes to std::cerr alone, and there only to a terminal: of other streams that cannot be known.
  QNN_COLD explicit ProgressLine(int epochs, Progress progress = Progress::automatic, std::ostream& stream = std::cerr,
                                 Clock clock = detail::steady_seconds)
      : epochs_(epochs),
        enabled_(progress == Progress::always ||
                 (progress == Progress::automatic && &stream == &std::cerr && detail::stderr_is_terminal())),
        stream_(stream),
        clock_(std::move(clock)) {}

  /// Leaves a line drawn by halves behind, so that the message of an exception does not overwrite it.
  ~ProgressLine() {
    if (drawn_ > 0) {
      try {
        stream_ << std::endl;
      } catch (...) {  // a stream set to throw; there is nobody left to tell
      }
    }
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Whether anything is written at all.
  bool enabled() const { return enabled_; }

  /// Starts the clock of `epoch`, counted from 1, which has `examples` examples. Draws nothing.
  void begin(int epoch, Index examples) {
    epoch_ = epoch;
    examples_ = examples;
    epoch_start_ = clock_();
  }

  /// After `done` examples of the epoch, with the mean loss and the fraction of right answers among them.
  void update(Index done, double loss, double accuracy) {
    if (!enabled_) {
      return;
    }
    const double now = clock_();
    if (now - last_draw_ >= 0.1) {
      last_draw_ = now;
      draw(running_line(done, now - epoch_start_, loss, accuracy));
    }
  }

  /// Puts the line that remains of an epoch in place of the running one.
  QNN_COLD void finish(const EpochRecord& record) {
    if (!enabled_) {
      return;
    }
    std::string line =
        title(record.epoch) + detail::format_measures("", record.training_loss, record.training_accuracy);
    if (!std::isnan(record.validation_loss)) {
      line += detail::format_measures("validation ", record.validation_loss, record.validation_accuracy);
    }
    if (!std::isnan(record.seconds)) {
      line += "  " + detail::format_fixed(record.seconds, 1) + " s";
    }
    draw(line);
    stream_ << std::endl;
    drawn_ = 0;
  }

 private:
  QNN_COLD std::string title(int epoch) const {
    return "epoch " + std::to_string(epoch) + "/" + std::to_string(epochs_);
  }

  QNN_COLD std::string running_line(Index done, double elapsed, double loss, double accuracy) const {
    const double fraction =
        examples_ > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(examples_), 0.0, 1.0) : 1.0;
    std::string line = title(epoch_) + "  " + std::to_string(static_cast<int>(100 * fraction)) + " %" +
                       detail::format_measures("", loss, accuracy);
    if (done > 0 && elapsed > 0) {
      line += "  " + detail::format_fixed(static_cast<double>(done) / elapsed, 0) + " images/s  " +
              detail::format_duration(elapsed * (1 - fraction) / fraction) + " left";
    }
    return line.substr(0, 79);
  }

  /// Writes `line` over the previous one; blanks cover what that was longer.
  QNN_COLD void draw(const std::string& line) {
    stream_ << '\r' << line << std::string(drawn_ > line.size() ? drawn_ - line.size() : 0, ' ') << std::flush;
    drawn_ = line.size();
  }

  int epochs_;
  bool enabled_;
  std::ostream& stream_;
  Clock clock_;
  int epoch_ = 0;
  Index examples_ = 0;
  double epoch_start_ = 0;
  double last_draw_ = -std::numeric_limits<double>::infinity();
  std::size_t drawn_ = 0;  ///< characters of the line that may still be rewritten
};

}  // namespace qnn
