// SPDX-License-Identifier: MIT
/// @file
/// The style sheet of the report: follows the reader's light or dark theme.
#pragma once

namespace study {

inline constexpr const char* style_sheet = R"css(
:root { color-scheme: light dark; --text: #1d2430; --soft: #5b6472; --page: #f6f7f9; --card: #ffffff; --line: #e1e5ea;
  --accent: #2563eb; --hit: 59 130 246; --miss: 232 135 30; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #9aa4b2; --page: #12161c; --card: #1a2029;
  --line: #2c3440; --accent: #7aa7ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 6px; }
h2 { font-size: 23px; letter-spacing: -0.01em; margin: 44px 0 14px; padding-top: 18px;
  border-top: 2px solid var(--line); }
nav + h2 { margin-top: 26px; }
h3 { font-size: 16px; margin: 0 0 10px; }
p { margin: 0 0 10px; max-width: 78ch; }
a { color: var(--accent); text-decoration: none; }
.soft { color: var(--soft); font-size: 13.5px; max-width: 118ch; }
nav { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 14px 0 0; font-size: 14px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin: 0 0 18px; }
.card > :last-child { margin-bottom: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0 0 18px; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.figure b { display: block; font-size: 22px; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.figure span { color: var(--soft); font-size: 12.5px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 14px 22px; }
.pair > div { min-width: 0; }
.pair h4 { margin: 0 0 2px; font-size: 13.5px; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; font-size: 13px; }
.legend span::before { content: ""; display: inline-block; width: 22px; height: 3px; margin-right: 8px;
  vertical-align: middle; background: var(--colour); border-radius: 2px; }
ul.conclusions { margin: 0; padding-left: 20px; }
ul.conclusions li { margin: 0 0 7px; max-width: 90ch; }
.scroll { overflow-x: auto; margin: 0 0 12px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 600; font-size: 12.5px; text-align: left; vertical-align: bottom; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child td { border-bottom: 0; }
td:first-child { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
th.number { white-space: normal; }
svg { display: block; width: 100%; height: auto; overflow: visible; font-family: inherit; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--accent); font-size: 13.5px; }
table.confusion { font-size: 11.5px; table-layout: fixed; }
table.confusion th { font-size: 11px; font-weight: 500; padding: 2px 3px; border: 0; }
table.confusion thead th { text-align: center; }
table.words thead th { height: 84px; }
table.words thead span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
table.confusion th.truth { text-align: right; vertical-align: middle; width: 30px; white-space: nowrap; }
table.words th.truth { width: 84px; }
table.confusion td { text-align: center; padding: 5px 0; border: 1px solid var(--card); }
td.hit { background: rgb(var(--hit) / var(--share)); }
td.miss { background: rgb(var(--miss) / var(--share)); }
td.none { color: var(--soft); opacity: 0.55; }
code { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
@media (max-width: 520px) { .pair { grid-template-columns: 1fr; } }
)css";

}  // namespace study
