#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <httplib.h>

#include <string>
#include <utility>

#include "runtime/admin/admin_server.h"

namespace {

using sqlmill::rt::admin::AdminServer;
using sqlmill::rt::admin::ListenError;

TEST_CASE("the admin port says what the pipeline is busy with") {
  AdminServer server("127.0.0.1", 0);
  const auto get = [&](const char* path) {
    const auto response = httplib::Client("http://" + server.address()).Get(path);
    REQUIRE(response);
    return std::pair(response->status, response->body);
  };
  CHECK(get("/ready") == std::pair(503, std::string("recovering\n")));
  // A pipeline that reads its state can be watched, though it answers no queries.
  CHECK(get("/metrics").first == 200);
  CHECK(get("/metrics").second.find("\nsqlmill_ready 0\n") != std::string::npos);
  server.stop();
  CHECK(get("/ready") == std::pair(503, std::string("stopping\n")));
}

TEST_CASE("an admin port that is taken is refused") {
  const AdminServer server("127.0.0.1", 0);
  const std::string& address = server.address();
  const auto port = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  CHECK_THROWS_AS(AdminServer("127.0.0.1", port), ListenError);
}

}  // namespace
