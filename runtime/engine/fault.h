// A fault at run time that the pipeline cannot go on from: a broken invariant, or an outside world that is
// gone for good. Thrown on the caller's thread only; the binary ends with exit code 3. What a user gave and
// what events hold never ends here.
#pragma once

#include <stdexcept>

namespace sqlmill::rt::engine {

class Fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace sqlmill::rt::engine
