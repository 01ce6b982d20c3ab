// Deterministic simulation of checkpoints, outboxes, exactly-once sinks and recovery: the program's own parts
// on one thread, between a disk and a broker that are made up, while a seed decides who goes on when, what
// fails and when the process is killed. At the end nothing may be missing and nothing there twice.
//
//   simulate --seeds N [--from SEED]   N runs, from this seed on
//   simulate --seed SEED               one run, which tells what happens
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

#include "runtime/main/pipeline_main.h"
#include "runtime/pipeline.h"
#include "tests/simulation/process.h"

// The test has a main of its own.
namespace sqlmill::rt {
namespace program = main;
}
#define main program
#include <pipeline.cpp>  // Generated.
#undef main

namespace simulation {
namespace {

constexpr size_t kPartitions = 3;
constexpr uint64_t kPages = 6;
constexpr uint64_t kNotes = 12;

const engine::PipelineInfo& pipeline() {
  return sqlmill::gen::simulation::pipeline();
}

size_t output_named(std::string_view name) {
  for (size_t i = 0; i < pipeline().outputs.size(); ++i) {
    if (pipeline().outputs[i].name == name) return i;
  }
  throw Wrong("no output " + std::string(name));
}

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(engine::Engine& engine, size_t output) {
  Rows rows;
  const engine::Changes changes = engine.scan(output);
  for (size_t i = 0; i < changes.size(); ++i) {
    std::vector<std::string>& row = rows.emplace_back();
    row.push_back(std::to_string(changes[i].weight));
    for (const sql::Datum& value : changes[i].row)
      row.push_back(value.is_null() ? "NULL" : sql::to_text(value));
  }
  return rows;
}

/// The object behind `"name":`.
std::string_view object_of(std::string_view json, std::string_view name) {
  const size_t at = json.find("\"" + std::string(name) + "\":");
  if (at == std::string_view::npos) throw Wrong("no " + std::string(name) + " in " + std::string(json));
  const std::string_view rest = json.substr(at + name.size() + 3);
  return rest.substr(0, rest.starts_with("null") ? 4 : rest.find('}') + 1);
}

class Run {
 public:
  Run(uint64_t seed, bool tells)
      : world_(seed, tells), broker_(world_), log_(kPartitions), interval_(world_.one_in(8) ? 3'600'000 : 0) {
    world_.kill_once_in = 20 + world_.below(400);
    world_.others = [this] { something_happens(); };
  }

  void run() {
    start();
    for (uint64_t left = 40 + world_.below(160); left > 0; --left) {
      try {
        world_.wait_outside("at any moment");
        if (process_ && world_.one_in(60)) {
          process_->end();
          note_promises(true);
          process_.reset();
        }
        start();
        something_happens();
      } catch (const Crash&) {
        killed();
      }
    }
    come_to_rest();
    check();
  }

  size_t kills() const { return kills_; }

 private:
  struct Note {
    std::string page;
    int64_t amount;
    size_t process;  // That it was told to, and the how manieth statement it is.
    engine::WriteUntil until;
    std::shared_ptr<engine::Writers::Pending> pending;
    bool is_durable = false;  // So it was promised.
  };

  void start() {
    while (!process_) {
      try {
        process_ = std::make_unique<Process>(world_, disk_, broker_, log_, pipeline(), interval_);
      } catch (const Crash&) {
        killed();
      }
    }
  }

  void killed() {
    note_promises(false);
    process_.reset();
    ++kills_;
  }

  void something_happens() {
    switch (world_.has_faults ? world_.below(12) : 2 + world_.below(10)) {
      case 0:
        return produce();
      case 1:
        return insert();
      case 2:
        return broker_.deliver_late(nullptr);
      case 3:
        if (world_.fails_once_in(10)) broker_.time_out();
        return;
      default:
        if (process_) process_->step();
    }
  }

  void produce() {
    for (uint64_t i = 1 + world_.below(5); i > 0; --i) {
      log_[world_.below(kPartitions)].push_back(R"({"id":)" + std::to_string(++clicks_) +
                                                R"(,"page":"page )" + std::to_string(world_.below(kPages)) +
                                                R"(","amount":)" + std::to_string(world_.below(20)) + "}");
    }
  }

