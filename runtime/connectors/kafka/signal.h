// What librdkafka's threads wake the pipeline's with: a descriptor that is readable from raise() to clear().
#pragma once

#include <atomic>

namespace sqlmill::rt::connectors {

class Signal {
 public:
  Signal();
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  int descriptor() const { return descriptor_; }
  /// From any thread, after what it is about has been put where clear()'s caller looks.
  void raise();
  /// Called before looking: what is put there later raises the signal again.
  void clear();

 private:
  int descriptor_;
  std::atomic<bool> raised_ = false;  // Spares system calls under load.
};

}  // namespace sqlmill::rt::connectors
