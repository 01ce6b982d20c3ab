// The campaign_attribution pipeline's three views by hand; see bench/baseline/program.h.
#include "bench/baseline/campaign_attribution/print_views.h"
#include "bench/baseline/campaign_attribution/views.h"
#include "bench/baseline/program.h"

int main(int argc, char** argv) {
  return sqlmill::bench::baseline::run_program<sqlmill::bench::baseline::campaign_attribution::Views>(argc,
                                                                                                      argv);
}
