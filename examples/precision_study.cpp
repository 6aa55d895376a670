// SPDX-License-Identifier: MIT
// Trains networks in float32, quantizes them in several ways, and reports what each way costs and what it gains.
// What happens to one network is in study/study_network.hpp; this file is the frame around it.

#include "study/csv.hpp"
#include "study/data.hpp"
#include "study/environment.hpp"
#include "study/json.hpp"
#include "study/models.hpp"
#include "study/options.hpp"
#include "study/report.hpp"
#include "study/results.hpp"
#include "study/table.hpp"

#include "qnn/core/parallel.hpp"
#include "qnn/io/atomic_file.hpp"

#include <exception>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <vector>

namespace {

using namespace study;

/// Creates the folder and writes into it, so that a training of minutes does not end with nowhere to put its results.
void require_writable(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw qnn::FileError(folder, "cannot be created: " + failure.message() + "; name another folder with --output");
  }
  const std::filesystem::path probe = folder / ".precision-study-probe";
  qnn::write_file_atomically(probe, [](std::ostream& stream) { stream << '\n'; });
  std::filesystem::remove(probe);
}

void require_writable_places(const Options& options) {
  require_writable(options.output);
  require_writable(options.output / "models");
  if (!options.checkpoint_out.empty()) {
    require_writable(std::filesystem::absolute(options.checkpoint_out).parent_path());
  }
}

void require_checkpoints(const Options& options, const std::vector<Study>& studies) {
  for (const Study& study : studies) {
    const std::filesystem::path file = options.checkpoint_of(options.checkpoint_in, study.model.name);
    if (!file.empty() && !std::filesystem::is_regular_file(file)) {
      throw qnn::FileError(file, "does not exist; --checkpoint-in names a file that --checkpoint-out or a study wrote");
    }
  }
}

StudyResult run(const Options& options) {
  const StudyData data = load_data(options);
  const std::vector<Study> studies = studies_for(options, data.train.extents());
  require_checkpoints(options, studies);
  StudyResult study{.options = options,
                    .environment = this_environment(),
                    .threads = qnn::thread_count(options.threads),
                    .class_names = data.class_names,
                    .training_images = data.train.size(),
                    .test_images = data.test.size(),
                    .other_images = data.other ? data.other->size() : 0};
  for (const Study& chosen : studies) {
    study.models.push_back(chosen.run(chosen.model, options, data));
  }
  return study;
}

void print_tables(const StudyResult& study) {
  for (const ModelResult& model : study.models) {
    std::cout << "\n" << model.title << ", " << study.options.dataset << "\n\n";
    write_text(std::cout, quality_table(model, study));
    std::cout << '\n';
    write_text(std::cout, cost_table(model));
  }
}

void write_files(const StudyResult& study) {
  const std::filesystem::path& folder = study.options.output;
  qnn::write_file_atomically(folder / "results.csv", [&](std::ostream& stream) { write_csv(stream, study); });
  qnn::write_file_atomically(folder / "results.json", [&](std::ostream& stream) { write_json(stream, study); });
  for (const ModelResult& model : study.models) {
    qnn::write_file_atomically(folder / ("history-" + model.name + ".csv"),
                               [&](std::ostream& stream) { qnn::write_csv(stream, model.history); });
  }
  bool has_charts = false;
  qnn::write_file_atomically(folder / "report.html",
                             [&](std::ostream& stream) { has_charts = write_report(stream, study); });
  if (!has_charts) {
    std::cout
        << "\nThe report has no charts, since gnuplot was not found (Debian, Ubuntu: apt-get install gnuplot-nox).";
  }
  std::cout << "\nResults: " << (folder / "report.html").string() << ", with results.csv, results.json, "
            << "the history of training and the models beside it.\n";
}

}  // namespace

int main(int argc, char** argv) {
  const ParsedOptions parsed = parse_options(argc, argv);
  if (!parsed.options) {
    return parsed.exit_code;
  }
  try {
    require_writable_places(*parsed.options);
    const StudyResult study = run(*parsed.options);
    print_tables(study);
    write_files(study);
  } catch (const std::exception& error) {
    std::cerr << "precision_study: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
