// What all connections of a server share besides the database: who is there, so that they can be cancelled,
// and how many statements may run at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/pgwire/interrupt.h"
#include "runtime/query/session_facts.h"

namespace sqlmill::rt::pgwire {

/// Sessions by the number that BackendKeyData tells. For any thread.
class Sessions {
 public:
  struct Key {
    int32_t process;
    int32_t secret;
  };

  Key add(std::shared_ptr<Interrupt> interrupt, std::string user, std::string database);
  /// What its client calls itself.
  void rename(int32_t process, const std::string& application);
  void remove(int32_t process);
  /// Nothing happens if the secret is another.
  void cancel(Key key);
  void interrupt_all(InterruptReason reason);
  size_t size() const;
  /// As pg_stat_activity has them.
  std::vector<query::SessionFacts::Other> list() const;

 private:
  struct Entry {
    int32_t secret;
    std::shared_ptr<Interrupt> interrupt;
    query::SessionFacts::Other facts;
  };
  mutable std::mutex mutex_;
  std::map<int32_t, Entry> entries_;
  int32_t last_process_ = 0;
};

/// Places for sessions that work. Who finds none is called when one is free, in the order of coming. For any
/// thread.
class Places {
 public:
  explicit Places(size_t count) : free_(count) {}

  /// True: there is one, and leave() gives it back. False: what `make_call` returns is called once there is
  /// one.
  template <class MakeCall>
  bool enter(MakeCall make_call) {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
      return true;
    }
    waiting_.push_back(make_call());
    return false;
  }
  void leave() {
    std::function<void()> next;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        ++free_;
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next();
  }

 private:
  std::mutex mutex_;
  size_t free_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace sqlmill::rt::pgwire
