// The text form of arrays, as PostgreSQL 15 reads and prints it.
#include <utility>

#include "runtime/sql/array.h"
#include "runtime/sql/text_input.h"

namespace sqlmill::rt::sql {

namespace {

bool is_null_word(std::string_view text) {
  return equals_ignoring_case(text, "null");
}

// ---- Printing ----

bool needs_quotes(std::string_view text) {
  if (text.empty() || is_null_word(text)) return true;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '{' || c == '}' || c == ',' || is_input_space(c)) return true;
  }
  return false;
}

void append_element(std::string_view text, std::string& out) {
  if (!needs_quotes(text)) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_dimension(const ArrayReader& array, int dimension, int32_t& next, std::string& out) {
  out += '{';
  const int32_t size = array.dimension(dimension).size;
  for (int32_t i = 0; i < size; ++i) {
    if (i != 0) out += ',';
    if (dimension + 1 < array.dimensions()) {
      append_dimension(array, dimension + 1, next, out);
      continue;
    }
    const Datum element = array.at(next++);
    if (element.is_null()) {
      out += "NULL";
    } else {
      append_element(to_text(element), out);
    }
  }
  out += '}';
}

// ---- Reading ----

/// One text on its way to an array. Every method returns false after a failure, with the error in the
/// context.
class Reader {
 public:
  Reader(Context& context, TypeId element, std::string_view text)
      : context_(context), element_(element), text_(text), rest_(text), builder_(element) {}
  Array read();

 private:
  bool read_bounds(std::vector<Dimension>& dimensions);
  bool read_integer(int32_t& value);
  bool read_braces(size_t depth);
  bool read_element();
  bool add(const std::string& text, bool is_null);

  void skip_space() {
    while (!rest_.empty() && is_input_space(rest_[0])) rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool fail() {
    context_.fail(ErrorCode::kInvalidTextRepresentation,
                  "malformed array literal: \"" + std::string(text_) + "\"");
    return false;
  }

  Context& context_;
  TypeId element_;
  std::string_view text_;
  std::string_view rest_;
  ArrayBuilder builder_;
  // Of each level: how many members the first of its arrays has; -1 as long as none is complete.
  std::vector<int32_t> sizes_;
  bool escaped_ = false;   // A backslash stood in the element: then NULL is a text.
  size_t leaf_depth_ = 0;  // Where the elements are, 0 as long as there is none.
};

bool Reader::read_integer(int32_t& value) {
  size_t size = rest_.starts_with('-') || rest_.starts_with('+') ? 1 : 0;
  const size_t digits = size;
  while (size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9') ++size;
  if (size == digits || size > 11) return false;
  const int64_t wide = std::stoll(std::string(rest_.substr(0, size)));
  rest_.remove_prefix(size);
  value = static_cast<int32_t>(wide);
  return value == wide;
}

/// `[1:3][0:1]=` before the braces.
bool Reader::read_bounds(std::vector<Dimension>& dimensions) {
  while (take('[')) {
    Dimension dimension;
    if (dimensions.size() == kMaxDimensions) return fail();
    if (!read_integer(dimension.size)) return fail();
    int32_t upper = dimension.size;
    if (rest_.starts_with(':')) {
      rest_.remove_prefix(1);
      dimension.lower = dimension.size;
      if (!read_integer(upper)) return fail();
    } else {
      dimension.lower = 1;
    }
    if (!rest_.starts_with(']')) return fail();
    rest_.remove_prefix(1);
    const int64_t size = static_cast<int64_t>(upper) - dimension.lower + 1;
    if (size < 1) {
      context_.fail(ErrorCode::kArraySubscriptError, "upper bound cannot be less than lower bound");
      return false;
    }
    dimension.size = static_cast<int32_t>(std::min<int64_t>(size, INT32_MAX));
    dimensions.push_back(dimension);
  }
  if (dimensions.empty()) return true;
  return take('=') || fail();
}

bool Reader::add(const std::string& text, bool is_null) {
  builder_.add(is_null ? Datum::null(element_) : from_text(context_, element_, text));
  return !context_.failed();
}

bool Reader::read_element() {
  std::string text;
  bool quoted = false;
  size_t kept = 0;  // Without the white space at the end, unless it is escaped.
  for (;;) {
    if (rest_.empty()) return fail();
    const char c = rest_[0];
    if (c == ',' || c == '}') break;
    if (c == '{') return fail();
    if (quoted && !is_input_space(c)) return fail();
    rest_.remove_prefix(1);
    if (c == '"') {
      if (kept != 0) return fail();
      quoted = true;
      text.clear();
      for (;;) {
        if (rest_.empty()) return fail();
        char inside = rest_[0];
        rest_.remove_prefix(1);
        if (inside == '"') break;
        if (inside == '\\') {
          if (rest_.empty()) return fail();
          inside = rest_[0];
          rest_.remove_prefix(1);
        }
        text += inside;
      }
      kept = text.size();
    } else if (c == '\\') {
      if (rest_.empty()) return fail();
      text += rest_[0];
      rest_.remove_prefix(1);
      kept = text.size();
      escaped_ = true;
    } else if (!quoted) {
      text += c;
      if (!is_input_space(c)) kept = text.size();
    }
  }
  text.resize(kept);
  const bool escaped = std::exchange(escaped_, false);
  if (text.empty() && !quoted) return fail();
  return add(text, !quoted && !escaped && is_null_word(text));
}

/// The members of one pair of braces, of which the first is taken already.
bool Reader::read_braces(size_t depth) {
  if (depth >= static_cast<size_t>(kMaxDimensions)) {
    context_.fail(ErrorCode::kProgramLimitExceeded,
                  "number of array dimensions (" + std::to_string(depth + 1) +
                      ") exceeds the maximum allowed (" + std::to_string(kMaxDimensions) + ")");
    return false;
  }
  if (sizes_.size() <= depth) sizes_.resize(depth + 1, -1);
  int32_t count = 0;
  if (!take('}')) {
    for (;;) {
      skip_space();
      if (rest_.starts_with('{')) {
        rest_.remove_prefix(1);
        if (leaf_depth_ != 0 && leaf_depth_ <= depth + 1) return fail();
        if (!read_braces(depth + 1)) return false;
      } else {
        if (leaf_depth_ == 0) leaf_depth_ = depth + 1;
        if (leaf_depth_ != depth + 1) return fail();
        if (!read_element()) return false;
      }
      ++count;
      if (take('}')) break;
      if (!take(',')) return fail();
    }
  }
  if (sizes_[depth] == -1) sizes_[depth] = count;
  return sizes_[depth] == count || fail();
}

Array Reader::read() {
  std::vector<Dimension> dimensions;
  if (!read_bounds(dimensions)) return {};
  if (!take('{')) {
    fail();
    return {};
  }
  if (!read_braces(0)) return {};
  skip_space();
  if (!rest_.empty() || (!dimensions.empty() && dimensions.size() != sizes_.size())) {
    fail();
    return {};
  }
  if (builder_.size() == 0) {
    if (sizes_.size() > 1 || !dimensions.empty()) {
      // {{}} is an empty array, too; one with bounds is not what the bounds say.
      if (!dimensions.empty()) fail();
    }
    return builder_.finish(context_);
  }
  const bool has_bounds = !dimensions.empty();
  for (size_t i = 0; i < sizes_.size(); ++i) {
    if (has_bounds && dimensions[i].size != sizes_[i]) {
      fail();
      return {};
    }
    if (!has_bounds) dimensions.push_back({sizes_[i], 1});
  }
  return builder_.finish(context_, dimensions);
}

}  // namespace

void append_text(const Array& value, std::string& out) {
  const ArrayReader array(value);
  if (array.dimensions() == 0) {
    out += "{}";
    return;
  }
  bool has_bounds = false;
  for (int i = 0; i < array.dimensions(); ++i) has_bounds = has_bounds || array.dimension(i).lower != 1;
  if (has_bounds) {
    for (int i = 0; i < array.dimensions(); ++i) {
      const Dimension d = array.dimension(i);
      out += '[' + std::to_string(d.lower) + ':' + std::to_string(d.upper()) + ']';
    }
    out += '=';
  }
  int32_t next = 0;
  append_dimension(array, 0, next, out);
}

Array array_from_text(Context& context, TypeId element, std::string_view text) {
  return Reader(context, element, text).read();
}

}  // namespace sqlmill::rt::sql
