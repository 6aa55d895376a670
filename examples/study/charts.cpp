// SPDX-License-Identifier: MIT
#include "charts.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace study {

namespace {

constexpr const char* teal = range_colours[0];
constexpr const char* blue = range_colours[1];
constexpr const char* orange = range_colours[2];

/// Readable on white and on black. One for each precision, in their order; point types are filled where weights have a
/// scale for each channel, and open where they have one for each tensor.
struct Look {
  const char* colour;
  int point;
};
constexpr std::array<Look, 6> looks{{{"#8b8f98", 13}, {teal, 9}, {blue, 7}, {blue, 6}, {orange, 5}, {orange, 4}}};

const Look& look_of(std::size_t precision) { return looks[precision % looks.size()]; }

/// Thin frame on two sides and a light grid.
std::string style() {
  return "set border 3 linewidth 0.8\nset tics nomirror scale 0.5\nset grid ytics linetype 1 linewidth 0.4 linecolor "
         "rgb \"#9aa0aa\" dashtype 3\nset style fill solid 0.55 noborder\n";
}

/// For charts whose values go from left to right.
std::string across() {
  return "unset grid\nset grid xtics linetype 1 linewidth 0.4 linecolor rgb \"#9aa0aa\" dashtype 3\n";
}

std::string colour(const char* name) { return " linecolor rgb \"" + std::string(name) + "\""; }

std::string title(const std::string& text) { return " title " + gnuplot_string(text); }

/// The range from `lowest` to `highest` with some room around, never empty.
std::string padded_range(double lowest, double highest, double part) {
  const double room = std::max(part * (highest - lowest), 1e-9 + 1e-3 * std::abs(highest));
  return "[" + exact(lowest - room) + ":" + exact(highest + room) + "]";
}

std::string line_of(double x, double y) { return exact(x) + " " + exact(y) + "\n"; }

double standard_error(double part, std::size_t count) {
  return std::sqrt(part * (1 - part) / static_cast<double>(count));
}

/// A line for each of two columns of the history; what was not measured leaves a gap.
Chart history_chart(const ModelResult& model, const std::string& name, double scale, double qnn::EpochRecord::*training,
                    double qnn::EpochRecord::*validation) {
  std::string script = style() + "set datafile missing \"?\"\n$data << EOD\n";
  const auto number = [scale](double value) { return std::isnan(value) ? std::string("?") : exact(scale * value); };
  for (const qnn::EpochRecord& record : model.history.epochs) {
    script += std::to_string(record.epoch) + " " + number(record.*training) + " " + number(record.*validation) + "\n";
  }
  const auto last = static_cast<double>(model.history.epochs.size());
  script += "EOD\nset key above center horizontal reverse Left samplen 2\n";
  script += "set xlabel \"epoch\"\nset ylabel " + gnuplot_string(name) + "\nset xtics " +
            exact(std::max(1.0, std::ceil(last / 10))) + "\nset xrange [0.8:" + exact(last + 0.2) +
            "]\nset offsets 0, 0, graph 0.12, graph 0.08\n";
  script += "plot $data using 1:2 with linespoints pointtype 6 pointsize 0.6 linewidth 1.5" + colour(orange) +
            title("training, while it learns") +
            ", $data using 1:3 with linespoints pointtype 7 pointsize 0.6 linewidth 1.5" + colour(blue) +
            title("validation") + "\n";
  return {.title = name, .script = script, .width = 480, .height = 300};
}

}  // namespace

Chart accuracy_chart(const ModelResult& model) {
  const PrecisionResult& reference = model.reference();
  const double error = 100 * standard_error(reference.accuracy, model.labels.size());
  const double centre = 100 * reference.accuracy;
  double lowest = centre - error, highest = centre + error, most = 0;
  std::string script = style();
  for (std::size_t i = 0; i < model.precisions.size(); ++i) {
    const PrecisionResult& result = model.precisions[i];
    const double kilobytes = 1e-3 * static_cast<double>(result.parameter_bytes);
    lowest = std::min(lowest, 100 * result.accuracy);
    highest = std::max(highest, 100 * result.accuracy);
    most = std::max(most, kilobytes);
    script += "$p" + std::to_string(i) + " << EOD\n" + line_of(kilobytes, 100 * result.accuracy) + "EOD\n";
  }
  script += "set xlabel \"parameters [kB]\"\nset ylabel \"accuracy on the test images [%]\"\nset format y \"%.2f\"\n";
  script += "set xrange [0:" + exact(1.08 * most) + "]\nset yrange " + padded_range(lowest, highest, 0.12) + "\n";
  script += "set key outside right top reverse Left samplen 1 spacing 1.3\n";
  script += "set object 1 rectangle from graph 0, first " + exact(centre - error) + " to graph 1, first " +
            exact(centre + error) + " behind fillcolor rgb \"#8b8f98\" fillstyle solid 0.16 noborder\n";
  script += "plot " + exact(centre) + " with lines linewidth 0.8 dashtype 2" + colour(looks[0].colour) + " notitle";
  for (std::size_t i = 0; i < model.precisions.size(); ++i) {
    script += ", $p" + std::to_string(i) + " with points pointsize 1.1 linewidth 1.6 pointtype " +
              std::to_string(look_of(i).point) + colour(look_of(i).colour) + title(model.precisions[i].name);
  }
  return {.title = "Accuracy against size", .script = script + "\n", .width = 940, .height = 320};
}

