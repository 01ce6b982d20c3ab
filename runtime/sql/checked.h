// A value, or why there is none: what an operator hands on where only those who read a column may fail for
// it.
#pragma once

#include <string_view>

#include "runtime/sql/compare.h"
#include "runtime/sql/context.h"

namespace sqlmill::rt::sql {

template <class T>
class Checked {
 public:
  Checked() = default;
  /// Takes the failure out of the context; its text then lives as long as the epoch.
  Checked(Context& context, const T& value) : value_(value) {
    if (context.failed()) [[unlikely]] {
      const Error error = context.take_error();
      code_ = error.code;
      reason_ = context.arena().copy(error.message);
    }
  }

  /// The value; where there is none, the context fails.
  const T& read(Context& context) const {
    if (!reason_.empty()) [[unlikely]]
      context.fail(code_, reason_);
    return value_;
  }

  /// For who takes the out-of-line bytes elsewhere.
  const T& value() const { return value_; }
  std::string_view reason() const { return reason_; }
  Checked with_bytes(const T& value, std::string_view reason) const {
    Checked moved(*this);
    moved.value_ = value;
    moved.reason_ = reason;
    return moved;
  }

  bool is_identical(const Checked& other) const {
    return reason_ == other.reason_ && (!reason_.empty() || identical(value_, other.value_));
  }

 private:
  T value_{};
  ErrorCode code_{};
  std::string_view reason_;  // Empty: there is a value.
};

template <class T>
bool identical(const Checked<T>& a, const Checked<T>& b) {
  return a.is_identical(b);
}

}  // namespace sqlmill::rt::sql
