#include "runtime/main/run.h"

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "runtime/admin/admin_server.h"
#include "runtime/base/paged_file.h"
#include "runtime/base/pages.h"
#include "runtime/checkpoint/copier.h"
#include "runtime/connectors/connector.h"
#include "runtime/engine/change_log.h"
#include "runtime/engine/fault.h"
#include "runtime/engine/source_poller.h"
#include "runtime/main/durable_state.h"
#include "runtime/main/rebuild.h"
#include "runtime/main/rebuild_beside.h"
#include "runtime/main/relation_names.h"
#include "runtime/main/run_loop.h"
#include "runtime/main/session.h"
#include "runtime/main/sink_writer.h"
#include "runtime/main/summary.h"
#include "runtime/main/user_error.h"
#include "runtime/pgwire/server.h"
#include "runtime/query/database.h"

namespace sqlmill::rt::main {

namespace {

using connectors::Override;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kIdleWait(100);
constexpr std::chrono::seconds kProgressInterval(30);
constexpr std::chrono::seconds kLastCopy(20);
/// Of --memory-limit: what changes between two checkpoints is there twice, as it is and as it is written.
constexpr size_t kLimitOverCheckpoint = 16;
/// What is free below the limit for it: pages go as it comes, but not at once.
constexpr size_t kLimitOverReserve = 32;

bool has_connector(const engine::InputInfo& input, const std::vector<Override>& overrides) {
  return std::any_of(input.options.begin(), input.options.end(),
                     [](const engine::Option& option) { return option.key == "connector"; }) ||
         std::any_of(overrides.begin(), overrides.end(), [&](const Override& override) {
           return override.relation == input.name && override.option == "connector";
         });
}

std::vector<ConnectedInput> resolve_inputs(const engine::PipelineInfo& pipeline,
                                           const std::vector<Override>& overrides) {
  std::vector<ConnectedInput> inputs;
  for (size_t i = 0; i < pipeline.inputs.size(); ++i) {
    const engine::InputInfo& input = pipeline.inputs[i];
    if (!has_connector(input, overrides)) continue;
    inputs.push_back(
        {i,
         {connectors::resolve_options(input.name, connectors::OptionUse::kSource, input.options, overrides),
          input.columns,
          {},
          input.reads_headers}});
  }
  return inputs;
}

void open_store(const std::string& text, std::optional<object_store::ObjectStore>& store,
                const std::stop_token& stop) {
  try {
    const object_store::Place place = object_store::parse_place(text);
    store.emplace(place, object_store::access_from(object_store::process_environment), stop);
  } catch (const object_store::PlaceError& error) {
    throw UserError(fmt::format("--state-copy: {}", error.what()));
  }
}

/// Says now and then how far it is.
class Progress {
 public:
  void after_poll(const Session& session, const engine::Engine& engine, bool reached_end) {
    if (reached_end && !std::exchange(reached_end_, true)) {
      spdlog::info("caught up with all sources: {} events in {:.1f} s", grouped(engine.records()),
                   session.duration().seconds);
    }
    const auto now = steady_clock::now();
    if (now < next_ || engine.records() == told_records_) return;
    const double seconds = session.duration().seconds - told_seconds_;
    spdlog::info(
        "{} events, {} a second, {} errors", grouped(engine.records()),
        grouped(static_cast<uint64_t>(static_cast<double>(engine.records() - told_records_) / seconds)),
        grouped(engine.errors().total()));
    next_ = now + kProgressInterval;
    told_records_ = engine.records();
    told_seconds_ = session.duration().seconds;
  }