Chart speed_chart(const ModelResult& model) {
  const PrecisionResult& reference = model.reference();
  const auto count = static_cast<double>(model.precisions.size());
  std::string alone, many, tics;
  double most = 1;
  for (std::size_t i = 0; i < model.precisions.size(); ++i) {
    const PrecisionResult& result = model.precisions[i];
    const double y = count - 1 - static_cast<double>(i);
    const double speed = reference.latency / result.latency, speed_many = result.throughput / reference.throughput;
    most = std::max({most, speed, speed_many});
    alone += exact(y + 0.19) + " " + exact(speed) + "\n";
    many += exact(y - 0.19) + " " + exact(speed_many) + "\n";
    tics += (tics.empty() ? "" : ", ") + gnuplot_string(result.name) + " " + exact(y);
  }
  std::string script = style() + across();
  script += "$alone << EOD\n" + alone + "EOD\n$many << EOD\n" + many + "EOD\n";
  script += "set ytics (" + tics + ") scale 0\nset yrange [-0.6:" + exact(count - 0.4) + "]\n";
  script +=
      "set xrange [0:" + exact(1.18 * most) + "]\nset xlabel \"speed [times that of float32; longer is faster]\"\n";
  script += "set key outside right top reverse Left samplen 1.5 spacing 1.3\n";
  script +=
      "set arrow 1 from 1, graph 0 to 1, graph 1 nohead linewidth 0.8 dashtype 2" + colour(looks[0].colour) + "\n";
  const auto bars = [](const std::string& name, const char* bar_colour, const std::string& text) {
    return name + " using (0.5*$2):1:(0):2:($1-0.17):($1+0.17) with boxxyerror" + colour(bar_colour) + title(text) +
           ", " + name + " using 2:1:(sprintf(\"%.2f\", $2)) with labels left offset 0.6, 0 notitle";
  };
  script += "plot " + bars("$alone", blue, "1 image") + ", " + bars("$many", teal, "64 images");
  return {.title = "Speed", .script = script + "\n", .width = 940, .height = 360};
}

Chart loss_chart(const ModelResult& model) {
  return history_chart(model, "loss", 1, &qnn::EpochRecord::training_loss, &qnn::EpochRecord::validation_loss);
}

Chart learning_chart(const ModelResult& model) {
  return history_chart(model, "accuracy [%]", 100, &qnn::EpochRecord::training_accuracy,
                       &qnn::EpochRecord::validation_accuracy);
}

namespace {

/// The point of one stage, at the end of a line from each stage that it reads. Blank lines end lines.
std::string lines_into(const std::vector<StageNoise>& stages, std::size_t stage) {
  if (!std::isfinite(stages[stage].decibels)) {
    return {};
  }
  const std::string end = line_of(static_cast<double>(stage), stages[stage].decibels) + "\n";
  std::string lines = end;
  for (const std::size_t before : stages[stage].before) {
    if (std::isfinite(stages[before].decibels)) {
      lines += line_of(static_cast<double>(before), stages[before].decibels) + end;
    }
  }
  return lines;
}

}  // namespace

Chart noise_chart(const ModelResult& model) {
  std::string script = style(), tics, plots;
  std::size_t stages = 0;
  for (std::size_t p = 0; p < model.precisions.size(); ++p) {
    const PrecisionResult& result = model.precisions[p];
    if (result.stages.empty()) {
      continue;
    }
    const std::string name = "$p" + std::to_string(p);
    script += name + " << EOD\n";
    tics.clear();
    for (std::size_t i = 0; i < result.stages.size(); ++i) {
      script += lines_into(result.stages, i);
      tics += (tics.empty() ? "" : ", ") + gnuplot_string(result.stages[i].stage) + " " + std::to_string(i);
    }
    script += "EOD\n";
    stages = result.stages.size();
    plots += (plots.empty() ? "plot " : ", ") + name + " with linespoints linewidth 1.3 pointsize 0.9 pointtype " +
             std::to_string(look_of(p).point) + colour(look_of(p).colour) + title(result.name);
  }
  script += "set xtics (" + tics + ") rotate by -25\nset xrange [-0.3:" + exact(static_cast<double>(stages) - 0.7) +
            "]\nset offsets 0, 0, graph 0.06, graph 0.06\n";
  script += "set ylabel \"signal to quantization noise [dB]\"\n";
  script += "set key outside right top reverse Left samplen 2 spacing 1.3\n";
  return {.title = "Noise", .script = script + plots + "\n", .width = 940, .height = 380};
}

