#include "runtime/checkpoint/state_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/unique_id.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>
#include <vector>

#include "runtime/base/kill_point.h"
#include "runtime/checkpoint/sorted_entries.h"

namespace sqlmill::rt::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr size_t kKept = 3;
/// A checkpoint of so many bytes is written as tables; a smaller one to the log, which takes one fsync.
constexpr size_t kTablesFrom = 4 << 20;
/// Of the disk: what RocksDB writes in the background must not be the first to find it full.
constexpr uint64_t kReserve = 256 << 20;
/// Of table 0, which no operator has.
constexpr std::string_view kMetadataKey("\0\0\0\0metadata", 12);

rocksdb::Options options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  // A process that is killed leaves a piece of the batch that it was writing, which nobody was told of.
  // Anything else that cannot be read is damage.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  const auto supported = rocksdb::GetSupportedCompressions();
  if (std::find(supported.begin(), supported.end(), rocksdb::kLZ4Compression) != supported.end())
    options.compression = rocksdb::kLZ4Compression;
  // What comes in order (sorted_entries.h) is put behind the one before, without a search.
  options.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(state::EntryKey::kPrefixBytes));
  options.max_background_jobs = 2;
  // Nothing is read while the program runs: there is no use for large buffers.
  options.write_buffer_size = 16 << 20;
  // Tables of one size are merged with each other: levels would write all of the one below anew each time,
  // since the keys of a checkpoint are spread over all of it. What is out of date takes as much room as the
  // rest at most. Many tables are small, so 24 are merged rather than RocksDB's 4.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.compaction_options_universal.max_size_amplification_percent = 100;
  options.level0_file_num_compaction_trigger = 24;
  options.level0_slowdown_writes_trigger = 64;
  options.level0_stop_writes_trigger = 128;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  // After an error the program ends: see write().
  options.max_bgerror_resume_count = 0;
  return options;
}

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

/// Tables that the database then takes, all at once. Within one, keys come in order and once; of those that
/// come again, in the same table or another, the last counts.
class NewTables {
 public:
  explicit NewTables(std::string folder) : folder_(std::move(folder)) {
    fs::remove_all(folder_);
    fs::create_directory(folder_);
  }
  ~NewTables() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  NewTables(const NewTables&) = delete;
  NewTables& operator=(const NewTables&) = delete;

  void add(std::string_view key, std::string_view value, bool is_removed) {
    if (has_entry_ && key != key_) put();
    if (has_entry_ && key < key_) end_table();
    if (writer_ && writer_->FileSize() >= kTableBytes && key != key_) end_table();
    key_ = key;
    value_ = value;
    is_removed_ = is_removed;
    has_entry_ = true;
  }
  rocksdb::Status finish() {
    put();
    end_table();
    return status_;
  }
  const std::vector<std::string>& files() const { return files_; }

 private:
  static constexpr uint64_t kTableBytes = 32 << 20;

  void put() {
    if (!writer_) {
      files_.push_back(fmt::format("{}/{}.sst", folder_, files_.size()));
      writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), options());
      note(writer_->Open(files_.back()));
    }
    note(is_removed_ ? writer_->Delete(slice(key_)) : writer_->Put(slice(key_), slice(value_)));
  }
  void end_table() {
    if (writer_) note(writer_->Finish());
    writer_.reset();
  }
  void note(const rocksdb::Status& status) {
    if (status_.ok()) status_ = status;
  }

  const std::string folder_;
  std::vector<std::string> files_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  rocksdb::Status status_;
  bool has_entry_ = false;  // What follows: not in a table yet, since another of its key may come.
  std::string key_;
  std::string value_;
  bool is_removed_ = false;
};

class Scan final : public state::StoredEntries {
 public:
  explicit Scan(rocksdb::DB& db) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = 4 << 20;
    iterator_.reset(db.NewIterator(options));
  }
  void seek(std::string_view prefix) override {
    prefix_ = prefix;
    iterator_->Seek({prefix.data(), prefix.size()});
    is_at_first_ = true;
  }
  bool next(std::string_view& key, std::string_view& value) override {
    if (!is_at_first_) iterator_->Next();
    is_at_first_ = false;
    if (!iterator_->status().ok()) throw state::Damaged(iterator_->status().ToString());
    if (!iterator_->Valid()) return false;
    key = iterator_->key().ToStringView();
    value = iterator_->value().ToStringView();
    return key.starts_with(prefix_);
  }

 private:
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::string prefix_;
  bool is_at_first_ = false;
};

