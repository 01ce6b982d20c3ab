#include "runtime/state/encoding.h"

namespace sqlmill::rt::state {

void Encoder::put_bytes(std::string_view bytes) {
  // Seven bits a byte, the least first.
  uint64_t size = bytes.size();
  for (; size >= 0x80; size >>= 7) out_ += static_cast<char>(size | 0x80);
  out_ += static_cast<char>(size);
  out_ += bytes;
}

void Encoder::put(const sql::Numeric& value) {
  put(static_cast<uint8_t>(value.kind()));
  if (!value.is_finite()) return;
  put(static_cast<int16_t>(value.scale()));
  if (value.is_small()) {
    put(value.unscaled());
  } else {
    put(value.big_is_negative());
    put_bytes(value.big_magnitude());
  }
}

void Encoder::put(const sql::NumericSum& sum) {
  std::string bytes;
  sum.encode(bytes);
  put_bytes(bytes);
}

std::string_view Decoder::take_bytes() {
  uint64_t size = 0;
  for (int shift = 0;; shift += 7) {
    if (shift > 56) throw Damaged("a length cannot be read");
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    size |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) break;
  }
  return take(size);
}

void Decoder::get_borrowed(sql::Nullable<sql::Text>& text) {
  bool has_value = false;
  get(has_value);
  if (has_value) text = sql::Text(take_bytes());
}

void Decoder::get(sql::Numeric& value) {
  using Kind = sql::Numeric::Kind;
  uint8_t kind = 0;
  get(kind);
  if (kind > static_cast<uint8_t>(Kind::kMinusInfinity)) throw Damaged("a numeric cannot be read");
  if (kind > static_cast<uint8_t>(Kind::kBig)) {
    value = sql::Numeric::special(static_cast<Kind>(kind));
    return;
  }
  int16_t scale = 0;
  get(scale);
  if (kind == static_cast<uint8_t>(Kind::kSmall)) {
    __int128 unscaled = 0;
    get(unscaled);
    value = sql::Numeric(unscaled, scale);
    return;
  }
  bool is_negative = false;
  get(is_negative);
  value = own(heap_, sql::Numeric::big(is_negative, take_bytes(), scale));
}

void Decoder::get(sql::NumericSum& sum) {
  if (!sum.decode(take_bytes())) throw Damaged("a sum of numerics cannot be read");
}

}  // namespace sqlmill::rt::state
