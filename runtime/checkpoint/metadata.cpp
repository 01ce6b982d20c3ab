#include "runtime/checkpoint/metadata.h"

#include <algorithm>
#include <cstring>

#include "runtime/state/encoding.h"

namespace sqlmill::rt::checkpoint {

namespace {

void put(uint64_t number, std::string& out) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}
void put(std::string_view text, std::string& out) {
  put(uint64_t{text.size()}, out);
  out += text;
}

class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  uint64_t number() {
    uint64_t number;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }
  std::string text() { return std::string(take(number())); }
  template <class Item>
  void list(Item item) {
    for (uint64_t left = number(); left > 0; --left) item();
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view take(uint64_t size) {
    if (size > rest_.size()) throw state::Damaged("the head of the checkpoint is too short");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest_;
};

}  // namespace

std::string Metadata::encode() const {
  std::string out;
  put(pipeline, out);
  put(version, out);
  for (const uint64_t n : {number, incarnation, epochs, uint64_t{workers}, uint64_t{next_table}}) put(n, out);
  put(uint64_t{tables.size()}, out);
  for (const StateTable& table : tables) {
    put(uint64_t{table.number}, out);
    put(table.name, out);
    put(table.fingerprint, out);
  }
  put(uint64_t{positions.size()}, out);
  for (const auto& [input, offsets] : positions) {
    put(input, out);
    put(uint64_t{offsets.size()}, out);
    for (const auto& [partition, offset] : offsets) {
      put(static_cast<uint64_t>(partition), out);
      put(static_cast<uint64_t>(offset), out);
    }
  }
  put(uint64_t{sinks.size()}, out);
  for (const std::string& sink : sinks) put(sink, out);
  return out;
}

Metadata Metadata::decode(std::string_view bytes) {
  Reader in(bytes);
  Metadata data;
  data.pipeline = in.text();
  data.version = in.text();
  data.number = in.number();
  data.incarnation = in.number();
  data.epochs = in.number();
  data.workers = static_cast<uint32_t>(in.number());
  data.next_table = static_cast<uint32_t>(in.number());
  in.list([&] {
    StateTable& table = data.tables.emplace_back();
    table.number = static_cast<uint32_t>(in.number());
    table.name = in.text();
    table.fingerprint = in.text();
  });
  in.list([&] {
    auto& offsets = data.positions[in.text()];
    in.list([&] {
      const auto partition = static_cast<int32_t>(in.number());
      offsets[partition] = static_cast<int64_t>(in.number());
    });
  });
  in.list([&] { data.sinks.push_back(in.text()); });
  if (!in.at_end()) throw state::Damaged("the head of the checkpoint is too long");
  return data;
}

Plan plan(const Metadata& found, const engine::PipelineInfo& pipeline) {
  Plan plan;
  for (const engine::StateInfo& state : pipeline.states) {
    // Views of equal states have different names.
    const auto same = [&](const StateTable& table) {
      return table.fingerprint == state.fingerprint && table.name == state.name;
    };
    const auto at = std::find_if(found.tables.begin(), found.tables.end(), same);
    if (at == found.tables.end()) {
      plan.missing.emplace_back(state.name);
    } else {
      plan.kept.emplace_back(state.name);
      plan.table_of_state.push_back(at->number);
    }
  }
  for (const StateTable& table : found.tables) {
    const auto is_kept = [&](const engine::StateInfo& state) {
      return table.fingerprint == state.fingerprint && table.name == state.name;
    };
    if (std::none_of(pipeline.states.begin(), pipeline.states.end(), is_kept)) plan.dropped.push_back(table);
  }
  return plan;
}

}  // namespace sqlmill::rt::checkpoint
