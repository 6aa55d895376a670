// SPDX-License-Identifier: MIT
#include <qnn_everything.hpp>

const qnn::Version* address_in_second();

// An inline variable is one object in the whole program.
int main() { return &qnn::version == address_in_second() ? 0 : 1; }
