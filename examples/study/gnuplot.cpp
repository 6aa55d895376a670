// SPDX-License-Identifier: MIT
#include "gnuplot.hpp"

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace study {

namespace {

std::filesystem::path new_folder() {
  std::random_device entropy;
  std::filesystem::path folder;
  do {
    folder = std::filesystem::temp_directory_path() / ("qnn-study-" + std::to_string(entropy()));
  } while (!std::filesystem::create_directory(folder));
  return folder;
}

/// One argument of a command of the shell.
std::string shell_argument(const std::filesystem::path& path) {
#if defined(_WIN32)
  return "\"" + path.string() + "\"";
#else
  std::string quoted = "'";
  for (const char c : path.string()) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
#endif
}

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// Takes the part from `first` to the end of `last` out of the text.
std::string cut(std::string& text, const std::string& first, const std::string& last) {
  const std::size_t begin = text.find(first);
  const std::size_t end = begin == std::string::npos ? begin : text.find(last, begin);
  if (end == std::string::npos) {
    return {};
  }
  std::string part = text.substr(begin, end + last.size() - begin);
  text.erase(begin, part.size());
  return part;
}

}  // namespace

std::string gnuplot_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' || c == '\\' ? std::string("\\") + c : c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return quoted + "\"";
}

Gnuplot::Gnuplot() : folder_(new_folder()) {
  try {
    draw({.title = "test", .script = "plot 0\n"});
    available_ = true;
  } catch (const std::runtime_error&) {  // no gnuplot, or one without SVG
  }
}

Gnuplot::~Gnuplot() {
  std::error_code ignored;  // what is left lies among other temporary files
  std::filesystem::remove_all(folder_, ignored);
}

std::string Gnuplot::draw(const Chart& chart) {
  const std::filesystem::path script = folder_ / "chart.gp", picture = folder_ / "chart.svg", log = folder_ / "log";
  std::filesystem::remove(picture);
  std::ofstream(script, std::ios::binary)
      << "set encoding utf8\nset terminal svg size " << chart.width << "," << chart.height
      << " dynamic noenhanced font \"inherit,12\" linewidth 1.2\nset output " << gnuplot_string(picture.string())
      << '\n'
      << chart.script << "unset output\n";
  const std::string command = "gnuplot " + shell_argument(script) + " > " + shell_argument(log) + " 2>&1";
  if (std::system(command.c_str()) != 0 || !std::filesystem::exists(picture)) {
    throw std::runtime_error("gnuplot cannot draw \"" + chart.title + "\": " + contents(log));
  }

  std::string svg = contents(picture);
  svg.erase(0, svg.find("<svg"));
  symbols_ = cut(svg, "<defs>", "</defs>");
  cut(svg, "<title>", "</title>");
  cut(svg, "<desc>", "</desc>");
  const std::pair<const char*, const char*> replacements[] = {
      {" font-family=\"inherit\"", ""},
      {" color=\"black\"", ""},
      {"stroke='black'", "stroke='currentColor'"},
      {"fill=\"black\"", "fill=\"currentColor\""},
      {"stroke=\"black\"", "stroke=\"currentColor\""},
      {" id=\"gnuplot_canvas\"", ""},
      {" id=\"gnuplot_plot_", " data-plot=\""},
      {" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""}};
  for (const auto& [from, to] : replacements) {
    replace_all(svg, from, to);
  }
  return svg;
}

}  // namespace study
