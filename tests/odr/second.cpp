// SPDX-License-Identifier: MIT
#include <qnn_everything.hpp>

const qnn::Version* address_in_second();
const qnn::Version* address_in_second() { return &qnn::version; }
