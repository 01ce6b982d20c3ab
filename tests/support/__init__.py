"""What the tests in Python share: the compiler, compiled pipelines, a real PostgreSQL, how results are compared."""
