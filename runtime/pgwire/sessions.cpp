#include "runtime/pgwire/sessions.h"

#include <cstring>
#include <utility>

#include "runtime/pgwire/scram.h"

namespace sqlmill::rt::pgwire {

Sessions::Key Sessions::add(std::shared_ptr<Interrupt> interrupt) {
  Key key{};
  std::memcpy(&key.secret, random_bytes(sizeof key.secret).data(), sizeof key.secret);
  const std::lock_guard lock(mutex_);
  do last_process_ = last_process_ == INT32_MAX ? 1 : last_process_ + 1;
  while (entries_.contains(last_process_));
  key.process = last_process_;
  entries_[key.process] = {key.secret, std::move(interrupt)};
  return key;
}

void Sessions::remove(int32_t process) {
  const std::lock_guard lock(mutex_);
  entries_.erase(process);
}

void Sessions::cancel(Key key) {
  std::shared_ptr<Interrupt> interrupt;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key.process);
    if (found == entries_.end() || found->second.secret != key.secret) return;
    interrupt = found->second.interrupt;
  }
  interrupt->interrupt(InterruptReason::kCancel);
}

void Sessions::interrupt_all(InterruptReason reason) {
  const std::lock_guard lock(mutex_);
  for (const auto& [process, entry] : entries_) entry.interrupt->interrupt(reason);
}

size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sqlmill::rt::pgwire