  void insert() {
    if (!process_) return;
    const auto id = static_cast<int64_t>(world_.below(kNotes));
    Note& note = notes_[id].emplace_back();
    note.page = "page " + std::to_string(world_.below(kPages)) + " of which there is a note";
    note.amount = ++statements_;
    note.process = processes_;
    note.until = world_.one_in(2) ? engine::WriteUntil::kDurable : engine::WriteUntil::kVisible;
    const auto compute = [id, &note] {
      sql::Chunk chunk;
      for (const sql::TypeId type : {sql::TypeId::kBigint, sql::TypeId::kText, sql::TypeId::kBigint})
        chunk.columns.emplace_back(type);
      chunk.rows = 1;
      chunk.columns[0].set(0, id);
      chunk.columns[1].set(0, sql::Text(note.page));
      chunk.columns[2].set(0, note.amount);
      return std::vector<engine::TableWrite>{{1, {}, {std::move(chunk)}}};
    };
    note.pending = process_->engine().writers().submit(compute, false, note.until);
  }

  /// Of the process that goes; one that ends cleanly loses nothing.
  void note_promises(bool ends_cleanly) {
    ++processes_;
    for (auto& [id, notes] : notes_) {
      for (Note& note : notes) {
        using State = engine::Writers::Pending::State;
        const bool is_done = note.pending && note.pending->state == State::kDone && !note.pending->error;
        note.is_durable |= is_done && (ends_cleanly || note.until == engine::WriteUntil::kDurable);
        note.pending.reset();
      }
    }
  }

