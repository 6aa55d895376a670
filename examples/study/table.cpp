// SPDX-License-Identifier: MIT
#include "table.hpp"

#include "difference.hpp"
#include "spread.hpp"
#include "text.hpp"

#include <algorithm>

namespace study {

namespace {

/// Characters of UTF-8: all bytes but those that go on with a character.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool to_the_right) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return to_the_right ? blanks + text : text + blanks;
}

void write_cell(std::ostream& stream, const char* tag, const Table::Column& column, const std::string& text) {
  stream << '<' << tag << (column.is_number ? " class=\"number\">" : ">") << html(text) << "</" << tag << '>';
}

/// Whether a layer reads anything but what stands in the line above it.
bool has_branches(const ModelResult& model) {
  return std::ranges::any_of(model.layers, [](const LayerLine& line) {
    return line.layer > 0 && line.sources != std::vector<Index>{line.layer - 1};
  });
}

/// "3, 7"
std::string listed(const std::vector<Index>& numbers) {
  std::string text;
  for (const Index number : numbers) {
    text += (text.empty() ? "" : ", ") + std::to_string(number);
  }
  return text;
}

std::string times(double ratio) { return fixed(ratio, 2) + "×"; }

}  // namespace

void write_text(std::ostream& stream, const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    widths.push_back(width_of(table.columns[i].title));
    for (const auto& row : table.rows) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  const auto write_line = [&](auto cell_of) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      line += (i > 0 ? "  " : "") + padded(cell_of(i), widths[i], table.columns[i].is_number);
    }
    stream << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  };
  write_line([&](std::size_t i) { return table.columns[i].title; });
  write_line([&](std::size_t i) { return std::string(widths[i], '-'); });
  for (const auto& row : table.rows) {
    write_line([&](std::size_t i) { return row[i]; });
  }
}

void write_html(std::ostream& stream, const Table& table) {
  stream << "<div class=\"scroll\"><table>\n<thead><tr>";
  for (const Table::Column& column : table.columns) {
    write_cell(stream, "th", column, column.title);
  }
  stream << "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    stream << "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      write_cell(stream, "td", table.columns[i], row[i]);
    }
    stream << "</tr>\n";
  }
  stream << "</tbody></table></div>\n";
}

namespace {

/// Whether any result comes from another method than the usual one.
bool has_methods(const ModelResult& model) {
  return std::ranges::any_of(model.precisions,
                             [](const PrecisionResult& result) { return result.label() != result.name; });
}

}  // namespace

Table quality_table(const ModelResult& model, const StudyResult& study) {
  const PrecisionResult& reference = model.reference();
  Table table{.columns = {{"precision", false}}, .rows = {}};
  const bool methods = has_methods(model), repeated = !model.repetitions.empty(), has_other = study.other_images > 0;
  const auto add_column = [&](bool shown, const std::string& title, bool is_number, auto cell_of) {
    if (!shown) {
      return;
    }
    table.columns.push_back({title, is_number});
    for (std::size_t i = 0; i < model.precisions.size(); ++i) {
      table.rows[i].push_back(cell_of(model.precisions[i]));
    }
  };
  for (const PrecisionResult& result : model.precisions) {
    table.rows.push_back({result.name});
  }
  const auto if_compared = [&](auto text_of) {
    return [&reference, &model, text_of](const PrecisionResult& result) {
      return &result == &reference ? std::string() : text_of(compare(result, reference, model.labels));
    };
  };
  const std::string seeds = std::to_string(model.repetitions.size() + 1) + " seeds";
  add_column(methods, "method", false, [](const PrecisionResult& result) { return result.method; });
  add_column(repeated, seeds + " %", true,
             [&](const PrecisionResult& result) { return in_percent(accuracy_over_seeds(model, result)); });
  add_column(repeated, "change", true, [&](const PrecisionResult& result) {
    return &result == &reference ? std::string() : in_points(difference_over_seeds(model, result, reference));
  });
  add_column(true, repeated ? "first seed %" : "accuracy %", true,
             [](const PrecisionResult& result) { return percent(result.accuracy); });
  add_column(true, "change", true,
             if_compared([](const Pairing& pairing) { return with_sign(difference_of(pairing).points, 2); }));
  add_column(true, "top-2 %", true, [](const PrecisionResult& result) { return percent(result.top2); });
  add_column(true, "loss", true, [](const PrecisionResult& result) { return fixed(result.loss, 4); });
  add_column(true, "agreement %", true, if_compared([](const Pairing& pairing) {
               return percent(static_cast<double>(pairing.same_class) / static_cast<double>(pairing.images));
             }));
  add_column(true, "gained", true, if_compared([](const Pairing& pairing) { return grouped(pairing.gained); }));
  add_column(true, "lost", true, if_compared([](const Pairing& pairing) { return grouped(pairing.lost); }));
  add_column(has_other, study.options.generalize + " %", true,
             [](const PrecisionResult& result) { return percent(result.other_accuracy); });
  return table;
}

