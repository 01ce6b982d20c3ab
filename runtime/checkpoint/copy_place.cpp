#include "runtime/checkpoint/copy_place.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>
#include <utility>

#include "runtime/base/kill_point.h"
#include "runtime/checkpoint/state_directory.h"
#include "runtime/object_store/sha256.h"

namespace sqlmill::rt::checkpoint {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using object_store::Expected;
using object_store::ObjectError;

namespace {

constexpr size_t kKept = 2;
constexpr std::string_view kHead = "HEAD";
/// A living process says so three times while it is waited for, and at least once in this time.
constexpr int kBeats = 3;
constexpr std::chrono::milliseconds kLeastWatch(2'000);
constexpr std::chrono::milliseconds kLook(200);
/// Slower than that no storage is.
constexpr uint64_t kLeastBytesPerMs = 1'000;

/// How often a copy that is removed while it is read is looked for again.
constexpr int kFetchAttempts = 5;

std::string random_word() {
  return fmt::format("{:08x}{:08x}", std::random_device()(), std::random_device()());
}

std::string files_name(const std::string& copy) {
  return copy + "/FILES";
}

std::string this_process() {
  std::string host(256, '\0');
  if (::gethostname(host.data(), host.size() - 1) != 0) host = "?";
  return fmt::format("pid {} on {}", ::getpid(), host.c_str());
}

void pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any none;
  none.wait_for(lock, stop, time, [] { return false; });
  if (stop.stop_requested()) throw ObjectError(ObjectError::Kind::kStopped, "stopped");
}

}  // namespace

CopyPlace::CopyPlace(object_store::ObjectStore& store) : store_(store), process_(random_word()) {}

std::optional<CopyHead> CopyPlace::look() {
  std::optional<object_store::Object> object = store_.get(kHead);
  if (!object) {
    head_tag_.clear();
    return std::nullopt;
  }
  head_tag_ = std::move(object->tag);
  try {
    return CopyHead::decode(object->bytes);
  } catch (const StateError& error) {
    throw StateError(fmt::format("{}/{} cannot be read: {}", text(), kHead, error.what()));
  }
}

// ---- Reading ----

/// Nothing: it is not there. Throws StateError if it is damaged.
std::optional<CopyFiles> CopyPlace::files_of(const CopyEntry& copy) {
  const std::optional<object_store::Object> object = store_.get(files_name(copy.name));
  if (!object) return std::nullopt;
  if (object_store::sha256(object->bytes) != copy.sha256)
    throw StateError(fmt::format("{}/{} is damaged", text(), files_name(copy.name)));
  return CopyFiles::decode(object->bytes);
}

/// False: one of them is no longer there. Throws StateError if one is damaged.
bool CopyPlace::fetch_files(const CopyFiles& files, const std::string& folder) {
  constexpr std::chrono::seconds kTell(2);
  uint64_t all = 0;
  for (const auto& [file, object] : files.files) all += object.size;
  uint64_t fetched = 0;
  auto next = Clock::now() + kTell;
  for (const auto& [file, object] : files.files) {
    const std::string path = fmt::format("{}/{}", folder, file);
    if (!store_.get_file(object.object, path)) return false;
    const object_store::FileDigest digest = object_store::digest_of(path);
    if (digest.size != object.size || digest.sha256 != object.sha256)
      throw StateError(fmt::format("{}/{} is damaged", text(), object.object));
    sync_path(path);
    fetched += object.size;
    if (Clock::now() < next) continue;
    next = Clock::now() + kTell;
    spdlog::info("{}: {} of {} MiB are here", text(), fetched >> 20, all >> 20);
  }
  return true;
}

std::optional<FetchedCopy> CopyPlace::fetch(const std::string& pipeline, const std::string& folder) {
  for (int attempt = 1;; ++attempt) {
    const std::optional<CopyHead> head = look();
    if (!head || head->copies.empty()) return std::nullopt;
    if (head->pipeline != pipeline) {
      throw StateError(fmt::format("the copies in {} are of the pipeline \"{}\", and this is \"{}\"", text(),
                                   head->pipeline, pipeline));
    }
    bool is_gone = false;
    for (const CopyEntry& copy : head->copies) {
      fs::remove_all(folder);
      fs::create_directories(folder);
      try {
        const std::optional<CopyFiles> files = files_of(copy);
        is_gone = !files || !fetch_files(*files, folder);
        if (is_gone) break;
        sync_path(folder);
        return FetchedCopy{head->copies.front().name, copy.checkpoint,
                           copy.is_last && &copy == &head->copies.front() && head->process.empty()};
      } catch (const StateError& error) {
        spdlog::error("the copy of checkpoint {} is not whole: {}", copy.checkpoint, error.what());
      }
    }
    if (!is_gone || attempt == kFetchAttempts)
      throw StateError(fmt::format("no copy in {} can be read; nothing was changed", text()));
  }
}

// ---- Who writes ----

void CopyPlace::require(const CopyHead& found, const Claimant& claimant) const {
  if (found.copies.empty()) return;
  const CopyEntry& newest = found.copies.front();
  if (found.identity != claimant.identity) {
    throw StateError(
        fmt::format("{} holds copies of another state directory (of the pipeline \"{}\"): give a place of "
                    "its own to this "
                    "one, or start with an empty directory to go on from the copy",
                    text(), found.pipeline));
  }
  if (found.owner == claimant.mark.owner) {
    if (newest.checkpoint <= claimant.checkpoint) return;
    throw StateError(
        fmt::format("the copy in {} is of checkpoint {}, and the state directory has only {}: start with an "
                    "empty directory "
                    "to go on from the copy, or give another place",
                    text(), newest.checkpoint, claimant.checkpoint));
  }
  if (newest.name == claimant.mark.from) return;
  throw StateError(fmt::format(
      "{} has since been written by another copy of this state directory ({}): start with an empty "
      "directory to go on from there, or give another place",
      text(), found.writer));
}

void CopyPlace::watch(const CopyHead& found, const std::stop_token& stop) {
  const std::chrono::milliseconds time =
      std::max(kLeastWatch, std::chrono::milliseconds(kBeats * found.beat_ms));
  spdlog::info("{} was written by {}, which did not say that it ended: waiting {:.0f} s for a sign of life",
               text(), found.writer, std::chrono::duration<double>(time).count());
  const auto deadline = Clock::now() + time;
  while (Clock::now() < deadline) {
    pause(kLook, stop);
    const std::optional<CopyHead> now = look();
    if (!now || now->process != found.process || now->beat != found.beat) {
      throw TakenOver(fmt::format(
          "{} is in use by another process ({}), which copies its state there: give another place, or end it",
          text(), now ? now->writer : found.writer));
    }
  }
}

/// False: another was faster.
bool CopyPlace::put_first_head(const CopyHead& found) {
  const bool is_new = head_tag_.empty();
  try {
    const Expected expected =
        is_new ? Expected{Expected::What::kNothing} : Expected{Expected::What::kTag, head_tag_};
    try {
      head_tag_ = store_.put(kHead, head_.encode(), expected);
    } catch (const ObjectError& error) {
      if (error.kind != ObjectError::Kind::kRefused) throw;
      head_tag_ = store_.put(kHead, head_.encode());  // It may not know conditions.
    }
    return true;
  } catch (const ObjectError& error) {
    if (error.kind != ObjectError::Kind::kChanged) throw;
  }
  const std::optional<CopyHead> now = look();
  // An answer that was lost, and the request sent again.
  if (now && now->process == process_) return true;
  spdlog::warn("{}: another process ({}) has written meanwhile", text(), now ? now->writer : found.writer);
  return false;
}

/// By a condition that cannot hold.
void CopyPlace::find_out_whether_conditions_hold() {
  conditions_hold_ = false;
  try {
    head_tag_ =
        store_.put(kHead, head_.encode(), {Expected::What::kTag, "\"00000000000000000000000000000000\""});
  } catch (const ObjectError& error) {
    if (error.kind != ObjectError::Kind::kChanged && error.kind != ObjectError::Kind::kRefused) throw;
    conditions_hold_ = error.kind == ObjectError::Kind::kChanged;
  }
}

void CopyPlace::claim(const Claimant& claimant, const std::stop_token& stop) {
  while (true) {
    const std::optional<CopyHead> found = look();
    head_ = found ? *found : CopyHead();
    if (found) {
      require(*found, claimant);
      if (found->owner != claimant.mark.owner) {
        if (!found->process.empty()) watch(*found, stop);
        head_.next = 1;
      }
    }
    head_.pipeline = claimant.pipeline;
    head_.identity = claimant.identity;
    head_.owner = claimant.mark.owner;
    head_.process = process_;
    head_.writer = this_process();
    head_.beat = 0;
    head_.beat_ms = beat_ms_ = static_cast<uint64_t>(claimant.beat.count());
    if (!head_.uploading.empty()) {
      head_.removing.push_back(std::exchange(head_.uploading, ""));
      if (found->owner == head_.owner) ++head_.next;
    }
    for (CopyEntry& copy : head_.copies) copy.is_last = false;
    if (put_first_head(found ? *found : head_)) break;
  }
  find_out_whether_conditions_hold();
  kept_.clear();
  tables_.clear();
  identities_.clear();
  attempted_.clear();
  for (auto copy = head_.copies.begin(); copy != head_.copies.end();) {
    std::optional<CopyFiles> files;
    try {
      files = files_of(*copy);
      if (!files) spdlog::error("{}/{} is not there", text(), files_name(copy->name));
    } catch (const StateError& error) {
      spdlog::error("the copy of checkpoint {} is not whole: {}", copy->checkpoint, error.what());
    }
    // One that could not be read when the directory was made from the one before.
    if (!files || copy->checkpoint > claimant.checkpoint) {
      head_.removing.push_back(copy->name);
      copy = head_.copies.erase(copy);
      continue;
    }
    kept_.push_back(std::move(*files));
    for (const auto& [file, object] : kept_.back().files) {
      if (object.object.starts_with(head_.owner + "/tables/")) tables_[object.object] = object;
    }
    ++copy;
  }
}

void CopyPlace::give_way(const CopyHead& found) {
  throw TakenOver(fmt::format("another process ({}) has taken over {}: nothing is copied there any more",
                              found.writer, text()));
}

void CopyPlace::write_head() {
  ++head_.beat;
  const std::string text = head_.encode();
  for (bool is_again = false;; is_again = true) {
    if (!conditions_hold_ || is_again) {
      const std::optional<CopyHead> now = look();
      if (!now) throw StateError(fmt::format("{}/{} is gone", this->text(), kHead));
      if (now->process != process_) give_way(*now);
    }
    try {
      head_tag_ =
          store_.put(kHead, text, conditions_hold_ ? Expected{Expected::What::kTag, head_tag_} : Expected{});
      head_written_ = Clock::now();
      return;
    } catch (const ObjectError& error) {
      // Once it may be that this process has replaced it, and the answer was lost.
      if (error.kind != ObjectError::Kind::kChanged || is_again) throw;
    }
  }
}

void CopyPlace::release(uint64_t checkpoint) {
  head_.process.clear();
  if (!head_.copies.empty()) head_.copies.front().is_last = head_.copies.front().checkpoint == checkpoint;
  write_head();
}

// ---- Writing ----

CopiedObject CopyPlace::object_of(const std::string& path, const std::string& file, const std::string& copy) {
  if (!file.ends_with(".sst")) {
    const object_store::FileDigest digest = object_store::digest_of(path);
    return {fmt::format("{}/{}", copy, file), digest.size, digest.sha256};
  }
  std::string& identity = identities_[file];
  if (identity.empty()) identity = table_identity(path);
  const std::string object = fmt::format("{}/tables/{}", head_.owner, identity);
  const auto known = tables_.find(object);
  if (known != tables_.end()) return known->second;
  const object_store::FileDigest digest = object_store::digest_of(path);
  return {object, digest.size, digest.sha256};
}

uint64_t CopyPlace::copy(const std::string& folder, uint64_t checkpoint) {
  const std::string name = fmt::format("{}/{}", head_.owner, head_.next);
  CopyFiles list;
  std::map<std::string, std::string> sent;  // Object → file.
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename();
    if (!entry.is_regular_file() || file == "LOCK" || file.starts_with("LOG")) continue;
    const CopiedObject object = object_of(entry.path(), file, name);
    list.files[file] = object;
    if (!tables_.contains(object.object)) sent[object.object] = file;
  }
  for (const std::string& object : attempted_) list.others.push_back(object);
  base::pass(base::KillPoint::copy_linked);
  // It is silent while it sends a large file.
  uint64_t largest = 0;
  for (const auto& [object, file] : sent) largest = std::max(largest, list.files[file].size);
  head_.beat_ms = beat_ms_ + largest / kLeastBytesPerMs;
  head_.uploading = name;
  write_head();
  const std::string text = list.encode();
  store_.put(files_name(name), text);
  base::pass(base::KillPoint::copy_begun);
  uint64_t bytes = text.size();
  for (const auto& [object, file] : sent) {
    const CopiedObject& what = list.files[file];
    attempted_.insert(object);
    store_.put_file(object, fmt::format("{}/{}", folder, file), what.size, what.sha256);
    if (Clock::now() - head_written_ > std::chrono::milliseconds(beat_ms_)) write_head();
    bytes += what.size;
    if (file.ends_with(".sst")) tables_[object] = what;
  }
  base::pass(base::KillPoint::copy_sent);
  head_.beat_ms = beat_ms_;
  const CopyHead before = head_;
  head_.copies.insert(head_.copies.begin(), {name, checkpoint, false, object_store::sha256(text)});
  while (head_.copies.size() > kKept) {
    head_.removing.push_back(head_.copies.back().name);
    head_.copies.pop_back();
  }
  head_.uploading.clear();
  ++head_.next;
  try {
    write_head();
  } catch (...) {
    // It may have arrived nevertheless, so nothing of this copy is ever replaced.
    head_ = before;
    ++head_.next;
    head_.removing.push_back(std::exchange(head_.uploading, ""));
    attempted_.clear();
    throw;
  }
  base::pass(base::KillPoint::copy_named);
  kept_.insert(kept_.begin(), std::move(list));
  kept_.resize(head_.copies.size());
  attempted_.clear();
  std::erase_if(identities_, [&](const auto& known) { return !kept_.front().files.contains(known.first); });
  collect();
  return bytes;
}

/// Removes what no copy refers to. That it is done, the next HEAD says.
void CopyPlace::collect() {
  std::set<std::string> wanted;
  for (const CopyFiles& files : kept_) {
    for (const auto& [file, object] : files.files) wanted.insert(object.object);
  }
  while (!head_.removing.empty()) {
    const std::string& name = head_.removing.back();
    const std::optional<object_store::Object> object = store_.get(files_name(name));
    if (object) {
      const CopyFiles files = CopyFiles::decode(object->bytes);
      std::vector<std::string> unwanted = files.others;
      for (const auto& [file, one] : files.files) unwanted.push_back(one.object);
      for (const std::string& one : unwanted) {
        if (wanted.contains(one)) continue;
        store_.remove(one);
        tables_.erase(one);
      }
      store_.remove(files_name(name));
    }
    head_.removing.pop_back();
  }
  base::pass(base::KillPoint::copy_collected);
}

}  // namespace sqlmill::rt::checkpoint