 private:
  bool reached_end_ = false;
  steady_clock::time_point next_ = steady_clock::now() + kProgressInterval;
  uint64_t told_records_ = 0;
  double told_seconds_ = 0;
};

void consume(Session& session, engine::SourcePoller& poller,
             std::span<const std::unique_ptr<SinkWriter>> sinks, DurableState* durable, RebuildBeside* beside,
             bool until_end, const std::stop_token& stop) {
  Progress progress;
  poller.also_wake(session.engine().readers().wake());
  RunLoop loop(session, poller, sinks, durable);
  if (beside != nullptr) loop.rebuild(*beside);
  while (!stop.stop_requested()) {
    loop.turn(kIdleWait);
    const bool reached_end = poller.reached_end();
    progress.after_poll(session, session.engine(), reached_end);
    if (until_end && reached_end && (beside == nullptr || beside->is_done())) return;
  }
  spdlog::info("stopping; a second signal ends at once");
}

/// What answers on ports: PostgreSQL's protocol, and HTTP for those who look after the pipeline.
class Ports {
 public:
  explicit Ports(const RunCommand& command) : options_(command.server) {
    if (!command.admin) return;
    try {
      admin_.emplace(command.admin->host, command.admin->port);
    } catch (const admin::ListenError& error) {
      throw UserError(error.what());
    }
    spdlog::info("/ready and /metrics on http://{}", admin_->address());
  }

  /// The address is taken; clients that come wait until the statements of the file have run.
  void open(Session& session) {
    if (!options_ && !admin_) return;
    database_.emplace(session.pipeline(), session.engine());
    if (!options_) return;
    session.engine().change_logs().set_bounds(options_->changes);
    try {
      server_.emplace(*database_, *options_);
    } catch (const pgwire::ListenError& error) {
      throw UserError(error.what());
    }
  }
  void tell() {
    if (admin_) admin_->serve(*database_);
    if (server_) spdlog::info("listening on {}", server_->address());
  }
  void close() {
    if (admin_) admin_->stop();
    server_.reset();
  }

