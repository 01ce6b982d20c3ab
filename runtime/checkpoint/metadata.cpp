#include "runtime/checkpoint/metadata.h"

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

void put(const Positions& positions, std::string& out) {
  put(uint64_t{positions.size()}, out);
  for (const auto& [input, offsets] : positions) {
    put(std::string_view(input), out);
    put(uint64_t{offsets.size()}, out);
    for (const auto& [partition, offset] : offsets) {
      put(static_cast<uint64_t>(partition), out);
      put(static_cast<uint64_t>(offset), out);
    }
  }
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
  Positions positions() {
    Positions positions;
    list([&] {
      auto& offsets = positions[text()];
      list([&] {
        const auto partition = static_cast<int32_t>(number());
        offsets[partition] = static_cast<int64_t>(number());
      });
    });
    return positions;
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
  put(positions, out);
  put(uint64_t{sinks.size()}, out);
  for (const std::string& sink : sinks) put(sink, out);
  put(identity, out);
  put(uint64_t{next_messages.size()}, out);
  for (const auto& [sink, next] : next_messages) {
    put(sink, out);
    put(next, out);
  }
  put(begins, out);
  if (owed.empty()) return out;  // As before there was such a thing.
  put(uint64_t{owed.size()}, out);
  for (const auto& [sink, positions] : owed) {
    put(std::string_view(sink), out);
    put(positions, out);
  }
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
  data.positions = in.positions();
  in.list([&] { data.sinks.push_back(in.text()); });
  if (in.at_end()) return data;  // Of format 1.
  data.identity = in.text();
  in.list([&] {
    const std::string sink = in.text();
    data.next_messages[sink] = in.number();
  });
  data.begins = in.positions();
  if (in.at_end()) return data;
  in.list([&] {
    const std::string sink = in.text();
    data.owed[sink] = in.positions();
  });
  if (!in.at_end()) throw state::Damaged("the head of the checkpoint is too long");
  return data;
}

}  // namespace sqlmill::rt::checkpoint