Chart generalization_chart(const ModelResult& model, const StudyResult& study) {
  const auto count = static_cast<double>(model.precisions.size());
  std::string data, tics;
  double lowest = 100, highest = 0;
  for (std::size_t i = 0; i < model.precisions.size(); ++i) {
    const PrecisionResult& result = model.precisions[i];
    const double y = count - 1 - static_cast<double>(i), own = 100 * result.accuracy,
                 other = 100 * result.other_accuracy;
    lowest = std::min({lowest, own, other});
    highest = std::max({highest, own, other});
    data += exact(y) + " " + exact(own) + " " + exact(other) + "\n";
    tics += (tics.empty() ? "" : ", ") + gnuplot_string(result.name) + " " + exact(y);
  }
  std::string script = style() + across() + "$data << EOD\n" + data + "EOD\n";
  script += "set ytics (" + tics + ") scale 0\nset yrange [-0.6:" + exact(count - 0.4) + "]\n";
  script += "set xrange " + padded_range(lowest, highest, 0.15) + "\nset xlabel \"accuracy [%]\"\n";
  script += "set key outside right top reverse Left samplen 1 spacing 1.3\n";
  const std::string dots = " with points pointtype 7 pointsize 1.1";
  script += "plot $data using 3:1:($2-$3):(0) with vectors nohead linewidth 1.6" + colour(looks[0].colour) +
            " notitle, $data using 2:1" + dots + colour(blue) + title(study.options.dataset) + ", $data using 3:1" +
            dots + colour(orange) + title(study.options.generalize) + "\n";
  return {.title = "Generalization", .script = script, .width = 940, .height = 280};
}

Chart histogram_chart(const TensorHistogram& tensor) {
  const Histogram& histogram = tensor.histogram;
  std::string script = style() + "$data << EOD\n";
  double smallest = 1, largest = 0;
  for (Index bin = 0; bin < histogram.bins(); ++bin) {
    if (const double share = 100 * histogram.share(bin); share > 0) {
      script += line_of(histogram.centre(bin), share);
      smallest = std::min(smallest, share);
      largest = std::max(largest, share);
    }
  }
  // Shares span many powers of ten, since zeros are common behind a ReLU. The ranges stand above the bars, with ends.
  const double floor = std::pow(10, std::floor(std::log10(smallest)));
  const double ceiling = std::pow(10, std::ceil(std::log10(std::max(largest, 10 * floor)) - 1e-9));
  const double decades = std::log10(ceiling / floor);
  script += "EOD\nset logscale y\nset format y \"%g\"\nset ylabel \"share of values [%]\"\nset xlabel \"value\"\n";
  script +=
      "set ytics " + exact(floor) + ", " + (decades > 3.5 ? "100, " : "10, ") + exact(ceiling) + "\nunset mytics\n";
  script += "set yrange [" + exact(floor) + ":" + exact(ceiling * std::pow(10, 0.34 * decades)) + "]\n";
  script += "set xrange [" + exact(histogram.centre(0) - histogram.width() / 2) + ":" +
            exact(histogram.centre(histogram.bins() - 1) + histogram.width() / 2) + "]\n";
  script += "set boxwidth " + exact(0.92 * histogram.width()) + "\nunset key\n";
  std::string plots = "plot $data with boxes" + colour("#8b8f98");
  for (std::size_t i = 0; i < tensor.ranges.size(); ++i) {
    const MarkedRange& range = tensor.ranges[i];
    const double height = ceiling * std::pow(10, decades * (0.27 - 0.09 * static_cast<double>(i)));
    const std::string name = "$r" + std::to_string(i);
    script += name + " << EOD\n" + line_of(range.lowest, height) + line_of(range.highest, height) + "EOD\n";
    for (const double end : {range.lowest, range.highest}) {
      script += "set arrow from " + exact(end) + ", graph 0 to " + exact(end) + ", " + exact(height) +
                " nohead linewidth 0.9 dashtype " + (i == 0 ? "1" : "2") +
                colour(range_colours[i % range_colours.size()]) + "\n";
    }
    plots += ", " + name + " with lines linewidth 2.2" + colour(range_colours[i % range_colours.size()]);
  }
  return {.title = tensor.tensor, .script = script + plots + "\n", .width = 480, .height = 250};
}

}  // namespace study
