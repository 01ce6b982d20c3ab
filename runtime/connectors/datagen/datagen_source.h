// Made-up rows as JSON, at a given rate. A row depends on the seed and its number only, so every run of a
// seed gives the same rows however they are cut into batches; without `datagen.seed` the seed is 0. Numbers,
// text, booleans, dates and times.
//
// `fields.<column>.kind = 'random'` makes numbers from `min` to `max`, text of `length` letters and digits,
// and times up to `max_past` before `basetime`.
//
// `fields.<column>.kind = 'sequence'` makes the numbers from `start` to `end`, then NULL.
#pragma once

#include <memory>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

std::unique_ptr<engine::Source> open_datagen_source(const ResolvedInput& input);

}  // namespace sqlmill::rt::connectors
