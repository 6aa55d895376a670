// SPDX-License-Identifier: MIT
#include "report.hpp"

#include "charts.hpp"
#include "conclusions.hpp"
#include "confusion.hpp"
#include "gnuplot.hpp"
#include "spread.hpp"
#include "style.hpp"
#include "table.hpp"
#include "text.hpp"
#include "training_words.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace study {

namespace {

/// The page, part by part.
class Page {
 public:
  Page(const StudyResult& study, Gnuplot& gnuplot) : study_(study), gnuplot_(gnuplot) {}

  std::string text() {
    write_head();
    write_links();
    for (const ModelResult& model : study_.models) {
      write_model(model);
    }
    write_method();
    return out_.str();
  }

 private:
  void write_head() {
    const Options& options = study_.options;
    out_ << "<h1>Precision study: " << html(options.dataset) << "</h1>\n<p class=\"soft\">"
         << html(counted(study_.training_images, "training image")) << ", "
         << html(counted(study_.test_images, "test image")) << " &middot; " << html(study_.environment.date)
         << " &middot; qnn " << html(study_.environment.library) << "</p>\n";
    if (options.quick) {
      out_ << "<p><b>A quick run on a small part of the images: it shows that everything works, not what the networks "
              "can do.</b></p>\n";
    }
    if (!gnuplot_.available()) {
      out_ << "<p><b>There are no charts: the program gnuplot was not found. Install it (Debian, Ubuntu: apt-get "
              "install "
              "gnuplot-nox) and run the study again.</b></p>\n";
    }
  }

  void write_links() {
    out_ << "<nav>";
    for (const ModelResult& model : study_.models) {
      out_ << "<a href=\"#" << html(model.name) << "\">" << html(model.title) << "</a>";
    }
    out_ << "<a href=\"#method\">How it was measured</a></nav>\n";
  }

  void write_model(const ModelResult& model) {
    out_ << "<h2 id=\"" << html(model.name) << "\">" << html(model.title) << "</h2>\n";
    write_figures(model);
    write_conclusions(model);
    write_quality(model);
    write_fronts(model);
    write_cost(model);
    write_training(model);
    write_noise(model);
    write_sensitivities(model);
    write_histograms("Weights", model.weights,
                     "Weights of each linear layer as they are quantized, with the BatchNorm behind it taken in; the "
                     "range that one scale for the whole layer gives them, and the "
                     "range of the output channel with the smallest weights: with a scale of its own it has steps as "
                     "much finer as its range is narrower.");
    write_histograms("Activations", model.activations,
                     "Values at the end of each stage for the calibration images (float32), the range that calibration "
                     "found, and the reals that 8-bit codes reach. Behind a ReLU nothing is negative: symmetric codes "
                     "spend half of themselves on values that never come.");
    write_confusions(model);
    write_layers(model);
  }

  void figure(const std::string& value, const std::string& caption) {
    out_ << "<div class=\"figure\"><b>" << html(value) << "</b><span>" << html(caption) << "</span></div>\n";
  }

  void write_figures(const ModelResult& model) {
    const PrecisionResult& reference = model.reference();
    const PrecisionResult& best = detail::cheapest_within(model, 0.2);
    out_ << "<div class=\"figures\">\n";
    figure(in_percent(accuracy_over_seeds(model, reference)) + " %", "accuracy in float32");
    figure(in_percent(accuracy_over_seeds(model, best)) + " %", best.label() + ", the cheapest within 0.2 points");
    figure(fixed(static_cast<double>(reference.parameter_bytes) / static_cast<double>(best.parameter_bytes), 2) + "×",
           "smaller than float32");
    figure(fixed(reference.latency / best.latency, 2) + "×", "the speed of float32, one image at a time");
    out_ << "</div>\n";
  }

  void write_conclusions(const ModelResult& model) {
    open("What to conclude");
    out_ << "<ul class=\"conclusions\">\n";
    for (const Conclusion& conclusion : conclusions(model, study_)) {
      out_ << "<li><b>" << html(conclusion.topic) << ".</b> " << html(conclusion.text) << "</li>\n";
    }
    out_ << "</ul>\n";
    close();
  }

