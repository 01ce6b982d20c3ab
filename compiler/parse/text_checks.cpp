#include "compiler/parse/text_checks.h"

#include <fmt/format.h>

namespace sqlmill::parse {
namespace {

/// A file that is not text at all would give an error a byte.
constexpr size_t kMostReports = 10;

}  // namespace

size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool too_large = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

std::vector<source::Span> check_characters(const source::Source& source, diag::Sink& sink) {
  std::vector<source::Span> places;
  const std::string_view text = source.text();
  size_t i = 0;
  while (i < text.size()) {
    const size_t length = utf8_length(text.substr(i));
    if (length != 0 && text[i] != '\0') {
      i += length;
      continue;
    }
    const source::Span place{static_cast<uint32_t>(i), static_cast<uint32_t>(i + 1)};
    places.push_back(place);
    if (places.size() <= kMostReports) {
      const auto byte = static_cast<unsigned char>(text[i]);
      sink.report(diag::Code::kInvalidCharacter, place,
                  byte == 0 ? "NUL character in the file" : fmt::format("byte 0x{:02x} is not UTF-8", byte),
                  byte == 0 ? "" : "save the file in UTF-8");
    }
    ++i;
  }
  return places;
}

}  // namespace sqlmill::parse
