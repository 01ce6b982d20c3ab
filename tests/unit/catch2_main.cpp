// Catch2 2 has its main() in the header.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