  void write_quality(const ModelResult& model) {
    open("What it decides");
    write_html(out_, quality_table(model, study_));
    out_ << "<p class=\"soft\">Change: percentage points against float32. Agreement: images for which both name the "
            "same "
            "class. Gained and lost: images that only this precision, or only float32, has right."
         << (model.repetitions.empty() ? ""
                                       : " With &plusmn;: mean and standard deviation over the seeds, changes against "
                                         "float32 of the same seed; the columns behind them are of the first seed.")
         << "</p>\n";
    for (const std::string& way : model.left_out) {
      out_ << "<p class=\"soft\">Left out: " << html(way)
           << ", which is for int8 per channel and for fewer bits.</p>\n";
    }
    if (study_.other_images > 0) {
      out_ << "<h3>On images of another origin: " << html(study_.options.generalize) << "</h3>\n";
      draw(generalization_chart(model, study_));
    }
    close();
  }

  void write_cost(const ModelResult& model) {
    open("What it costs");
    write_html(out_, cost_table(model));
    out_
        << "<p class=\"soft\">Parameters: weights, biases, scales and multipliers; kernels for this CPU's instructions "
           "keep a copy of integer "
           "weights besides. Arena: activations of one "
           "image while the network runs, a constant that the compiler knows. Times: one thread, median of many calls, "
           "best of several rounds in which the precisions take turns.</p>\n";
    draw(speed_chart(model));
    close();
  }

  /// The best that can be had for a price.
  void write_fronts(const ModelResult& model) {
    open("What accuracy costs");
    draw(front_chart(model, {"parameters [kB]", 1e-3, bytes_of}));
    draw(front_chart(model, {"latency of one image [µs]", 1e6, latency_of}));
    const std::string below = below_front_chart(model);
    if (!below.empty()) {
      out_ << "<p class=\"soft\">Too far below to be drawn: " << html(below) << ".</p>\n";
    }
    out_
        << "<p class=\"soft\">Joined: the ways to quantize that no other way beats, in size or in time. Grey band: one "
           "standard error of float32's accuracy"
        << (model.repetitions.empty() ? "" : "; bars: standard deviation over the seeds")
        << ". Of one precision all methods have the same size, and its time is taken once.</p>\n";
    close();
  }

  void write_sensitivities(const ModelResult& model) {
    open("Which stages are sensitive");
    draw(sensitivity_chart(model));
    out_ << "<p class=\"soft\">Accuracy of a simulated network in which one stage alone has few bits, weights and "
            "activations, and all others have 16, on "
         << html(counted(model.sensitivity_images, "test image"))
         << ". Grey band: one standard error of the accuracy on them.</p>\n<details><summary>Table, with signal to "
            "noise "
            "of the network's outputs</summary>\n";
    write_html(out_, sensitivity_table(model));
    out_ << "</details>\n";
    close();
  }

  void write_training(const ModelResult& model) {
    open("Training in float32");
    if (model.history.epochs.empty()) {
      out_ << "<p>The weights were loaded, not trained here.</p>\n";
    } else {
      out_ << "<p class=\"soft\">" << html(training_in_words(model)) << "</p>\n";
      draw_all({loss_chart(model), learning_chart(model)});
    }
    close();
  }

  void write_noise(const ModelResult& model) {
    open("Where quantization noise enters");
    draw(noise_chart(model));
    out_ << "<p class=\"soft\">10 log<sub>10</sub> of the ratio of signal to squared error of each stage against "
            "float32, with the noise that came down from the stages that it reads. 6 dB are one bit.</p>\n"
         << "<details><summary>Table, with the mean signed error of each stage (bias, in the units of its output)"
            "</summary>\n";
    write_html(out_, noise_table(model));
    out_ << "</details>\n";
    close();
  }

  void write_histograms(const std::string& title, const std::vector<TensorHistogram>& tensors,
                        const std::string& text) {
    if (!gnuplot_.available()) {
      return;
    }
    open(title);
    out_ << "<p class=\"soft\">" << html(text) << "</p>\n<p class=\"legend\">";
    for (std::size_t i = 0; !tensors.empty() && i < tensors.front().ranges.size(); ++i) {
      out_ << "<span style=\"--colour:" << range_colours[i % range_colours.size()] << "\">"
           << html(tensors.front().ranges[i].name) << "</span>";
    }
    out_ << "</p>\n";
    std::vector<Chart> charts;
    std::ranges::transform(tensors, std::back_inserter(charts), histogram_chart);
    draw_all(charts);
    close();
  }

