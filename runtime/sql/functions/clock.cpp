#include "runtime/sql/functions/clock.h"

#include <random>

namespace sqlmill::rt::sql {

namespace {

/// Nothing that has to be kept from an attacker comes from it but uuids, which are as good as the seed.
std::mt19937_64& generator() {
  thread_local std::mt19937_64 kGenerator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return kGenerator;
}

}  // namespace

Timestamptz now(Context& context) {
  return {context.statement_micros()};
}

Date current_date(Context& context) {
  const int64_t micros = context.statement_micros();
  const int64_t days = micros / kMicrosPerDay - (micros % kMicrosPerDay < 0);
  return {static_cast<int32_t>(days)};
}

Timestamp localtimestamp(Context& context) {
  return {context.statement_micros()};
}

Time localtime(Context& context) {
  const int64_t rest = context.statement_micros() % kMicrosPerDay;
  return {rest < 0 ? rest + kMicrosPerDay : rest};
}

Timestamptz clock_timestamp() {
  return {current_micros()};
}

double random() {
  return static_cast<double>(generator()() >> 11) * 0x1p-53;
}

Uuid gen_random_uuid() {
  constexpr uint64_t kVersion = uint64_t{4} << 12;
  constexpr uint64_t kVariant = uint64_t{2} << 62;
  return {(generator()() & ~uint64_t{0xf000}) | kVersion, (generator()() >> 2) | kVariant};
}

}  // namespace sqlmill::rt::sql
