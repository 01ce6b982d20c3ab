// The ab_test pipeline's three views by hand; see bench/baseline/program.h.
#include "bench/baseline/ab_test/print_views.h"
#include "bench/baseline/ab_test/views.h"
#include "bench/baseline/program.h"

int main(int argc, char** argv) {
  return sqlmill::bench::baseline::run_program<sqlmill::bench::baseline::ab_test::Views>(argc, argv);
}
