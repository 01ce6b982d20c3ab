// How long a run's epochs took, by the clock and of the processor, for the summary. The times are those of
// the thread that runs the epochs, from handing it the records to when all views, printed changes and sinks
// have them. What is read around an epoch costs as much as the clock: see kProcessorRecords.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sqlmill::rt::main {

/// Counts of nanoseconds, exact to one part in 32.
class TimeHistogram {
 public:
  void add(uint64_t nanoseconds);
  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  /// That at most `share` of all are below; 0 if there are none.
  uint64_t quantile(double share) const;

 private:
  static constexpr unsigned kBits = 5;
  static constexpr size_t kBuckets = size_t{65 - kBits} << kBits;

  static size_t bucket_of(uint64_t value);
  static uint64_t middle_of(size_t bucket);

  std::array<uint64_t, kBuckets> counts_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

class EpochTimes {
 public:
  /// The processor's time is a system call away, of half a microsecond and more: it is read only for epochs
  /// of at least as many records. The clock is read for all, in 20 to 50 ns.
  static constexpr size_t kProcessorRecords = 64;

  void begin(size_t records);
  void end();

  /// A line for each clock that was read, none without an epoch.
  std::string text() const;

 private:
  TimeHistogram clock_;
  TimeHistogram processor_;
  uint64_t clock_began_ = 0;
  uint64_t processor_began_ = 0;
  bool reads_processor_ = false;
};

}  // namespace sqlmill::rt::main
