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
  const auto cover = [&](const std::vector<ast::Option>& options) {
    for (const ast::Option& option : options) {
      const std::string& key = option.key.name;
      const bool is_secret = key.find("password") != std::string::npos ||
                             key.find("secret") != std::string::npos || key.ends_with("key.pem");
      if (!is_secret || option.value.find("${") != std::string::npos) continue;
      for (uint32_t i = option.value_span.begin + 1; i + 1 < option.value_span.end; ++i) {
        if (text[i] != '\n') text[i] = '*';
      }
    }
  };
  for (const ast::Statement& statement : compilation.syntax.statements) {
    if (const auto* relation = std::get_if<ast::CreateRelation>(&statement.node)) cover(relation->options);
    if (const auto* sink = std::get_if<ast::CreateSink>(&statement.node)) cover(sink->options);
  }
  return source::Source(compilation.source->name(), std::move(text));
}

std::vector<codegen::File> generate(const Compilation& compilation) {
  return codegen::generate(*compilation.source, pipeline_name(compilation), embedded_sql(compilation),
                           compilation.script.catalog, *compilation.dataflow);
}

}  // namespace sqlmill::driver