  void write_confusions(const ModelResult& model) {
    const PrecisionResult* worst = nullptr;
    for (const PrecisionResult& result : model.precisions) {
      if (result.is_int8() && (worst == nullptr || result.accuracy < worst->accuracy)) {
        worst = &result;
      }
    }
    open("Confusion: rows are true, columns predicted");
    out_ << "<div class=\"pair\">\n";
    for (const PrecisionResult* result : {&model.reference(), worst}) {
      if (result != nullptr) {
        out_ << "<div><h4>" << html(result->label()) << (result == worst ? ", the worst in 8 bits" : "") << "</h4>\n";
        write_confusion(out_, result->confusion, study_.class_names);
        out_ << "</div>\n";
      }
    }
    out_ << "</div>\n";
    close();
  }

  void write_layers(const ModelResult& model) {
    open("The network");
    write_html(out_, layer_table(model));
    out_ << "<p class=\"soft\">Fingerprint <code>" << html(model.fingerprint) << "</code></p>\n";
    close();
  }

  void write_method() {
    const Environment& environment = study_.environment;
    out_ << "<h2 id=\"method\">How it was measured</h2>\n";
    open("Environment");
    Table table{.columns = {{"what", false}, {"value", false}}, .rows = {}};
    table.rows = {
        {"command", study_.options.command_line},
        {study_.options.repeat > 1 ? "seeds" : "seed", seeds_in_words()},
        {"calibration", counted(study_.options.calibration, "training image")},
        {"threads", std::to_string(study_.threads) + " for training and evaluation, 1 for times"},
        {"processor", environment.processor + " (" + counted(environment.processors, "hardware thread") + ")"},
        {"compiler", environment.compiler + ", " + environment.build},
        {"instruction set", environment.instruction_set},
        {"libraries", "qnn " + environment.library + ", Eigen " + environment.eigen}};
    for (const Method& method : all_methods) {
      if (study_.options.wants_method(method.name)) {
        table.rows.push_back({"method " + std::string(method.name), std::string(method.meaning)});
      }
    }
    write_html(out_, table);
    close();
  }

  std::string seeds_in_words() const {
    const auto first = study_.options.seed, last = first + static_cast<std::uint64_t>(study_.options.repeat) - 1;
    return std::to_string(first) + (last > first ? " to " + std::to_string(last) : "");
  }

  void open(const std::string& title) { out_ << "<section class=\"card\">\n<h3>" << html(title) << "</h3>\n"; }
  void close() { out_ << "</section>\n"; }

  void draw(const Chart& chart) {
    if (gnuplot_.available()) {
      out_ << gnuplot_.draw(chart);
    }
  }

  /// Small charts, two in a row, each under its title.
  void draw_all(const std::vector<Chart>& charts) {
    if (!gnuplot_.available()) {
      return;
    }
    out_ << "<div class=\"pair\">\n";
    for (const Chart& chart : charts) {
      out_ << "<div><h4>" << html(chart.title) << "</h4>\n" << gnuplot_.draw(chart) << "</div>\n";
    }
    out_ << "</div>\n";
  }

  const StudyResult& study_;
  Gnuplot& gnuplot_;
  std::ostringstream out_;
};

}  // namespace

bool write_report(std::ostream& stream, const StudyResult& study) {
  Gnuplot gnuplot;
  const std::string body = Page(study, gnuplot).text();
  stream << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Precision study: "
         << html(study.options.dataset) << "</title>\n<style>" << style_sheet << "</style>\n</head>\n<body>\n"
         << "<svg style=\"position:absolute;width:0;height:0\" aria-hidden=\"true\">" << gnuplot.symbols() << "</svg>\n"
         << "<main>\n"
         << body << "</main>\n</body>\n</html>\n";
  return gnuplot.available();
}

}  // namespace study