  /// No more faults: all that was begun comes to its end.
  void come_to_rest() {
    world_.has_faults = false;
    start();
    if (interval_.count() != 0) {
      process_->end();
      note_promises(true);
      process_.reset();
      interval_ = {};
      start();
    }
    for (int left = 3'000; left > 0; --left) {
      process_->step();
      broker_.deliver_late(nullptr);
      if (left < 2'900 && process_->is_done()) break;
    }
    if (!process_->is_done()) throw Wrong("it does not come to its end");
    process_->end();
    note_promises(true);
    process_.reset();
    start();
  }

  void check() {
    check_notes();
    check_views();
    check_clicks();
    check_changes();
  }

  /// What is promised is there, and of each process's statements those up to one of them.
  void check_notes() {
    std::map<int64_t, int64_t> amounts;
    for (const std::vector<std::string>& row : rows_of(process_->engine(), output_named("notes")))
      amounts[std::stoll(row[1])] = std::stoll(row[3]);
    std::map<size_t, int64_t> last;        // Of each process, that is there.
    std::map<size_t, int64_t> first_lost;  // That is not.
    for (const auto& [id, notes] : notes_) {
      const auto row = amounts.find(id);
      bool is_lost = row == amounts.end();
      for (const Note& note : notes) {
        if (is_lost && note.is_durable)
          throw Wrong("note " + std::to_string(id) + " has lost what was acknowledged");
        if (is_lost) {
          const auto [lost, is_first] = first_lost.try_emplace(note.process, note.amount);
          if (!is_first) lost->second = std::min(lost->second, note.amount);
        } else if (row->second == note.amount) {
          last[note.process] = std::max(last[note.process], note.amount);
          is_lost = true;  // What comes behind it.
        }
      }
      if (!is_lost) throw Wrong("note " + std::to_string(id) + " is what nobody has said");
    }
    for (const auto& [process, lost] : first_lost) {
      if (last.contains(process) && last[process] > lost)
        throw Wrong("a statement is lost, and one behind it is not");
    }
    if (rows_of(process_->engine(), output_named("marks")).size() != 1)
      throw Wrong("the statement of the file has not run once");
  }

  /// Against one epoch over all there is.
  void check_views() {
    engine::Engine again(pipeline(), 1, engine::ErrorTime::kNull);
    std::vector<delta::RawRecord> records;
    for (size_t i = 0; i < log_.size(); ++i) {
      for (const std::string& payload : log_[i]) records.emplace_back().payload = payload;
    }
    std::deque<std::string> payloads;
    std::vector<delta::RawRecord> notes;
    for (const std::vector<std::string>& row : rows_of(process_->engine(), output_named("notes"))) {
      payloads.push_back(R"({"id":)" + row[1] + R"(,"page":")" + row[2] + R"(","amount":)" + row[3] + "}");
      notes.emplace_back().payload = payloads.back();
    }
    const engine::InputBatch batches[] = {{0, records}, {1, notes}};
    again.run_epoch(batches);
    for (const char* view : {"pages", "counts"}) {
      const Rows wanted = rows_of(again, output_named(view));
      const Rows found = rows_of(process_->engine(), output_named(view));
      if (found == wanted) continue;
      tell("wanted", wanted);
      tell("found", found);
      throw Wrong("the view " + std::string(view) + " is not what it would be without interruptions");
    }
  }

  void tell(const char* what, const Rows& rows) const {
    for (const std::vector<std::string>& row : rows) {
      std::string line(what);
      for (const std::string& value : row) line += " | " + value;
      world_.say(line);
    }
  }

  void check_clicks() const {
    std::multiset<std::string> found;
    broker_.visit_committed("every_click",
                            [&](const Broker::Record& record) { found.insert(*record.value); });
    std::multiset<std::string> wanted;
    for (uint64_t id = 1; id <= clicks_; ++id) wanted.insert(R"({"id":)" + std::to_string(id) + "}");
    if (found != wanted) {
      throw Wrong("every_click has " + std::to_string(found.size()) + " messages, not these " +
                  std::to_string(wanted.size()));
    }
  }

  /// Each change begins with what the one before has left, and the last ones are the view.
  void check_changes() {
    std::map<std::string, std::string> now;
    broker_.visit_committed("page_changes", [&](const Broker::Record& record) {
      std::string& last = now.try_emplace(*record.key, "null").first->second;
      if (!record.value && last != "null") throw Wrong("a page goes that is there");
      if (!record.value) return;
      const std::string_view payload =
          std::string_view(*record.value).substr(record.value->rfind("\"payload\":"));
      const std::string before(object_of(payload, "before"));
      if (last != before) throw Wrong("behind " + last + " comes a change of " + before);
      last = object_of(payload, "after");
    });
    std::multiset<std::string> found;
    for (const auto& [key, row] : now) {
      if (row != "null") found.insert(row);
    }
    std::multiset<std::string> wanted;
    for (const std::vector<std::string>& row : rows_of(process_->engine(), output_named("pages")))
      wanted.insert(R"({"page":")" + row[1] + R"(","clicks":)" + row[2] + R"(,"amount":")" + row[3] +
                    R"(","amounts":)" + row[4] + "}");
    if (found != wanted) throw Wrong("page_changes does not end with the view");
  }

  World world_;
  Disk disk_;
  Broker broker_;
  Log log_;
  std::chrono::milliseconds interval_;
  std::unique_ptr<Process> process_;
  uint64_t clicks_ = 0;
  size_t kills_ = 0;
  size_t processes_ = 0;
  int64_t statements_ = 0;
  std::map<int64_t, std::deque<Note>> notes_;
};

int simulate(uint64_t from, uint64_t seeds, bool tells) {
  if (!tells) spdlog::set_level(spdlog::level::off);
  const auto begin = std::chrono::steady_clock::now();
  size_t kills = 0;
  for (uint64_t seed = from; seed < from + seeds; ++seed) {
    std::string wrong;
    try {
      Run run(seed, tells);
      run.run();
      kills += run.kills();
    } catch (const std::exception& error) {
      std::printf("seed %llu: %s\nagain, with what happens: ./dev simulate --seed %llu\n",
                  static_cast<unsigned long long>(seed), error.what(), static_cast<unsigned long long>(seed));
      return 1;
    }
  }
  std::printf("%llu runs, %zu kills, nothing wrong; %.1f s\n", static_cast<unsigned long long>(seeds), kills,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  return 0;
}

}  // namespace
}  // namespace simulation

int main(int argc, char** argv) {
  uint64_t from = 1;
  uint64_t seeds = 2'000;
  bool tells = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--seeds") seeds = number;
    if (option == "--from" || option == "--seed") from = number;
    if (option == "--seed") {
      seeds = 1;
      tells = true;
    }
  }
  return simulation::simulate(from, seeds, tells);
}
