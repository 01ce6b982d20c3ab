// Threads that serve sockets take turns: the one on duty waits for all of them, and does what is quick
// itself, because waking another thread costs more than that. Before it does what may take long, or waits for
// another thread, it gives its duty away. Whoever is about to do such a thing says so; on other threads, and
// where the duty was given away before, that does nothing.
#pragma once

namespace sqlmill::rt::base {

class Duty {
 public:
  Duty() : outer_(current_) { current_ = this; }
  virtual ~Duty() { current_ = outer_; }
  Duty(const Duty&) = delete;
  Duty& operator=(const Duty&) = delete;

  /// Of this thread; null: it has none.
  static Duty* current() { return current_; }
  /// Has another thread take over. May be called several times.
  virtual void give_away() = 0;

 private:
  Duty* const outer_;
  static inline thread_local Duty* current_ = nullptr;
};

inline void give_duty_away() {
  if (Duty* duty = Duty::current()) duty->give_away();
}

}  // namespace sqlmill::rt::base
