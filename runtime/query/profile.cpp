#include "runtime/query/profile.h"

#include <fmt/format.h>

#include <chrono>

namespace sqlmill::rt::query {

namespace {

using std::chrono::steady_clock;

class CountedOperator : public Operator {
 public:
  CountedOperator(OperatorPtr counted, Profile::Counts& counts)
      : counted_(std::move(counted)), counts_(counts) {}

  const Chunk* next() override {
    const auto begin = steady_clock::now();
    const Chunk* chunk = counted_->next();
    counts_.seconds += std::chrono::duration<double>(steady_clock::now() - begin).count();
    if (chunk) counts_.rows += chunk->rows;
    return chunk;
  }
  void rewind() override {
    ++counts_.runs;
    counted_->rewind();
  }

 private:
  OperatorPtr counted_;
  Profile::Counts& counts_;
};

}  // namespace

OperatorPtr Profile::count(const plan::Node& node, OperatorPtr counted) {
  return std::make_unique<CountedOperator>(std::move(counted), counts_[&node]);
}

const Profile::Counts* Profile::find(const plan::Node& node) const {
  const auto found = counts_.find(&node);
  return found == counts_.end() ? nullptr : &found->second;
}

std::vector<std::string> explain_lines(const plan::NodeRef& plan, const Profile* profile,
                                       const std::function<std::string(const plan::Filter&)>& lookup_of) {
  const auto note = [&](const plan::Node& node) {
    std::string text;
    const auto* filter = std::get_if<plan::Filter>(&node.op);
    if (const std::string lookup = filter ? lookup_of(*filter) : ""; !lookup.empty())
      text += fmt::format("  [{}]", lookup);
    if (!profile) return text;
    if (const Profile::Counts* counts = profile->find(node)) {
      text += fmt::format("  ({} rows, {:.3f} ms", counts->rows, counts->seconds * 1e3);
      if (counts->runs > 1) text += fmt::format(", {} runs", counts->runs);
      text += ")";
    }
    return text;
  };
  const std::string text = plan::to_string(plan, note);
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace sqlmill::rt::query