 private:
  const std::optional<pgwire::ServerOptions> options_;
  std::optional<query::Database> database_;
  std::optional<pgwire::Server> server_;
  std::optional<admin::AdminServer> admin_;
};

void limit_memory(const std::string& directory, size_t bytes) {
  try {
    // What is freed leaves memory: the C library would keep large pieces for the next ones.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
    // For as long as the process lives: state may be freed late.
    base::page_large_pieces(*new base::PagedFile(directory, bytes - bytes / kLimitOverReserve));
  } catch (const std::system_error& error) {
    throw UserError(fmt::format("--memory-limit: {}", error.what()));
  }
}

}  // namespace

void run(const engine::PipelineInfo& pipeline, const RunCommand& command, const StopSignal& signal) {
  // All that can be wrong with options is told before anything outside is touched.
  const std::vector<Override> given = overrides(pipeline, command.settings);
  std::vector<ConnectedInput> inputs = resolve_inputs(pipeline, given);
  std::vector<connectors::Options> sink_options;
  for (const engine::SinkInfo& sink : pipeline.sinks) {
    sink_options.push_back(
        connectors::resolve_options(sink.name, connectors::OptionUse::kSink, sink.options, given));
  }
  std::optional<checkpoint::StateDirectory> directory;
  std::optional<object_store::ObjectStore> store;
  std::optional<checkpoint::Copier> copier;
  if (!command.state_copy.empty()) open_store(command.state_copy, store, signal.stop());
  if (!command.state.empty()) directory.emplace(command.state, checkpoint::Access::kRun);
  if (command.memory_limit_bytes != 0) limit_memory(command.state, command.memory_limit_bytes);
  if (store) {
    copier.emplace(*store, *directory, command.state_copy_interval);
    copier->fetch_into_empty(std::string(pipeline.name), signal.stop());
  }
  // Each has its share of the state, so there are always as many as there were at first.
  const size_t workers = directory && directory->found() ? directory->found()->workers : command.workers;
  if (workers != command.workers) {
    spdlog::info(
        "the state in {} is that of {}: {}", command.state, counted(workers, "worker", "workers"),
        workers < command.workers ? "more would have nothing to do" : "a thread runs several of them");
  }
  Session session(pipeline, workers, engine::ErrorTime::kNow, command.print, command.workers);
  // Ends after the state: until that says so, statements of its clients wait to be durable.
  Ports ports(command);
  std::optional<DurableState> durable;
  if (!directory) {
    spdlog::info("state is in memory only; --state DIR keeps it");
  } else {
    durable.emplace(pipeline, session.engine(), *directory, command.checkpoint_interval,
                    command.allows_partial_rebuild);
    durable->limit_bytes(command.memory_limit_bytes / kLimitOverCheckpoint);
    if (copier) copier->start(std::string(pipeline.name), durable->identity(), signal.stop());
    durable->load();
  }
  const bool resumes = durable && durable->resumes();
  std::optional<RebuildBeside> beside;
  if (resumes && !durable->plan().beside.empty())
    beside.emplace(session, *durable, inputs, command.allows_partial_rebuild, signal.stop());
  if (resumes && !durable->plan().keeps_all() &&
      !rebuild(pipeline, session.engine(), *durable, inputs, command.allows_partial_rebuild, signal.stop())) {
    spdlog::info("stopped while state was made anew; the directory is as it was");
    return;
  }

  std::vector<std::unique_ptr<SinkWriter>> sinks;
  for (size_t i = 0; i < pipeline.sinks.size(); ++i) {
    connectors::ResolvedSink sink;
    sink.options = std::move(sink_options[i]);
    sink.resumes = resumes;
    if (durable) {
      sink.identity = durable->identity_of(i);
      sink.first_message = durable->first_message_of(i);
    }
    sink.stop = signal.give_up();
    sinks.push_back(std::make_unique<SinkWriter>(pipeline.sinks[i], std::move(sink), session.engine()));
  }
  ports.open(session);
  bool in_snapshot = true;
  session.on_epoch([&] {
    for (const auto& sink : sinks) sink->write_epoch(in_snapshot);
  });
  engine::SourcePoller poller(command.until_end);
  for (ConnectedInput& input : inputs) {
    spdlog::info("{}: reading from {}", input.resolved.options.relation, input.resolved.options.connector);
    if (resumes) {
      input.resolved.start_offsets = durable->start_of(pipeline.inputs[input.input].name);
      input.resolved.fails_on_data_loss = !command.continues_on_data_loss;
    }
    poller.add(input.input, connectors::open_source(input.resolved));
  }
  spdlog::info("{} started: {}, {}, {}", pipeline.name, counted(inputs.size(), "source", "sources"),
               counted(sinks.size(), "sink", "sinks"), counted(workers, "worker", "workers"));

  session.engine().on_progress([&] {
    engine::Progress progress;
    progress.sources = poller.progress();
    for (const auto& sink : sinks) progress.sinks.push_back(sink->sink().backlog());
    if (durable) progress.state = durable->progress();
    if (copier) progress.state->copy = copier->progress();
    return progress;
  });
  if (durable) durable->begin(poller, sinks);
  if (beside) beside->begin(sinks);
  if (!resumes) session.run_statements(signal.stop());
  in_snapshot = false;
  ports.tell();
  consume(session, poller, sinks, durable ? &*durable : nullptr, beside ? &*beside : nullptr,
          command.until_end, signal.stop());
  if (durable) durable->release_held(signal.stop());
  // Nothing answers queries any more: who waits for this thread is told, since it will wait for them.
  session.engine().readers().stop();
  ports.close();

  std::vector<std::string_view> unflushed;
  for (const auto& sink : sinks) {
    if (!sink->flush()) unflushed.push_back(sink->name());
  }
  if (session.engine().has_reported_errors()) session.run_epoch({});
  if (durable) durable->finish(signal.stop());
  if (copier && !copier->finish(kLastCopy))
    spdlog::warn("the last checkpoint is not in {}", command.state_copy);
  session.finish();
  if (!unflushed.empty()) {
    throw engine::Fault(
        fmt::format("not all changes could be written to {}: the outside world did not answer in time",
                    fmt::join(unflushed, ", ")));
  }
}

}  // namespace sqlmill::rt::main