Table cost_table(const ModelResult& model) {
  Table table{.columns = {{"precision", false},
                          {"parameters [B]"},
                          {"file [B]"},
                          {"smaller"},
                          {"arena [B]"},
                          {"1 image [µs]"},
                          {"speed"},
                          {"64 images [1/s]"},
                          {"speed at 64"}},
              .rows = {}};
  const PrecisionResult& reference = model.reference();
  for (const PrecisionResult* of_precision : one_of_each_precision(model)) {
    const PrecisionResult& result = *of_precision;
    table.rows.push_back(
        {result.name, grouped(result.parameter_bytes), grouped(result.file_bytes),
         times(static_cast<double>(reference.parameter_bytes) / static_cast<double>(result.parameter_bytes)),
         grouped(result.arena_bytes), fixed(1e6 * result.latency, 1), times(reference.latency / result.latency),
         grouped(static_cast<Index>(result.throughput)), times(result.throughput / reference.throughput)});
  }
  return table;
}

Table noise_table(const ModelResult& model) {
  Table table{.columns = {{"stage", false}}, .rows = {}};
  for (const PrecisionResult* of_precision : one_of_each_precision(model)) {
    const PrecisionResult& result = *of_precision;
    if (result.stages.empty()) {
      continue;
    }
    table.columns.push_back({result.name + " [dB]"});
    table.columns.push_back({"bias"});
    table.rows.resize(result.stages.size());
    for (std::size_t i = 0; i < result.stages.size(); ++i) {
      if (table.rows[i].empty()) {
        table.rows[i].push_back(result.stages[i].stage);
      }
      table.rows[i].push_back(fixed(result.stages[i].decibels, 1));
      table.rows[i].push_back(with_sign(result.stages[i].bias, 5));
    }
  }
  return table;
}

Table sensitivity_table(const ModelResult& model) {
  Table table{.columns = {{"stage alone in few bits", false}}, .rows = {}};
  for (const StageSensitivity& stage : model.sensitivities) {
    table.rows.push_back({stage.stage});
  }
  for (std::size_t format = 0; format < sensitivity_formats.size(); ++format) {
    const std::string name(sensitivity_formats[format]);
    table.columns.push_back({name + " [points]"});
    table.columns.push_back({name + " [dB]"});
    for (std::size_t i = 0; i < model.sensitivities.size(); ++i) {
      table.rows[i].push_back(with_sign(100 * model.sensitivities[i].change[format], 2));
      table.rows[i].push_back(fixed(model.sensitivities[i].decibels[format], 1));
    }
  }
  return table;
}

Table layer_table(const ModelResult& model) {
  Table table{
      .columns =
          {{"layer"}, {"name", false}, {"options", false}, {"output", false}, {"parameters"}, {"multiplications"}},
      .rows = {}};
  const bool branches = has_branches(model);
  if (branches) {
    table.columns.insert(table.columns.begin() + 2, {"reads", false});
  }
  Index parameters = 0, multiplications = 0;
  for (const LayerLine& line : model.layers) {
    parameters += line.parameters;
    multiplications += line.multiplications;
    table.rows.push_back({std::to_string(line.layer), line.name, line.details, line.output,
                          line.parameters == 0 ? "" : grouped(line.parameters),
                          line.multiplications == 0 ? "" : grouped(line.multiplications)});
    if (branches) {
      table.rows.back().insert(table.rows.back().begin() + 2, listed(line.sources));
    }
  }
  table.rows.push_back({"", "in all", "", "", grouped(parameters), grouped(multiplications)});
  if (branches) {
    table.rows.back().insert(table.rows.back().begin() + 2, "");
  }
  return table;
}

}  // namespace study
