// SPDX-License-Identifier: MIT
/// @file
/// A table of text: aligned for the terminal, or as HTML. And the tables of the study.
#pragma once

#include "results.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace study {

struct Table {
  struct Column {
    std::string title;
    bool is_number = true;  ///< to the right
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// Columns padded to their widest cell, two blanks between them. Cells are UTF-8 without combined or wide characters.
void write_text(std::ostream& stream, const Table& table);
void write_html(std::ostream& stream, const Table& table);

/// One line for each precision and method: what it decides right.
Table quality_table(const ModelResult& model, const StudyResult& study);
/// One line for each precision: what it costs.
Table cost_table(const ModelResult& model);
/// Signal to noise and bias of each stage, one line a stage.
Table noise_table(const ModelResult& model);
/// What each stage costs that alone has few bits.
Table sensitivity_table(const ModelResult& model);
/// The layers of the network.
Table layer_table(const ModelResult& model);

}  // namespace study
