// Values of state as bytes that outlive the process: field by field, without pointers and without padding,
// numbers as they lie in memory (all systems that SQLMill runs on have the least byte first), texts with
// their length. What was written is read by code of the same fingerprint only (state/layout.h), so there are
// no tags.
//
// A struct with state says what its fields are by `visit_state(self, visit)`, which calls `visit(self.a_,
// self.b_, …)`: one list for both directions.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/sql/aggregates/exact_sum.h"
#include "runtime/sql/aggregates/numeric_sum.h"
#include "runtime/sql/values.h"
#include "runtime/sql/word.h"
#include "runtime/state/dictionary.h"
#include "runtime/state/own.h"

namespace sqlmill::rt::state {

/// What was stored is not what was written.
class Damaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Has no pointer and no padding.
template <class T>
concept Plain =
    std::is_arithmetic_v<T> || std::same_as<T, __int128> || std::same_as<T, sql::Date> ||
    std::same_as<T, sql::Time> || std::same_as<T, sql::Timestamp> || std::same_as<T, sql::Timestamptz> ||
    std::same_as<T, sql::Interval> || std::same_as<T, sql::Uuid>;

class Encoder {
 public:
  /// Appends to `out`.
  explicit Encoder(std::string& out) : out_(out) {}

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (Plain<T>) {
      out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else {
      T::visit_state(value, *this);
    }
  }
  template <class T, size_t kSize>
  void put(const T (&values)[kSize]) {
    for (const T& value : values) put(value);
  }
  template <class T>
  void put(const sql::Nullable<T>& value) {
    put(value.has_value());
    if (value.has_value()) put(value.value());
  }
  template <class Entry>
  void put(const sql::Word<Entry>& word) {
    // 0: none at all; 1: one without a number (UINT32_MAX + 2), by its text.
    put(word.get() == nullptr ? uint32_t{0} : word->number + 2);
    if (word.get() != nullptr && !word->is_lasting()) put(word->text);
  }
  template <int kInlineWords, int kAllWords, int kLeast>
  void put(const sql::ExactSum<kInlineWords, kAllWords, kLeast>& sum) {
    std::string bytes;
    sum.encode(bytes);
    put_bytes(bytes);
  }
  void put(const sql::NumericSum& sum);
  void put(const sql::Text& text) { put_bytes(text.view()); }
  void put(const sql::Bytea& value) { put_bytes(value.bytes.view()); }
  void put(const sql::Jsonb& value) { put_bytes(value.text.view()); }
  void put(const sql::Array& value) { put_bytes(value.bytes.view()); }
  void put(const sql::Numeric& value);
  void put_bytes(std::string_view bytes);

  std::string& out_;
};

/// The dictionaries of a pipeline, by the type of their entries.
class Dictionaries {
 public:
  template <class Entry>
  void add(Dictionary<Entry>& dictionary) {
    known_.push_back({&kTag<Entry>, &dictionary});
  }
  template <class Entry>
  Dictionary<Entry>& get() const {
    for (const auto& [tag, dictionary] : known_) {
      if (tag == &kTag<Entry>) return *static_cast<Dictionary<Entry>*>(dictionary);
    }
    throw Damaged("a word of an unknown dictionary");
  }

 private:
  template <class Entry>
  static constexpr char kTag = 0;
  struct Known {
    const char* tag;
    void* dictionary;
  };
  std::vector<Known> known_;
};

/// Reads what an Encoder has written. Out-of-line bytes go to the heap. Throws Damaged.
class Decoder {
 public:
  Decoder(std::string_view bytes, Heap& heap, sql::Context& context, const Dictionaries& dictionaries)
      : rest_(bytes), heap_(heap), context_(context), dictionaries_(dictionaries) {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  /// What was read cannot be.
  [[noreturn]] static void fail(const char* what) { throw Damaged(what); }
  /// All has been read.
  void finish() const {
    if (!rest_.empty()) throw Damaged("an entry is longer than it should be");
  }

 private:
  template <class T>
  void get(T& value) {
    if constexpr (Plain<T>) {
      std::memcpy(&value, take(sizeof value).data(), sizeof value);
    } else {
      T::visit_state(value, *this);
    }
  }
  template <class T, size_t kSize>
  void get(T (&values)[kSize]) {
    for (T& value : values) get(value);
  }
  template <class T>
  void get(sql::Nullable<T>& nullable) {
    bool has_value = false;
    get(has_value);
    if (!has_value) return;
    T value{};
    get(value);
    nullable = value;
  }
  template <class Entry>
  void get(sql::Word<Entry>& word) {
    uint32_t mark = 0;
    get(mark);
    if (mark == 0) return;
    Dictionary<Entry>& dictionary = dictionaries_.get<Entry>();
    if (mark != 1) {
      word = dictionary.at(mark - 2);
      if (word.get() == nullptr) throw Damaged("a word that its dictionary does not have");
      return;
    }
    sql::Nullable<sql::Text> text;
    get_borrowed(text);
    word = own(heap_, dictionary.without_number(context_, text));
  }
  template <int kInlineWords, int kAllWords, int kLeast>
  void get(sql::ExactSum<kInlineWords, kAllWords, kLeast>& sum) {
    if (!sum.decode(take_bytes())) throw Damaged("a sum of floats cannot be read");
  }
  void get(sql::NumericSum& sum);
  void get(sql::Text& text) { text = own(heap_, sql::Text(take_bytes())); }
  void get(sql::Bytea& value) { get(value.bytes); }
  void get(sql::Jsonb& value) { get(value.text); }
  void get(sql::Array& value) { get(value.bytes); }
  void get(sql::Numeric& value);
  void get_borrowed(sql::Nullable<sql::Text>& text);

  std::string_view take(size_t size) {
    if (rest_.size() < size) throw Damaged("an entry is shorter than it should be");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view take_bytes();

  std::string_view rest_;
  Heap& heap_;
  sql::Context& context_;
  const Dictionaries& dictionaries_;
};

}  // namespace sqlmill::rt::state
