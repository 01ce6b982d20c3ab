// The session_sizes pipeline's three views by hand; see bench/baseline/program.h.
#include "bench/baseline/program.h"
#include "bench/baseline/session_sizes/print_views.h"
#include "bench/baseline/session_sizes/views.h"

int main(int argc, char** argv) {
  return sqlmill::bench::baseline::run_program<sqlmill::bench::baseline::session_sizes::Views>(argc, argv);
}
