#include "runtime/checkpoint/copier.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace sqlmill::rt::checkpoint {

namespace fs = std::filesystem;
using object_store::ObjectError;

namespace {

constexpr std::chrono::milliseconds kMostBetweenBeats(5'000);
constexpr std::chrono::milliseconds kFirstPause(500);
constexpr std::chrono::milliseconds kLongestPause(30'000);
/// How often it is looked whether there is a new checkpoint.
constexpr std::chrono::milliseconds kTick(500);
/// Of the lag that is worth a line of the log, and between two of them; or so many intervals.
constexpr std::chrono::seconds kLag(60);
constexpr int kLagIntervals = 3;
/// At the end, while it fails.
constexpr std::chrono::milliseconds kLastTries(5'000);

std::chrono::milliseconds longer(std::chrono::milliseconds pause) {
  return std::min(2 * pause, kLongestPause);
}

}  // namespace

Copier::Copier(object_store::ObjectStore& store, StateDirectory& directory,
               std::chrono::milliseconds interval)
    : directory_(directory),
      interval_(interval),
      beat_(std::min(interval, kMostBetweenBeats)),
      store_(store),
      place_(store),
      next_copy_(Clock::now()),
      next_beat_(Clock::now() + beat_),
      next_word_(Clock::now() + kLag) {}

Copier::~Copier() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  std::error_code none;
  fs::remove_all(directory_.linked(), none);
}

void Copier::fetch_into_empty(const std::string& pipeline, const std::stop_token& stop) {
  if (directory_.newest() != 0) return;
  store_.stop_with(stop);
  std::chrono::milliseconds pause = kFirstPause;
  for (bool is_told = false;; is_told = true) {
    try {
      directory_.start_from([&](const std::string& folder) -> std::optional<StateDirectory::Made> {
        const auto begin = Clock::now();
        const std::optional<FetchedCopy> copy = place_.fetch(pipeline, folder);
        if (!copy) {
          spdlog::info("there is no copy in {} yet", place_.text());
          return std::nullopt;
        }
        spdlog::info("starting from the copy of checkpoint {} in {}, which was here in {:.1f} s",
                     copy->checkpoint, place_.text(),
                     std::chrono::duration<double>(Clock::now() - begin).count());
        return StateDirectory::Made{copy->name, copy->is_last};
      });
      return;
    } catch (const ObjectError& error) {
      // Whether there is state to start from is not known: nothing else will do.
      if (error.kind != ObjectError::Kind::kAway)
        throw StateError(fmt::format("cannot look for copies of the state: {}", error.what()));
      if (!is_told) spdlog::warn("{}; trying again", error.what());
    } catch (const fs::filesystem_error& error) {
      throw StateError(fmt::format("cannot put a copy into {}: {}", directory_.path(), error.what()));
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested()) throw StateError("stopped before the storage of the state's copies answered");
    pause = longer(pause);
  }
}

void Copier::start(const std::string& pipeline, const std::string& identity, const std::stop_token& stop) {
  claimant_ = {pipeline, identity, copy_mark(directory_.path()), directory_.newest(), beat_};
  store_.stop_with(stop);
  try {
    place_.claim(claimant_, stop);
    is_claimed_ = true;
    copied_ = place_.newest();
    spdlog::info("the state is copied to {}", place_.text());
  } catch (const ObjectError& error) {
    if (error.kind == ObjectError::Kind::kRefused)
      throw StateError(fmt::format("cannot copy the state: {}", error.what()));
    if (error.kind != ObjectError::Kind::kStopped) note_failure(error.what());
  }
  thread_ = std::jthread([this](std::stop_token own) {
    store_.stop_with(own);
    run(own);
  });
}

void Copier::run(const std::stop_token& stop) {
  std::chrono::milliseconds pause = kFirstPause;
  while (!stop.stop_requested()) {
    bool is_finishing = false;
    {
      const std::lock_guard lock(mutex_);
      is_finishing = is_finishing_;
    }
    bool is_well = false;
    try {
      work(is_finishing, stop);
      if (is_finishing) break;
      is_well = true;
    } catch (const TakenOver& error) {
      spdlog::error("{}", error.what());
      break;
    } catch (const ObjectError& error) {
      if (error.kind == ObjectError::Kind::kStopped) break;
      note_failure(error.what());
    } catch (const std::exception& error) {
      note_failure(error.what());
    }
    tell_lag();
    pause = is_well || is_finishing ? kFirstPause : longer(pause);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, is_well ? std::min(kTick, beat_) : pause,
                      [&] { return is_finishing_ != is_finishing; });
  }
  const std::lock_guard lock(mutex_);
  is_done_ = true;
  changed_.notify_all();
}

void Copier::work(bool is_finishing, const std::stop_token& stop) {
  if (!is_claimed_) claim_late(stop);
  const auto now = Clock::now();
  if (is_behind() && (is_finishing || now >= next_copy_)) {
    next_copy_ = now + interval_;
    copy_newest();
    next_beat_ = Clock::now() + beat_;
  }
  if (is_finishing) {
    place_.release(directory_.newest());
  } else if (now >= next_beat_) {
    place_.beat();
    next_beat_ = now + beat_;
  }
  const std::lock_guard lock(mutex_);
  if (std::exchange(failure_, "").empty()) return;
  spdlog::info("the state is copied to {} again", place_.text());
}

/// When storage that was away at the start is there. What would have been refused then is refused now.
void Copier::claim_late(const std::stop_token& stop) {
  claimant_.checkpoint = directory_.newest();
  try {
    place_.claim(claimant_, stop);
  } catch (const StateError& error) {
    throw TakenOver(fmt::format("the state is not copied: {}", error.what()));
  }
  is_claimed_ = true;
  const std::lock_guard lock(mutex_);
  copied_ = place_.newest();
}

/// There is a checkpoint that has not been copied.
bool Copier::is_behind() {
  const uint64_t newest = directory_.newest();
  const std::lock_guard lock(mutex_);
  if (newest <= copied_) {
    behind_since_.reset();
  } else if (!behind_since_) {
    behind_since_ = Clock::now();
  }
  return behind_since_.has_value();
}

void Copier::copy_newest() {
  // As long as they are there, the disk keeps files that the database has let go of.
  struct Links {
    const std::string path;
    ~Links() {
      std::error_code none;
      fs::remove_all(path, none);
    }
  };
  const auto begin = Clock::now();
  const Links links{directory_.linked()};
  const uint64_t checkpoint = directory_.link();
  const uint64_t bytes = place_.copy(links.path, checkpoint);
  const std::lock_guard lock(mutex_);
  if (copies_ == 0) {
    spdlog::info("checkpoint {} is in {}: {} bytes were sent in {:.1f} s", checkpoint, place_.text(), bytes,
                 std::chrono::duration<double>(Clock::now() - begin).count());
  }
  copied_ = checkpoint;
  ++copies_;
  bytes_ += bytes;
  // What is not there was made since.
  behind_since_.reset();
  if (directory_.newest() > copied_) behind_since_ = begin;
}

void Copier::note_failure(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (failure_.empty()) spdlog::warn("cannot copy the state: {}; trying again", what);
  failure_ = what;
}

void Copier::tell_lag() {
  is_behind();
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const auto most = std::max<Clock::duration>(kLag, kLagIntervals * interval_);
  if (!behind_since_ || now - *behind_since_ < most || now < next_word_) return;
  next_word_ = now + kLag;
  spdlog::warn("{} is behind by {} s: it has checkpoint {}, the state directory {}{}{}", place_.text(),
               std::chrono::duration_cast<std::chrono::seconds>(now - *behind_since_).count(), copied_,
               directory_.newest(), failure_.empty() ? "" : ": ", failure_);
}

bool Copier::finish(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  is_finishing_ = true;
  changed_.notify_all();
  const auto begin = Clock::now();
  while (!is_done_ && Clock::now() - begin < (failure_.empty() ? most : std::min(most, kLastTries)))
    changed_.wait_for(lock, kFirstPause);
  const bool is_there = copied_ == directory_.newest();
  spdlog::info("{}: {} copies, {} bytes; the last one is of checkpoint {}{}", place_.text(), copies_, bytes_,
               copied_,
               is_there ? "" : fmt::format(", and the state directory is at {}", directory_.newest()));
  return is_there;
}

engine::CopyProgress Copier::progress() const {
  const std::lock_guard lock(mutex_);
  const double seconds =
      behind_since_ ? std::chrono::duration<double>(Clock::now() - *behind_since_).count() : 0;
  return {place_.text(), copied_, seconds, copies_, bytes_};
}

}  // namespace sqlmill::rt::checkpoint
