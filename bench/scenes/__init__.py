"""The scenarios of bin/bench, one module each: `run(bench)` gives its figures."""
