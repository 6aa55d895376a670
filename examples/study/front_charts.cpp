// SPDX-License-Identifier: MIT
// What quantization gives and what it costs: Pareto fronts, and the sensitivity of stages.
#include "chart_parts.hpp"
#include "difference.hpp"
#include "pareto.hpp"

#include <vector>

namespace study {

namespace {

/// Accuracies far below float32's would press all others together. They are named below the chart.
constexpr double deepest_points = 10;

double accuracy_of(const ModelResult& model, const PrecisionResult& result) {
  return 100 * accuracy_over_seeds(model, result).mean;
}

bool is_drawn(const ModelResult& model, const PrecisionResult& result) {
  return accuracy_of(model, result) >= accuracy_of(model, model.reference()) - deepest_points;
}

/// The front as a line of numbered points, whose names follow in the key: beside the points they would lie on one
/// another.
struct FrontLine {
  std::string data, keys;
};
FrontLine front_line(const ModelResult& model, const CostAxis& axis) {
  std::string line, labels, keys;
  int number = 0;
  for (const PrecisionResult* result : pareto_front(model, axis.cost)) {
    if (!is_drawn(model, *result)) {
      continue;
    }
    const double x = axis.unit * axis.cost(*result), y = accuracy_of(model, *result);
    const std::string name = std::to_string(++number);
    line += line_of(x, y);
    labels +=
        "set label " + gnuplot_string(name) + " at " + exact(x) + ", " + exact(y) + " right offset -0.7, 0.5 front\n";
    keys += ", NaN with lines linecolor rgb \"#ff000000\"" + chart_title(name + "  " + result->label());
  }
  return {"$front << EOD\n" + line + "EOD\n" + labels, keys};
}

}  // namespace

Chart front_chart(const ModelResult& model, const CostAxis& axis) {
  const double centre = accuracy_of(model, model.reference());
  const double error = 100 * standard_error(model.reference().accuracy, static_cast<Index>(model.labels.size()));
  double lowest = centre - error, highest = centre + error;
  double least = axis.unit * axis.cost(model.reference()), most = least;
  std::string data, plots;
  for (const PrecisionResult* first : one_of_each_precision(model)) {
    const std::string block = "$p" + std::to_string(place_of(model, *first));
    std::string rows;
    for (const PrecisionResult& result : model.precisions) {
      if (result.name != first->name || !is_drawn(model, result)) {
        continue;
      }
      const Spread spread = accuracy_over_seeds(model, result);
      const double deviation = spread.seeds > 1 ? 100 * spread.deviation : 0, y = 100 * spread.mean;
      rows += exact(axis.unit * axis.cost(result)) + " " + exact(y) + " " + exact(deviation) + "\n";
      lowest = std::min(lowest, y - deviation);
      highest = std::max(highest, y + deviation);
    }
    least = std::min(least, axis.unit * axis.cost(*first));
    most = std::max(most, axis.unit * axis.cost(*first));
    if (!rows.empty()) {
      data += block + " << EOD\n" + rows + "EOD\n";
      plots += ", " + block + " with " + (model.repetitions.empty() ? "points" : "yerrorbars") +
               " pointsize 1 linewidth 1.5" + points_of(*first) + chart_title(first->name);
    }
  }
  const FrontLine front = front_line(model, axis);
  std::string script = chart_style() + data + front.data;
  script += "set xlabel " + gnuplot_string(axis.title) + "\nset ylabel \"accuracy on the test images [%]\"\n";
  const std::string digits = highest - lowest < 1 ? "2" : "1";  // neighbouring tics must not read the same
  script += "set format y \"%." + digits + "f\"\nset logscale x 2\nset format x \"%g\"\nset xrange [" +
            exact(least / 1.3) + ":" + exact(1.3 * most) + "]\nset yrange " + padded_range(lowest, highest, 0.14) +
            "\nset key outside right top reverse Left samplen 1 spacing 1.3\n";
  script += "set object 1 rectangle from graph 0, first " + exact(centre - error) + " to graph 1, first " +
            exact(centre + error) + " behind fillcolor rgb \"" + grey + "\" fillstyle solid 0.16 noborder\n";
  script += "plot " + exact(centre) + " with lines linewidth 0.8 dashtype 2" + colour(grey) +
            " notitle, $front with lines linewidth 1.4" + colour(grey) + chart_title("Pareto front") + front.keys +
            plots + "\n";
  return {.title = "Accuracy against " + axis.title, .script = script, .width = 940, .height = 400};
}

std::string below_front_chart(const ModelResult& model) {
  std::string text;
  for (const PrecisionResult& result : model.precisions) {
    if (!is_drawn(model, result)) {
      text += (text.empty() ? "" : "; ") + result.label() + " (" + fixed(accuracy_of(model, result), 1) + " %)";
    }
  }
  return text;
}

Chart sensitivity_chart(const ModelResult& model) {
  RowAxis stages(model.sensitivities.size());
  std::array<std::string, sensitivity_formats.size()> bars;
  double lowest = 0, highest = 0;
  for (const StageSensitivity& stage : model.sensitivities) {
    const double y = stages.add(stage.stage);
    for (std::size_t format = 0; format < bars.size(); ++format) {
      const double points = 100 * stage.change[format];
      bars[format] += line_of(y + (format == 0 ? 0.19 : -0.19), points);
      lowest = std::min(lowest, points);
      highest = std::max(highest, points);
    }
  }
  const double error = 100 * standard_error(model.reference().accuracy, model.sensitivity_images);
  lowest = std::min(lowest, -error);
  highest = std::max(highest, error);
  const double room = 0.12 * (highest - lowest);
  std::string script = chart_style() + across() + stages.script();
  script += "$int8 << EOD\n" + bars[0] + "EOD\n$int4 << EOD\n" + bars[1] + "EOD\n";
  script += "set xrange [" + exact(lowest - room) + ":" + exact(highest + room) +
            "]\nset xlabel \"change of the accuracy where only this stage has few bits [points]\"\n";
  script += "set key outside right top reverse Left samplen 1.5 spacing 1.3\n";
  script += "set object 1 rectangle from first " + exact(-error) + ", graph 0 to first " + exact(error) +
            ", graph 1 behind fillcolor rgb \"" + grey + "\" fillstyle solid 0.16 noborder\n";
  script += "plot " + bars_of("$int8", blue, "int8", "%+.2f") + ", " + bars_of("$int4", orange, "int4", "%+.2f") + "\n";
  return {.title = "Sensitivity",
          .script = script,
          .width = 940,
          .height = 110 + 40 * static_cast<int>(model.sensitivities.size())};
}

}  // namespace study
