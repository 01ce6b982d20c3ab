#include "runtime/connectors/kafka/transactional_sink.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

#include "runtime/base/kill_point.h"
#include "runtime/connectors/kafka/refused_message.h"
#include "runtime/engine/fault.h"

namespace sqlmill::rt::connectors {

namespace {

using base::KillPoint;
using std::chrono::milliseconds;

constexpr milliseconds kPoll(100);
constexpr milliseconds kRetryPause(1'000);
/// How long a process that has taken the sink over may need to say so.
constexpr milliseconds kClaimPause(3'000);
constexpr int kLooks = 2;
constexpr size_t kTransactionMessages = 50'000;

}  // namespace

TransactionalSink::TransactionalSink(
    const ResolvedSink& sink, const std::function<std::unique_ptr<Transactions>(const ResolvedSink&)>& open,
    bool has_thread)
    : sink_(sink), has_thread_(has_thread), room_(sink_.options), transactions_(open(sink_)) {}

TransactionalSink::~TransactionalSink() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  if (!waiting_.empty()) {
    spdlog::warn("{}: stopped with {} messages that are not committed; the state directory has them",
                 sink_.options.relation, waiting_.size());
  }
}

void TransactionalSink::write(std::span<const engine::SinkMessage> messages) {
  const std::lock_guard lock(mutex_);
  if (!room_.take(messages)) return;
  waiting_.insert(waiting_.end(), messages.begin(), messages.end());
}

void TransactionalSink::tend() {
  const std::lock_guard lock(mutex_);
  room_.tell();
  report_given_up();
  if (!failure_.empty()) throw engine::Fault(failure_);
}

bool TransactionalSink::has_room() const {
  const std::lock_guard lock(mutex_);
  // What is not released yet waits for a checkpoint, not for the broker.
  return !room_.blocks() || released_ == dropped_;
}

engine::Backlog TransactionalSink::backlog() const {
  const std::lock_guard lock(mutex_);
  return room_.backlog();
}

uint64_t TransactionalSink::safe_messages() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void TransactionalSink::visit_unsafe(
    uint64_t from, const std::function<void(uint64_t, const engine::SinkMessage&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (uint64_t i = std::max(from, dropped_); i < dropped_ + waiting_.size(); ++i)
    visit(i, waiting_[i - dropped_]);
}

void TransactionalSink::release(uint64_t messages, uint64_t checkpoint) {
  const std::lock_guard lock(mutex_);
  released_ = std::max(released_, messages);
  checkpoint_ = checkpoint;
  if (!std::exchange(is_released_, true)) {
    left_ = messages;
    if (has_thread_) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  changed_.notify_all();
}

bool TransactionalSink::flush() {
  std::unique_lock lock(mutex_);
  while (!waiting_.empty()) {
    if (sink_.stop.stop_requested() || !failure_.empty()) break;
    changed_.wait_for(lock, kPoll);
  }
  report_given_up();
  if (!failure_.empty()) throw engine::Fault(failure_);
  return waiting_.empty();
}

// ---- The thread's ----

void TransactionalSink::run(const std::stop_token& stop) {
  while (!stop.stop_requested() && failure_.empty()) {
    const std::optional<milliseconds> pause = step(stop);
    std::unique_lock lock(mutex_);
    if (!pause) {
      changed_.wait(lock, stop, [this] { return released_ > dropped_; });
    } else if (*pause != kAtOnce) {
      changed_.wait_for(lock, stop, *pause, [] { return false; });
    }
  }
  leave();
}

std::optional<milliseconds> TransactionalSink::step(const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_released_ || !failure_.empty()) return std::nullopt;
  }
  if (!is_ready_ && !begin(stop)) return is_fenced_ ? kClaimPause : kRetryPause;
  if (!take_batch()) return std::nullopt;
  return write_batch(stop) ? kAtOnce : kRetryPause;
}

/// The producer is of no use any more. What it had begun ends with the next one.
void TransactionalSink::leave() {
  is_ready_ = false;
  transactions_->close();
}

bool TransactionalSink::accept(Reply reply) {
  if (reply == Reply::kDone) return true;
  is_fenced_ = reply == Reply::kFenced;
  leave();
  return false;
}

/// A new producer: whoever wrote for this sink before no longer can, and what is committed is known.
bool TransactionalSink::begin(const std::stop_token& stop) {
  if (is_fenced_ && is_taken_over(stop)) return false;
  transactions_->open();
  // An older copy of the directory must not stop who goes on from the newer one.
  if (!has_begun_) {
    const std::optional<Progress> progress = transactions_->read_progress("", stop);
    if (!progress || !is_known(*progress)) return false;
  }
  const std::optional<Progress> progress = claim(stop);
  if (!progress) return false;
  is_ready_ = adopt(*progress);
  has_begun_ |= is_ready_;
  return is_ready_;
}

std::optional<Progress> TransactionalSink::claim(const std::stop_token& stop) {
  if (!accept(transactions_->fence(stop))) return {};
  writer_ = fmt::format("{:08x}{:08x}", std::random_device()(), std::random_device()());
  known_writers_.insert(writer_);
  if (!accept(transactions_->begin(stop))) return {};
  if (!transactions_->claim(writer_)) {
    leave();
    return {};
  }
  if (!accept(transactions_->commit(stop))) return {};
  base::pass(KillPoint::transaction_claimed);
  std::optional<Progress> progress = transactions_->read_progress(writer_, stop);
  if (!progress) leave();
  return progress;
}

/// Fenced by another process, which has a copy of the state directory: this one has to end. The broker also
/// says so when a transaction took too long; then the newest claim is one of this process. Before its first
/// one is committed, a claim may be of a run before, and late: whoever writes finds out by that of this
/// process. True, too, as long as it is not clear.
bool TransactionalSink::is_taken_over(const std::stop_token& stop) {
  const std::optional<Progress> progress = transactions_->read_progress("", stop);
  if (progress && has_begun_ && !known_writers_.contains(progress->writer)) {
    fail(
        fmt::format("{}: another process writes topic {} with the same state: a copy of the state directory "
                    "is in use",
                    sink_.options.relation, sink_.options.text("topic")));
    return true;
  }
  if (++looks_ <= kLooks) return true;
  looks_ = 0;
  is_fenced_ = false;
  return false;
}

/// False: the sink has written what this directory has never held.
bool TransactionalSink::is_known(const Progress& progress) {
  std::unique_lock lock(mutex_);
  // What this run has added to an old copy has the numbers of what others have written since.
  const uint64_t end = sink_.first_message + (has_begun_ ? released_ : left_);
  if (!progress.next || *progress.next <= end) return true;
  lock.unlock();
  fail(fmt::format(
      "{}: topic {} has {} messages that the state directory knows nothing of: it is an older copy. "
      "`state restore` makes one that can be used, whose messages may be there twice",
      sink_.options.relation, sink_.options.text("topic"), *progress.next - end));
  return false;
}

bool TransactionalSink::adopt(const Progress& progress) {
  if (!is_known(progress)) return false;
  const std::lock_guard lock(mutex_);
  const uint64_t dropped = sink_.first_message + dropped_;
  if (!progress.next && dropped != 0) {
    spdlog::warn(
        "{}: the topic {} knows nothing of this sink: what was written since the last checkpoint may be "
        "written twice",
        sink_.options.relation, sink_.options.text("progress.topic", "sqlmill-progress"));
  }
  if (progress.next && *progress.next > dropped) {
    spdlog::info("{}: {} messages had been committed", sink_.options.relation, *progress.next - dropped);
    drop_until(*progress.next - sink_.first_message);
  }
  return true;
}

/// Under the lock.
void TransactionalSink::drop_until(uint64_t number) {
  for (; dropped_ < number; ++dropped_) {
    room_.give_back(waiting_.front());
    waiting_.pop_front();
  }
  changed_.notify_all();
}

void TransactionalSink::fail(std::string why) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(why);
  changed_.notify_all();
}

/// False: there is nothing to write.
bool TransactionalSink::take_batch() {
  const std::lock_guard lock(mutex_);
  if (released_ <= dropped_) return false;
  batch_.clear();
  const uint64_t end = std::min(released_, dropped_ + kTransactionMessages);
  // They stay where they are: others are only added behind them.
  for (uint64_t i = dropped_; i < end; ++i)
    batch_.push_back(given_up_.contains(i) ? nullptr : &waiting_[i - dropped_]);
  batch_checkpoint_ = checkpoint_;
  return true;
}

/// Up to the commit.
bool TransactionalSink::send_batch(const std::stop_token& stop) {
  const uint64_t next = sink_.first_message + dropped_ + batch_.size();  // Only this thread changes it.
  Reply reply = transactions_->begin(stop);
  if (reply == Reply::kDone) {
    base::pass(KillPoint::transaction_begun);
    reply = transactions_->send(batch_, next, batch_checkpoint_, stop);
    base::pass(KillPoint::transaction_produced);
  }
  if (reply == Reply::kDone) return true;
  // Where aborting does not work, the next producer's beginning does it.
  if (reply == Reply::kAbort) reply = transactions_->abort(stop);
  accept(reply);
  return false;
}

bool TransactionalSink::write_batch(const std::stop_token& stop) {
  // Whatever a commit that failed says of itself, the next producer finds out what has become of it.
  if (!send_batch(stop) || !accept(transactions_->commit(stop))) {
    give_up_refused();
    return false;
  }
  base::pass(KillPoint::transaction_committed);
  const std::lock_guard lock(mutex_);
  drop_until(dropped_ + batch_.size());
  return true;
}

/// Messages that the broker will never take are left out from now on.
void TransactionalSink::give_up_refused() {
  const std::lock_guard lock(mutex_);
  for (RefusedMessage& refused : transactions_->refused()) {
    given_up_.insert(dropped_ + refused.index);
    errors_.push_back(std::move(refused.error));
  }
  given_up_.erase(given_up_.begin(), given_up_.lower_bound(dropped_));
}

/// Under the lock, on the pipeline's thread.
void TransactionalSink::report_given_up() {
  for (delta::ErrorRecord& error : errors_) report_refused(sink_, std::move(error));
  errors_.clear();
}

std::unique_ptr<engine::Sink> open_transactional_sink(const ResolvedSink& sink) {
  if (sink.identity.empty()) {
    throw OptionError(
        fmt::format("{}: delivery = 'exactly_once' needs a state directory: run with --state DIR",
                    sink.options.relation));
  }
  return std::make_unique<TransactionalSink>(sink, kafka_transactions, true);
}

}  // namespace sqlmill::rt::connectors
