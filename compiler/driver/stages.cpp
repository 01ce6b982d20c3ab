#include "compiler/driver/stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "compiler/parse/parse.h"
#include "compiler/parse/text_checks.h"

namespace sqlmill::driver {

namespace {

std::string read_file(const std::string& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  if (std::filesystem::is_directory(path))
    throw FileError{fmt::format("{} is a directory, not a file", path)};
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError{fmt::format("cannot read {}: {}", path, std::strerror(errno))};
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::unique_ptr<Compilation> compile_text(const std::string& name, std::string text) {
  auto c = std::make_unique<Compilation>();
  c->source = std::make_unique<source::Source>(name, std::move(text));
  c->syntax = parse::parse_script(*c->source, c->diagnostics);
  c->script = bind::bind(*c->source, c->syntax, c->diagnostics);
  if (!c->diagnostics.has_errors()) c->dataflow = incremental::build(c->script);
  return c;
}

std::unique_ptr<Compilation> compile(const std::string& path) {
  return compile_text(path == "-" ? "stdin.sql" : path, read_file(path));
}

std::string pipeline_name(const Compilation& compilation) {
  const std::string stem = std::filesystem::path(compilation.source->name()).stem().string();
  return stem.empty() ? "pipeline" : stem;
}

std::string embedded_sql(const Compilation& compilation) {
  std::vector<source::Span> secrets;
  for (const catalog::Relation& relation : compilation.script.catalog.relations()) {
    for (const catalog::Option& option : relation.options) {
      if (option.secret_blanked) secrets.push_back(option.span);
    }
  }
  std::sort(secrets.begin(), secrets.end(), [](auto a, auto b) { return a.begin > b.begin; });
  std::string sql(compilation.source->text());
  for (const source::Span span : secrets) sql.replace(span.begin, span.end - span.begin, "''");
  return sql;
}

source::Source shown_source(const Compilation& compilation) {
  std::string text(compilation.source->text());
  for (const source::Span secret : compilation.syntax.secrets) {
    for (uint32_t i = secret.begin; i < secret.end;) {
      const bool is_border = i == secret.begin || i + 1 == secret.end;
      const size_t length = std::max<size_t>(parse::utf8_length(compilation.source->text().substr(i)), 1);
      // A character for a character, and of the same length: columns and bytes stay what they are.
      constexpr std::string_view kCovers[] = {"*", "\u00B7", "\u2022", "\U00010100"};
      if (text[i] != '\n' && !(is_border && text[i] == '\'')) text.replace(i, length, kCovers[length - 1]);
      i += static_cast<uint32_t>(length);
    }
  }
  return source::Source(compilation.source->name(), std::move(text));
}

std::vector<diag::Diagnostic> shown_diagnostics(const Compilation& compilation) {
  std::vector<diag::Diagnostic> diagnostics = compilation.diagnostics.sorted();
  for (diag::Diagnostic& diagnostic : diagnostics) {
    const auto is_in = [&](source::Span secret) {
      return diagnostic.span.begin >= secret.begin && diagnostic.span.begin < secret.end;
    };
    const auto& secrets = compilation.syntax.secrets;
    // A syntax error quotes the word at which it is.
    if (diagnostic.code == diag::Code::kSyntaxError && std::any_of(secrets.begin(), secrets.end(), is_in))
      diagnostic.message = "syntax error at the value of a secret";
  }
  return diagnostics;
}

std::vector<codegen::File> generate(const Compilation& compilation) {
  return codegen::generate(*compilation.source, pipeline_name(compilation), embedded_sql(compilation),
                           compilation.script.catalog, *compilation.dataflow);
}

}  // namespace sqlmill::driver
