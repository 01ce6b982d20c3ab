// The clickstream pipeline's four views by hand; see bench/baseline/program.h.
#include "bench/baseline/clickstream/print_views.h"
#include "bench/baseline/clickstream/views.h"
#include "bench/baseline/program.h"

int main(int argc, char** argv) {
  return sqlmill::bench::baseline::run_program<sqlmill::bench::baseline::clickstream::Views>(argc, argv);
}
