#include "compiler/codegen/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sqlmill::codegen {

namespace {

constexpr std::string_view kReserved[] = {
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "consteval",
    "constexpr",
    "constinit",
    "const_cast",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
    "linux",
    "unix",
    "NULL",
    "EOF",
    "errno",
    "assert",
    "stdin",
    "stdout",
    "stderr",
    "main",
    // What generated code itself uses in these scopes.
    "sql",
    "ops",
    "agg",
    "engine",
    "formats",
    "delta",
    "base",
    "state",
    "rt",
    "key",
    "values",
    "context",
    "row",
    "fields",
    "record",
    "weight",
    "group",
    "heap",
    "collections",
    "std",
    "hash",
    "same",
    "own",
    "release",
    "identical",
    "compare_total",
    "int16_t",
    "int32_t",
    "int64_t",
    "uint64_t",
    "size_t",
    "out",
    "in",
    "a",
    "b",
    "hash_key",
    "same_key",
};

std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) || c == '_')) {
      out += c;
    } else {
      if (!out.empty() && out.back() != '_') out += '_';
      out += fmt::format("u{:x}_", byte);
    }
  }
  // Two underscores, and one at the beginning, are the implementation's.
  std::string clean;
  for (const char c : out) {
    if (c == '_' && (clean.empty() || clean.back() == '_')) continue;
    clean += c;
  }
  while (!clean.empty() && clean.back() == '_') clean.pop_back();
  if (clean.empty() || std::isdigit(static_cast<unsigned char>(clean[0]))) clean.insert(0, "n");
  return clean;
}

}  // namespace

std::string snake_name(std::string_view sql_name) {
  std::string name = escaped(sql_name);
  // A leading capital would collide with a type's name.
  if (std::isupper(static_cast<unsigned char>(name[0]))) name.insert(0, "n_");
  if (std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved)) name += '_';
  return name;
}

std::string pascal_name(std::string_view sql_name) {
  std::string name;
  bool upper = true;
  for (const char c : escaped(sql_name)) {
    if (c == '_') {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  if (std::isdigit(static_cast<unsigned char>(name[0]))) name.insert(0, "N");
  return name == "NULL" || name == "EOF" ? name + "_" : name;
}

std::string string_literal(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte >= 0x7f || c == '?') {
      // Always three octal digits, so that a digit behind it is not swallowed; '?' so that no trigraph
      // arises.
      out += c == '?' ? std::string("\\?") : fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string comment_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool blank = std::isspace(byte);
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : byte < 0x20 || byte >= 0x7f || c == '\\' ? '?' : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  constexpr size_t kMaxChars = 100;
  if (out.size() > kMaxChars) out = out.substr(0, kMaxChars) + " ...";
  return out;
}

std::string Scope::unique(std::string name, std::initializer_list<std::string_view> endings) {
  const auto is_free = [&](const std::string& candidate) {
    return std::none_of(endings.begin(), endings.end(),
                        [&](std::string_view e) { return taken_.contains(candidate + std::string(e)); });
  };
  const char* separator = std::isdigit(static_cast<unsigned char>(name.back())) ? "_" : "";
  std::string candidate = name;
  for (int n = 2; !is_free(candidate); ++n) candidate = fmt::format("{}{}{}", name, separator, n);
  for (const std::string_view e : endings) taken_.insert(candidate + std::string(e));
  return candidate;
}

}  // namespace sqlmill::codegen
