// SPDX-License-Identifier: MIT
/// @file
/// Networks and trainings in files: save, load, checkpoints, and the safetensors format beneath. Needs nlohmann_json.
#pragma once

#include "qnn/io/checkpoint.hpp"
#include "qnn/io/load.hpp"
#include "qnn/io/read_safetensors.hpp"
#include "qnn/io/safetensors.hpp"
#include "qnn/io/save.hpp"
