#include "runtime/pgwire/sessions.h"

#include <cstring>
#include <utility>

#include "runtime/pgwire/scram.h"
#include "runtime/sql/context.h"

namespace sqlmill::rt::pgwire {

Sessions::Key Sessions::add(std::shared_ptr<Interrupt> interrupt, std::string user, std::string database) {
  Key key{};
  std::memcpy(&key.secret, random_bytes(sizeof key.secret).data(), sizeof key.secret);
  const std::lock_guard lock(mutex_);
  do last_process_ = last_process_ == INT32_MAX ? 1 : last_process_ + 1;
  while (entries_.contains(last_process_));
  key.process = last_process_;
  entries_[key.process] = {
      key.secret,
      std::move(interrupt),
      {key.process, std::move(user), std::move(database), "", false, sql::current_micros()}};
  return key;
}

void Sessions::rename(int32_t process, const std::string& application) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(process);
  if (found != entries_.end()) found->second.facts.application = application;
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

std::vector<query::SessionFacts::Other> Sessions::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<query::SessionFacts::Other> all;
  for (const auto& [process, entry] : entries_) {
    all.push_back(entry.facts);
    all.back().is_active = entry.interrupt->is_running();
  }
  return all;
}

size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sqlmill::rt::pgwire
