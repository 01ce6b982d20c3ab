#include "runtime/checkpoint/copy_lists.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <utility>

#include "runtime/checkpoint/files.h"

namespace sqlmill::rt::checkpoint {

namespace {

constexpr std::string_view kHeadFormat = "SQLMill state copies, format 1";
constexpr std::string_view kFilesFormat = "SQLMill state copy, format 1";
/// Without it the text is not whole.
constexpr std::string_view kEnd = "end";

/// The words of a line, from the front.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const size_t space = std::min(rest_.find(' '), rest_.size());
    const std::string_view word = rest_.substr(0, space);
    rest_.remove_prefix(std::min(space + 1, rest_.size()));
    return word;
  }
  uint64_t number() {
    const std::string_view text = word();
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
      throw StateError(fmt::format("\"{}\" is no number", text));
    return value;
  }
  /// All that is left.
  std::string rest() { return std::string(std::exchange(rest_, {})); }

 private:
  std::string_view rest_;
};

void for_each_line(const std::string& text, std::string_view format,
                   const std::function<void(std::string_view key, Words& words)>& visit) {
  std::string_view rest = text;
  bool is_first = true;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (is_first && line != format)
      throw StateError(fmt::format("it is of another version of SQLMill: \"{}\"", line.substr(0, 60)));
    if (line == kEnd && rest.empty()) return;
    Words words(line);
    if (!is_first) visit(words.word(), words);
    is_first = false;
  }
  throw StateError("it is cut off");
}

}  // namespace

std::string CopyHead::encode() const {
  std::string text =
      fmt::format("{}\npipeline {}\nidentity {}\nowner {}\nprocess {}\nwriter {}\nbeat {} {}\nnext {}\n",
                  kHeadFormat, pipeline, identity, owner, process, writer, beat, beat_ms, next);
  for (const CopyEntry& copy : copies) {
    text += fmt::format("copy {} {} {} {}\n", copy.name, copy.checkpoint, copy.is_last ? "last" : "running",
                        copy.sha256);
  }
  if (!uploading.empty()) text += fmt::format("uploading {}\n", uploading);
  for (const std::string& name : removing) text += fmt::format("removing {}\n", name);
  return text + fmt::format("{}\n", kEnd);
}

CopyHead CopyHead::decode(const std::string& text) {
  CopyHead head;
  for_each_line(text, kHeadFormat, [&](std::string_view key, Words& words) {
    if (key == "pipeline") {
      head.pipeline = words.rest();
    } else if (key == "identity") {
      head.identity = words.rest();
    } else if (key == "owner") {
      head.owner = words.rest();
    } else if (key == "process") {
      head.process = words.rest();
    } else if (key == "writer") {
      head.writer = words.rest();
    } else if (key == "beat") {
      head.beat = words.number();
      head.beat_ms = words.number();
    } else if (key == "next") {
      head.next = words.number();
    } else if (key == "copy") {
      CopyEntry& copy = head.copies.emplace_back();
      copy.name = words.word();
      copy.checkpoint = words.number();
      copy.is_last = words.word() == "last";
      copy.sha256 = words.rest();
    } else if (key == "uploading") {
      head.uploading = words.rest();
    } else if (key == "removing") {
      head.removing.push_back(words.rest());
    }
  });
  return head;
}

std::string CopyFiles::encode() const {
  std::string text = fmt::format("{}\n", kFilesFormat);
  for (const auto& [file, object] : files)
    text += fmt::format("file {} {} {} {}\n", file, object.object, object.size, object.sha256);
  for (const std::string& object : others) text += fmt::format("other {}\n", object);
  return text + fmt::format("{}\n", kEnd);
}

CopyFiles CopyFiles::decode(const std::string& text) {
  CopyFiles list;
  for_each_line(text, kFilesFormat, [&](std::string_view key, Words& words) {
    if (key == "file") {
      const std::string name(words.word());
      // It becomes a file of a folder, and nothing else.
      if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.'))
        throw StateError(fmt::format("\"{}\" is no file's name", name));
      CopiedObject& object = list.files[name];
      object.object = words.word();
      object.size = words.number();
      object.sha256 = words.rest();
    } else if (key == "other") {
      list.others.push_back(words.rest());
    }
  });
  return list;
}

}  // namespace sqlmill::rt::checkpoint
