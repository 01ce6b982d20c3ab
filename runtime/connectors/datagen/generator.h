// One column of generated rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

class Generator {
 public:
  virtual ~Generator() = default;
  /// Appends the JSON value of row `row` (from 0).
  virtual void append(uint64_t row, std::string& out) const = 0;
};

/// Throws OptionError.
std::unique_ptr<Generator> make_generator(const Options& options, const engine::Column& column,
                                          uint64_t seed);

}  // namespace sqlmill::rt::connectors