bool is_lock_trouble(const rocksdb::Status& status) {
  return status.IsIOError() && status.ToString().find("lock") != std::string::npos;
}

}  // namespace

struct StateDirectory::Database {
  std::unique_ptr<rocksdb::DB> db;

  /// Throws state::Damaged.
  std::optional<Metadata> metadata() const {
    std::string bytes;
    const rocksdb::Status status =
        db->Get({}, rocksdb::Slice(kMetadataKey.data(), kMetadataKey.size()), &bytes);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) throw state::Damaged(status.ToString());
    return Metadata::decode(bytes);
  }
};

StateDirectory::StateDirectory(std::string path, Access access) : path_(std::move(path)) {
  if (access == Access::kLook && !fs::exists(path_ + "/STATE"))
    throw StateError(fmt::format("{} is not a state directory", path_));
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw StateError(fmt::format("cannot create {}: {}", path_, error.message()));
  lock();
  base::pass(base::KillPoint::directory_locked);
  const std::string state = read_file(path_ + "/STATE");
  if (state.empty()) {
    for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
      const std::string name = entry.path().filename();
      if (name != "LOCK" && name != "STATE.new")
        throw StateError(fmt::format("{} is not a state directory, and not empty: {}", path_, name));
    }
    say();
  } else {
    marks_ = StateMarks::parse(state, path_);
    said_ = state;
  }
  base::pass(base::KillPoint::directory_marked);
  if (access == Access::kLook) {
    try {
      open(access);
    } catch (const state::Damaged& damage) {
      throw StateError(fmt::format("the newest checkpoint in {} cannot be read: {}", path_, damage.what()));
    }
  } else {
    open_newest();
  }
  if (found_) newest_ = found_->number;
  base::pass(base::KillPoint::database_opened);
}

StateDirectory::~StateDirectory() {
  if (database_ && database_->db) {
    // Otherwise the next start would have to read the log, and all of it into memory. If it fails, it does.
    static_cast<void>(database_->db->Flush(rocksdb::FlushOptions()));
    database_->db->Close();
  }
  database_.reset();
  if (lock_ >= 0) ::close(lock_);
}

void StateDirectory::lock() {
  const std::string path = path_ + "/LOCK";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) fail_on_system("open", path);
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    std::string owner = read_file(path);
    owner.erase(std::remove(owner.begin(), owner.end(), '\n'), owner.end());
    throw InUse(fmt::format("{} is in use by another process{}", path_,
                            owner.empty() ? "" : fmt::format(" ({})", owner)));
  }
  const std::string owner = fmt::format("pid {}\n", ::getpid());
  if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, owner.data(), owner.size(), 0) < 0)
    fail_on_system("write", path);
}

/// Throws state::Damaged.
void StateDirectory::open(Access access) {
  const std::string path = path_ + "/db";
  if (marks_.had_checkpoint && !fs::exists(path + "/CURRENT")) throw state::Damaged("its database is gone");
  database_ = std::make_unique<Database>();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = access == Access::kRun ? rocksdb::DB::Open(options(), path, &db)
                                                        : rocksdb::DB::OpenForReadOnly(options(), path, &db);
  if (!status.ok()) {
    if (is_lock_trouble(status)) throw StateError(fmt::format("cannot open {}: {}", path, status.ToString()));
    throw state::Damaged(status.ToString());
  }
  database_->db.reset(db);
  const rocksdb::Status check = db->VerifyChecksum();
  if (!check.ok()) throw state::Damaged(check.ToString());
  found_ = database_->metadata();
  if (marks_.had_checkpoint && !found_) throw state::Damaged("it holds no checkpoint, though it once did");
}

void StateDirectory::open_newest() {
  std::vector<uint64_t> older = kept();
  while (true) {
    try {
      open(Access::kRun);
      return;
    } catch (const state::Damaged& damage) {
      database_.reset();
      spdlog::error("{}: the checkpoint is damaged: {}", path_, damage.what());
      if (older.empty()) {
        throw StateError(fmt::format(
            "the state in {} is damaged and no older checkpoint is left. Nothing was changed. To start "
            "from nothing, give another directory",
            path_));
      }
    }
    const uint64_t number = older.back();
    older.pop_back();
    spdlog::error("{}: going back to checkpoint {}: what tables were told since then is lost", path_, number);
    put_back(number);
  }
}

