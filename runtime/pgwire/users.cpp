#include "runtime/pgwire/users.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace sqlmill::rt::pgwire {

namespace {

/// The words of a line. Throws a string that says what is wrong.
std::vector<std::string> words_of_line(std::string_view line) {
  std::vector<std::string> words;
  for (size_t i = 0; i < line.size();) {
    if (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
      ++i;
    } else if (line[i] == '#') {
      break;
    } else if (line[i] == '"') {
      words.emplace_back();
      for (++i;; ++i) {
        if (i >= line.size()) throw std::runtime_error("a quotation does not end");
        if (line[i] == '"' && (i + 1 >= line.size() || line[i + 1] != '"')) break;
        if (line[i] == '"') ++i;
        words.back() += line[i];
      }
      ++i;
    } else {
      const size_t end = std::min(line.find_first_of(" \t\r", i), line.size());
      words.emplace_back(line.substr(i, end - i));
      i = end;
    }
  }
  return words;
}

}  // namespace

Users Users::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(fmt::format("--users: {} cannot be read", path));
  return parse(std::string(std::istreambuf_iterator<char>(file), {}), path);
}

Users Users::parse(std::string_view text, const std::string& path) {
  Users users;
  users.is_everybody_ = false;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t newline = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    try {
      std::vector<std::string> words = words_of_line(line);
      if (words.empty()) continue;
      User user;
      if (words.size() > 1 && words.back() == "read-only") {
        user.is_read_only = true;
        words.pop_back();
      }
      if (words.size() > 2) throw std::runtime_error(R"(a line is: name [password] [read-only])");
      if (words.size() == 2) {
        user.verifier = parse_verifier(words[1]);
        if (!user.verifier) user.verifier = make_verifier(words[1]);
        users.has_passwords_ = true;
      }
      if (!users.users_.emplace(words[0], std::move(user)).second)
        throw std::runtime_error(fmt::format("the user \"{}\" is there twice", words[0]));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("--users: {}:{}: {}", path, number, error.what()));
    }
  }
  return users;
}

const User* Users::find(std::string_view name) const {
  static const User anybody;
  if (is_everybody_) return &anybody;
  const auto found = users_.find(name);
  return found == users_.end() ? nullptr : &found->second;
}

}  // namespace sqlmill::rt::pgwire
