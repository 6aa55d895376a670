// SPDX-License-Identifier: MIT
#include "charts.hpp"

#include "chart_parts.hpp"
#include "text.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace study {

namespace {

/// A line for each of two columns of the history; what was not measured leaves a gap, or has no line.
Chart history_chart(const ModelResult& model, const std::string& name, double scale, double qnn::EpochRecord::*training,
                    double qnn::EpochRecord::*validation) {
  std::string script = chart_style() + "set datafile missing \"?\"\n$data << EOD\n";
  const auto number = [scale](double value) { return std::isnan(value) ? std::string("?") : exact(scale * value); };
  bool is_validated = false;
  for (const qnn::EpochRecord& record : model.history.epochs) {
    is_validated = is_validated || !std::isnan(record.*validation);
    script += std::to_string(record.epoch) + " " + number(record.*training) + " " + number(record.*validation) + "\n";
  }
  const auto last = static_cast<double>(model.history.epochs.size());
  script += "EOD\nset key above center horizontal reverse Left samplen 2\n";
  script += "set xlabel \"epoch\"\nset ylabel " + gnuplot_string(name) + "\nset xtics " +
            exact(std::max(1.0, std::ceil(last / 10))) + "\nset xrange [0.8:" + exact(last + 0.2) +
            "]\nset offsets 0, 0, graph 0.12, graph 0.08\n";
  script += "plot $data using 1:2 with linespoints pointtype 6 pointsize 0.6 linewidth 1.5" + colour(orange) +
            chart_title("training, while it learns");
  if (is_validated) {
    script += ", $data using 1:3 with linespoints pointtype 7 pointsize 0.6 linewidth 1.5" + colour(blue) +
              chart_title("validation");
  }
  return {.title = name, .script = script + "\n", .width = 480, .height = 300};
}

}  // namespace

Chart speed_chart(const ModelResult& model) {
  const PrecisionResult& reference = model.reference();
  const std::vector<const PrecisionResult*> rows = one_of_each_precision(model);
  RowAxis axis(rows.size());
  std::string alone, many;
  double most = 1;
  for (const PrecisionResult* result : rows) {
    const double y = axis.add(result->name);
    const double speed = reference.latency / result->latency, speed_many = result->throughput / reference.throughput;
    most = std::max({most, speed, speed_many});
    alone += line_of(y + 0.19, speed);
    many += line_of(y - 0.19, speed_many);
  }
  std::string script = chart_style() + across() + axis.script();
  script += "$alone << EOD\n" + alone + "EOD\n$many << EOD\n" + many + "EOD\n";
  script +=
      "set xrange [0:" + exact(1.18 * most) + "]\nset xlabel \"speed [times that of float32; longer is faster]\"\n";
  script += "set key outside right top reverse Left samplen 1.5 spacing 1.3\n";
  script += "set arrow 1 from 1, graph 0 to 1, graph 1 nohead linewidth 0.8 dashtype 2" + colour(grey) + "\n";
  script += "plot " + bars_of("$alone", blue, "1 image", "%.2f") + ", " + bars_of("$many", teal, "64 images", "%.2f");
  return {.title = "Speed", .script = script + "\n", .width = 940, .height = 120 + 40 * static_cast<int>(rows.size())};
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
  std::string script = chart_style(), tics, plots;
  std::size_t stages = 0;
  for (const PrecisionResult* result : one_of_each_precision(model)) {
    if (result->stages.empty()) {
      continue;
    }
    const std::string name = "$p" + std::to_string(plots.size());
    script += name + " << EOD\n";
    tics.clear();
    for (std::size_t i = 0; i < result->stages.size(); ++i) {
      script += lines_into(result->stages, i);
      tics += (tics.empty() ? "" : ", ") + gnuplot_string(result->stages[i].stage) + " " + std::to_string(i);
    }
    script += "EOD\n";
    stages = result->stages.size();
    plots += (plots.empty() ? "plot " : ", ") + name + " with linespoints linewidth 1.3 pointsize 0.9" +
             points_of(*result) + chart_title(result->name);
  }
  script += "set xtics (" + tics + ") rotate by -25\nset xrange [-0.3:" + exact(static_cast<double>(stages) - 0.7) +
            "]\nset offsets 0, 0, graph 0.06, graph 0.06\n";
  script += "set ylabel \"signal to quantization noise [dB]\"\n";
  script += "set key outside right top reverse Left samplen 2 spacing 1.3\n";
  return {.title = "Noise", .script = script + plots + "\n", .width = 940, .height = 380};
}

Chart generalization_chart(const ModelResult& model, const StudyResult& study) {
  RowAxis axis(model.precisions.size());
  std::string data;
  double lowest = 100, highest = 0;
  for (const PrecisionResult& result : model.precisions) {
    const double own = 100 * result.accuracy, other = 100 * result.other_accuracy;
    lowest = std::min({lowest, own, other});
    highest = std::max({highest, own, other});
    data += exact(axis.add(result.label())) + " " + exact(own) + " " + exact(other) + "\n";
  }
  std::string script = chart_style() + across() + "$data << EOD\n" + data + "EOD\n" + axis.script();
  script += "set xrange " + padded_range(lowest, highest, 0.15) + "\nset xlabel \"accuracy [%]\"\n";
  script += "set key outside right top reverse Left samplen 1 spacing 1.3\n";
  const std::string dots = " with points pointtype 7 pointsize 1.1";
  script += "plot $data using 3:1:($2-$3):(0) with vectors nohead linewidth 1.6" + colour(grey) +
            " notitle, $data using 2:1" + dots + colour(blue) + chart_title(study.options.dataset) +
            ", $data using 3:1" + dots + colour(orange) + chart_title(study.options.generalize) + "\n";
  return {.title = "Generalization",
          .script = script,
          .width = 940,
          .height = 110 + 28 * static_cast<int>(model.precisions.size())};
}

Chart histogram_chart(const TensorHistogram& tensor) {
  const Histogram& histogram = tensor.histogram;
  std::string script = chart_style() + "$data << EOD\n";
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
  std::string plots = "plot $data with boxes" + colour(grey);
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