/// The database as it was then, in the place of the one there is. The one that is kept stays as it is.
void StateDirectory::put_back(uint64_t number) {
  const fs::path from = fs::path(path_) / "kept" / fmt::to_string(number);
  const fs::path made = fs::path(path_) / "db.new";
  fs::remove_all(made);
  fs::create_directory(made);
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const fs::path target = made / entry.path().filename();
    // Tables of RocksDB are never written to again; its other files are.
    if (entry.path().extension() == ".sst") {
      fs::create_hard_link(entry.path(), target);
    } else {
      fs::copy_file(entry.path(), target);
      sync_path(target);
    }
  }
  sync_path(made);
  marks_.went_back = true;
  say();
  const fs::path db = fs::path(path_) / "db";
  for (int i = 1; fs::exists(db); ++i) {
    const fs::path away = fs::path(path_) / fmt::format("damaged-{}", i);
    if (!fs::exists(away)) fs::rename(db, away);
  }
  fs::rename(made, db);
  sync_path(path_);
}

std::vector<uint64_t> StateDirectory::kept() const {
  return kept_checkpoints(path_);
}

std::unique_ptr<state::StoredEntries> StateDirectory::entries() const {
  return std::make_unique<Scan>(*database_->db);
}

std::string StateDirectory::verify() const {
  const rocksdb::Status status = database_->db->VerifyChecksum();
  if (!status.ok()) return status.ToString();
  try {
    const std::unique_ptr<state::StoredEntries> all = entries();
    all->seek("");
    std::string_view key;
    std::string_view value;
    while (all->next(key, value)) {
    }
  } catch (const state::Damaged& damage) {
    return damage.what();
  }
  return "";
}

void StateDirectory::say() {
  const std::string text = marks_.text();
  if (text == said_) return;
  write_file(path_ + "/STATE", text);
  sync_path(path_);
  said_ = text;
}

void StateDirectory::require_room(size_t bytes) const {
  std::error_code error;
  const fs::space_info space = fs::space(path_, error);
  const uint64_t wanted = kReserve + 2 * bytes;
  if (error || space.available >= wanted) return;
  throw StateError(
      fmt::format("cannot write a checkpoint to {}: the disk is full ({} bytes are free, {} needed)", path_,
                  space.available, wanted));
}

size_t StateDirectory::write(const Metadata& metadata, std::span<const state::ChangedEntries> changed,
                             std::span<const uint32_t> dropped) {
  size_t bytes = 0;
  for (const state::ChangedEntries& share : changed) bytes += share.bytes();
  // What follows cannot be read by a program that knows the former format only.
  if (std::exchange(marks_.is_former_format, false)) say();
  require_room(bytes);
  base::pass(base::KillPoint::before_write);
  const rocksdb::Status status = bytes >= kTablesFrom && dropped.empty()
                                     ? write_tables(metadata, changed)
                                     : write_batch(metadata, changed, dropped);
  // What has reached the disk is unknown, even to RocksDB. The next program reads it.
  if (!status.ok())
    throw DiskFailure(fmt::format("cannot write a checkpoint to {}: {}", path_, status.ToString()));
  base::pass(base::KillPoint::written);
  marks_.had_checkpoint = true;
  marks_.went_back = false;
  say();
  return bytes;
}

rocksdb::Status StateDirectory::write_batch(const Metadata& metadata,
                                            std::span<const state::ChangedEntries> changed,
                                            std::span<const uint32_t> dropped) {
  rocksdb::WriteBatch batch;
  for (const uint32_t table : dropped) {
    std::string begin;
    std::string end;
    state::EntryKey::append_number(table, begin);
    state::EntryKey::append_number(table + 1, end);
    batch.DeleteRange(begin, end);
  }
  for (const state::ChangedEntries& share : changed) {
    for_each_sorted(share, [&](std::string_view key, std::string_view value, bool is_removed) {
      if (is_removed) {
        batch.Delete(slice(key));
      } else {
        batch.Put(slice(key), slice(value));
      }
    });
  }
  batch.Put(slice(kMetadataKey), metadata.encode());
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const std::lock_guard lock(writing_);
  rocksdb::Status status = database_->db->Write(synced, &batch);
  if (status.ok()) newest_ = metadata.number;
  return status;
}

