// What the user gave is wrong: the message says what, and exit code 1 follows.
#pragma once

#include <stdexcept>

namespace sqlmill::rt::main {

class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace sqlmill::rt::main