rocksdb::Status StateDirectory::write_tables(const Metadata& metadata,
                                             std::span<const state::ChangedEntries> changed) {
  NewTables tables(path_ + "/tables");
  tables.add(kMetadataKey, metadata.encode(), false);  // Its key is ahead of all others.
  for (const state::ChangedEntries& share : changed) {
    for_each_sorted(share, [&](std::string_view key, std::string_view value, bool is_removed) {
      tables.add(key, value, is_removed);
    });
  }
  rocksdb::Status status = tables.finish();
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  const std::lock_guard lock(writing_);
  if (status.ok()) status = database_->db->IngestExternalFile(tables.files(), options);
  if (status.ok()) newest_ = metadata.number;
  return status;
}

void StateDirectory::start_from(const std::function<std::optional<Made>(const std::string&)>& make) {
  if (found_ || marks_.had_checkpoint) throw StateError(fmt::format("{} has had a checkpoint", path_));
  const fs::path folder = fs::path(path_) / "db.new";
  fs::remove_all(folder);
  const std::optional<Made> made = make(folder);
  if (!made) return;
  base::pass(base::KillPoint::copy_fetched);
  write_copy_mark(path_, made->from);
  marks_.went_back = !made->is_newest;
  say();
  database_.reset();
  fs::remove_all(fs::path(path_) / "db");
  fs::rename(folder, fs::path(path_) / "db");
  sync_path(path_);
  marks_.had_checkpoint = true;
  say();
  try {
    open(Access::kRun);
  } catch (const state::Damaged& damage) {
    throw StateError(fmt::format("what was copied to {} cannot be read: {}", path_, damage.what()));
  }
  newest_ = found_->number;
}

uint64_t StateDirectory::link() {
  require_room(0);
  fs::remove_all(linked());
  // What takes long, while checkpoints go on; what comes meanwhile is in the log, which is copied as well.
  rocksdb::Status status = database_->db->Flush(rocksdb::FlushOptions());
  rocksdb::Checkpoint* raw = nullptr;
  if (status.ok()) status = rocksdb::Checkpoint::Create(database_->db.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> links(raw);
  const std::lock_guard lock(writing_);
  if (status.ok()) status = links->CreateCheckpoint(linked(), std::numeric_limits<uint64_t>::max());
  if (!status.ok())
    throw StateError(
        fmt::format("cannot link the files of a checkpoint in {}: {}", path_, status.ToString()));
  return newest_;
}

std::string table_identity(const std::string& path) {
  rocksdb::SstFileReader reader{rocksdb::Options()};
  rocksdb::Status status = reader.Open(path);
  std::string identity;
  if (status.ok())
    status = rocksdb::GetExtendedUniqueIdFromTableProperties(*reader.GetTableProperties(), &identity);
  if (!status.ok()) throw StateError(fmt::format("{} cannot be read: {}", path, status.ToString()));
  std::string digits;
  for (const char c : identity) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return digits;
}

void StateDirectory::keep() {
  base::pass(base::KillPoint::before_copy);
  const fs::path folder = fs::path(path_) / "kept";
  fs::create_directories(folder);
  // Under another name until it is whole.
  const fs::path partial = folder / "new";
  fs::remove_all(partial);
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(database_->db.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> copy(raw);
  if (status.ok()) status = copy->CreateCheckpoint(partial);
  if (!status.ok())
    throw StateError(fmt::format("cannot keep a checkpoint in {}: {}", path_, status.ToString()));
  const fs::path whole = folder / fmt::to_string(newest_.load());
  fs::remove_all(whole);
  fs::rename(partial, whole);
  sync_path(folder);
  base::pass(base::KillPoint::copied);
  const std::vector<uint64_t> numbers = kept();
  for (size_t i = 0; i + kKept < numbers.size(); ++i) fs::remove_all(folder / fmt::to_string(numbers[i]));
}

}  // namespace sqlmill::rt::checkpoint
